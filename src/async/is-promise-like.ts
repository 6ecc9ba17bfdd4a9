/** Whether a value has to be waited for: a promise, or what query builders give, which starts only when it is. */
export function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
