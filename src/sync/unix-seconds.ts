import { ConfigError } from '../errors.js';

/** A time of the caller in whole Unix seconds. @throws ConfigError `CONFIG_INVALID` */
export function unixSeconds(method: string, option: string, value: number | Date): number {
  const seconds = Math.floor(value instanceof Date ? value.getTime() / 1000 : value);
  // A number of milliseconds would lie fifty thousand years ahead.
  if (Number.isSafeInteger(seconds) && seconds >= 0 && seconds < 100_000_000_000) return seconds;
  throw new ConfigError('CONFIG_INVALID', `${method}: \`${option}\` has to be a time in Unix seconds, or a Date.`, {
    hint: `Write ${option}: new Date('2026-01-31').`,
  });
}
