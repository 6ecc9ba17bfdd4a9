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
  const reason = `no ${kind} \`${missing}\``;
  if (typeof skipIt === 'function') Reflect.apply(skipIt, context, [reason]);
  else process.stderr.write(`Skipped, and counted as passed by this runner: ${currentTest()}: ${reason}\n`);
}

/** The name of the running test, as Jest tells it ("expect.getState", Jest documentation). */
function currentTest(): string {
  const { getState } = Object(Reflect.get(globalThis, 'expect')) as { readonly getState?: unknown };
  const state: unknown = typeof getState === 'function' ? Reflect.apply(getState, undefined, []) : undefined;
  const { currentTestName } = Object(state) as { readonly currentTestName?: unknown };
  return typeof currentTestName === 'string' ? currentTestName : 'a line of the contract';
}
