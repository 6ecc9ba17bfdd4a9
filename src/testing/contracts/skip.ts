/** Why a line is skipped: what the plug-in lacks. */
export function reasonOf(kind: 'capability' | 'option' | 'member', missing: string): string {
  return `no ${kind} \`${missing}\``;
}

/** The name of a line that is skipped, for runners that show no reasons. */
export function skippedName(rule: string, reason: string): string {
  return `${rule} (skipped: ${reason})`;
}

/**
 * Skips the test that runs, where its runner lets it. Vitest and node:test hand a context in ("Test Context", vitest
 * documentation; "context.skip", Node.js documentation), Mocha binds it to `this` ("Inclusive Tests", Mocha
 * documentation) and shows no reasons, so that the title tells it.
 *
 * @param self `this` of the test
 * @param given the arguments of the test: rest parameters, because Jest waits for a callback in a declared one
 * @returns whether it was skipped; vitest and Mocha throw instead
 */
export function skipRunning(self: unknown, [context]: readonly unknown[], reason: string): boolean {
  for (const each of [context, self]) {
    // In vitest the context is a function with properties.
    const { skip, test } = Object(each) as { readonly skip?: unknown; readonly test?: unknown };
    if (typeof skip !== 'function') continue;
    if (each === self) retitle(test, reason);
    Reflect.apply(skip, each, [reason]);
    return true;
  }
  return false;
}

function retitle(test: unknown, reason: string): void {
  if (typeof test !== 'object' || test === null) return;
  const { title } = test as { readonly title?: unknown };
  if (typeof title === 'string') Reflect.set(test, 'title', skippedName(title, reason));
}

/**
 * Whether the tests run under Jest, which shows a test as skipped only when it was declared so
 * ("Environment Variables", Jest documentation).
 */
export function isUnderJest(): boolean {
  return process.env['JEST_WORKER_ID'] !== undefined;
}
