import * as z from 'zod';

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const DURATION = /^(\d+(?:\.\d+)?)(s|m|h|d)$/;

/** `90s`, `15m`, `1.5h` or `1d` in milliseconds; `undefined` for any other text. */
export function parseDuration(text: string): number | undefined {
  const match = DURATION.exec(text.trim());
  if (match === null) return undefined;
  return Math.round(Number(match[1]) * (UNITS[match[2] ?? ''] ?? 0));
}

/** An option that is a duration, in milliseconds. */
export const duration = z.string().transform((text, context) => {
  const parsed = parseDuration(text);
  if (parsed !== undefined) return parsed;
  context.addIssue({ code: 'custom', message: "expected a number and s, m, h or d, for instance '15m'" });
  return z.NEVER;
});
