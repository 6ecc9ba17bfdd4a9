import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { codeOf } from '../src/errors/code-of.js';
import { networkError } from '../src/sink/http/network-error.js';

it.each<[string, unknown, string | undefined]>([
  ['an error of this realm', Object.assign(new Error('x'), { code: 'ENOENT' }), 'ENOENT'],
  ['an error of another realm, as all of Node are under Jest', foreign("'ENOENT'"), 'ENOENT'],
  ['an error without one', new Error('x'), undefined],
  ['an error with a number', new DOMException('x', 'AbortError'), undefined],
  ['a text', 'ENOENT', undefined],
  ['nothing', undefined, undefined],
  ['null', null, undefined],
])('the code of %s', (_what, error, code) => {
  expect(codeOf(error)).toBe(code);
});

it('a connection that fails is told apart by the code below, of whatever realm', () => {
  const to = { name: 'crm', origin: 'https://crm.example' } as Parameters<typeof networkError>[1];
  const error = networkError(new TypeError('fetch failed', { cause: foreign("'CERT_HAS_EXPIRED'") }), to);
  expect(error).toMatchObject({ retryable: false, details: { code: 'CERT_HAS_EXPIRED' } });
});

/** An error that is no `instanceof Error` here. */
function foreign(code: string): unknown {
  const error: unknown = runInNewContext(`Object.assign(new Error('x'), { code: ${code} })`);
  expect(error instanceof Error).toBe(false);
  return error;
}
