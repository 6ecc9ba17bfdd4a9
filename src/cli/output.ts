import { ConfigError, isSnowmeltError } from '../errors/errors.js';
import { shownLine, shownText } from '../options/shown-text.js';

/** Where a command tells its results. */
export interface Output {
  /** One result: as a line of JSON with `--json`, else as text, in which a terminal finds nothing to act on. */
  readonly result: (json: unknown, text: string) => void;
}

/** Results on stdout; with `--json` one JSON text per line. */
export function makeOutput(asJson: boolean): Output {
  return {
    result: (json, text) => {
      process.stdout.write(shownText(asJson ? `${JSON.stringify(json, withErrors)}\n` : text));
    },
  };
}

/** What went wrong, on stderr, and what to do about it. */
export function tellError(error: unknown, who = 'snowmelt'): void {
  const text = error instanceof Error ? error.message : String(error);
  const code = isSnowmeltError(error) ? `${error.code}: ` : '';
  const hint = isSnowmeltError(error) && error.hint !== undefined ? `\n${error.hint}` : '';
  tell(`${shownLine(who)}: ${code}${shownLine(text)}${hint}`);
}

/** A message on stderr. */
export function tell(text: string): void {
  process.stderr.write(`${shownText(text)}\n`);
}

/** JSON.stringify makes `{}` of an error. */
function withErrors(_key: string, value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  const { name, message } = value;
  return isSnowmeltError(value) ? { name, code: value.code, message, hint: value.hint } : { name, message };
}

/** What the process ends with; a run ended by a signal gives 128 + its number (130, 143) as shells do. */
export const EXIT = { ok: 0, failed: 1, misuse: 2, skipped: 3 } as const;

/** Wrong arguments or a wrong configuration is misuse; everything else failed. */
export function exitCodeOf(error: unknown): number {
  return error instanceof ConfigError ? EXIT.misuse : EXIT.failed;
}
