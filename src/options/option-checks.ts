import { types } from 'node:util';
import * as z from 'zod';

/** An object, or a function, with a method of that name; `what` is told of anything else. */
export function withMethod<T>(name: string, what: string): z.ZodType<T> {
  return z.custom<T>((value) => {
    if ((typeof value !== 'object' || value === null) && typeof value !== 'function') return false;
    const method: unknown = Reflect.get(value, name);
    // Every function has a `bind`, which is no mapper's.
    return typeof method === 'function' && method !== Reflect.get(Function.prototype, name);
  }, what);
}

/** Any function. */
export function aFunction<F extends (...values: never[]) => unknown>(): z.ZodType<F> {
  return z.custom<F>((value) => typeof value === 'function', 'expected a function');
}

/** An `AbortSignal`, of whichever realm. */
export const anAbortSignal = withMethod<AbortSignal>('throwIfAborted', 'expected an AbortSignal');

/** A `Date`, of whichever realm. */
export const isDate = (value: unknown): value is Date => types.isDate(value);

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** A name of the IANA time zone database. */
export const aTimeZone = z.string().refine(isTimeZone, 'expected an IANA time zone such as Europe/Berlin');
