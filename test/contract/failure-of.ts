import { expect } from 'vitest';
import type { collectContract } from './collect-contract.js';

/** Runs a line that a faulty plug-in breaks. Returns what the failure says the plug-in did, after it has named the rule. */
export async function failureOf(
  { name, body }: ReturnType<typeof collectContract>[number],
  plugIn: string,
): Promise<string> {
  const outcome: unknown = await body().then(
    () => 'kept',
    (error: unknown) => error,
  );
  if (!(outcome instanceof Error)) return expect.unreachable(`"${name}" was kept`);
  const [rule, broke, ...more] = outcome.message.split('\n');
  expect(rule).toBe(`The rule: ${plugIn} ${name}.`);
  expect(broke).toMatch(/^This one broke it: \S+ \S+/);
  const did = [broke?.replace('This one broke it: ', ''), ...more].join('\n');
  // What an assertion says of itself tells nothing about a plug-in.
  expect(did).not.toMatch(/Expected|strictly|loosely|falsy|!==|\bassert/);
  expect(outcome.stack).toContain(outcome.message);
  return did;
}
