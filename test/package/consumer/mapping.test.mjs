// The same mapping test under vitest and node:test; mapping.test.cjs is the one for Jest.
import assert from 'node:assert/strict';
import { identify } from 'snowmelt';

const { test } = process.env.VITEST ? await import('vitest') : await import('node:test');

test('a row becomes an identify message', () => {
  assert.deepEqual(identify().map({ userId: '1', email: 'ada@example.com' }), {
    type: 'identify',
    userId: '1',
    traits: { email: 'ada@example.com' },
  });
});
