import * as z from 'zod';
import { isDate } from './option-checks.js';

// A number of milliseconds would lie fifty thousand years ahead.
const MAX = 100_000_000_000;

/** A time of the caller, Unix seconds or a date, as whole Unix seconds. */
export const unixSeconds = z
  .custom<number | Date>((value) => {
    const seconds = isDate(value) ? value.getTime() / 1000 : value;
    return typeof seconds === 'number' && seconds >= 0 && seconds < MAX;
  }, "expected a time in Unix seconds, or a Date: new Date('2026-01-31')")
  .transform((value) => Math.floor(isDate(value) ? value.getTime() / 1000 : value));
