import * as z from 'zod';

/** An object with a method of that name; `what` is told of anything else. */
export function withMethod<T>(name: string, what: string): z.ZodType<T> {
  return z.custom<T>(
    (value) => typeof value === 'object' && value !== null && typeof Reflect.get(value, name) === 'function',
    what,
  );
}

/** Any function. */
export function aFunction<F extends (...values: never[]) => unknown>(): z.ZodType<F> {
  return z.custom<F>((value) => typeof value === 'function', 'expected a function');
}

/** An `AbortSignal`, of whichever realm. */
export const anAbortSignal = withMethod<AbortSignal>('throwIfAborted', 'expected an AbortSignal');
