const ISO = /^(\d{4})-(\d{2})-(\d{2})(?:[T ]([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.(\d{1,9}))?)?)?$/;

/**
 * Epoch nanoseconds of the wall clock that an ISO text names, for constants: the macros that read any text would run
 * again for every row. Nothing for other texts, which may still be valid.
 */
export function constantTime(text: string | undefined): bigint | undefined {
  const match = text === undefined ? null : ISO.exec(text);
  if (match === null) return undefined;
  // A time that is left out has no group.
  const part = (group: number): number => Number(match[group] ?? 0);
  const date = new Date(0);
  date.setUTCFullYear(part(1), part(2) - 1, part(3));
  if (part(1) === 0 || date.getUTCMonth() + 1 !== part(2) || date.getUTCDate() !== part(3)) return undefined;
  date.setUTCHours(part(4), part(5), part(6));
  return BigInt(date.getTime()) * 1_000_000n + BigInt((match[7] ?? '').padEnd(9, '0'));
}

/** Epoch seconds as the engine stores timestamps. */
export function secondsSql(nanoseconds: bigint): string {
  const digits = (nanoseconds < 0n ? -nanoseconds : nanoseconds).toString().padStart(10, '0');
  return `CAST('${nanoseconds < 0n ? '-' : ''}${digits.slice(0, -9)}.${digits.slice(-9)}' AS DECIMAL(38,9))`;
}

/** The day as the engine stores dates. */
export function daySql(nanoseconds: bigint): string {
  const day = 86_400_000_000_000n;
  const days = nanoseconds / day - (nanoseconds % day < 0n ? 1n : 0n);
  return `(DATE '1970-01-01' + CAST(${days} AS INTEGER))`;
}
