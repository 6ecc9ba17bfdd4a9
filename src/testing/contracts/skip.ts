/**
 * Marks the running test as skipped, where its runner has given it a context that can: vitest and node:test do, Jest
 * does not. Tests take the context as rest parameters, because Jest waits for a callback in a declared one.
 */
export function skip(
  [context]: readonly unknown[],
  missing: string,
  kind: 'capability' | 'option' | 'member' = 'capability',
): void {
  // In vitest the context is a function with properties.
  const { skip: skipIt } = Object(context) as { readonly skip?: unknown };
  if (typeof skipIt === 'function') Reflect.apply(skipIt, context, [`no ${kind} \`${missing}\``]);
}
