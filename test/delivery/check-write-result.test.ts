import { expect, test } from 'vitest';
import { checkWriteResult } from '../../src/sink/check-write-result.js';

test.each([
  ['no result', undefined],
  ['null', null],
  ['no count', {}],
  ['a count that is no integer', { accepted: 2.5 }],
  ['a count that is text', { accepted: '3' }],
  ['a negative count', { accepted: -1, rejected: [1, 2, 3, 4] }],
  ['too few', { accepted: 2 }],
  ['too many', { accepted: 3, rejected: [{ index: 0, code: 'x', reason: 'x' }] }],
  ['an index twice', { accepted: 1, rejected: [{ index: 0 }], retry: [{ index: 0 }] }],
  ['an index outside', { accepted: 2, rejected: [{ index: 3 }] }],
  ['a negative index', { accepted: 2, retry: [{ index: -1 }] }],
  ['an index that is no integer', { accepted: 2, retry: [{ index: 0.5 }] }],
  ['entries that are nothing', { accepted: 1, retry: [null, undefined] }],
  ['a code that is a number', { accepted: 2, rejected: [{ index: 0, code: 400, reason: 'x' }] }],
  ['a rejection without a reason', { accepted: 2, rejected: [{ index: 0, code: 'x' }] }],
  ['lists that are no arrays', { accepted: 3, retry: {} }],
])('refuses %s as SINK_CONTRACT', (_name, result) => {
  expect(() => checkWriteResult(result, 3, 'broken')).toThrow(
    expect.objectContaining({ code: 'SINK_CONTRACT', retryable: false }),
  );
});

test('takes an answer that accounts for every message', () => {
  const rejected = [{ index: 2, code: 'bad', reason: 'bad' }];
  const retry = [{ index: 0, reason: 'later' }];
  expect(checkWriteResult({ accepted: 1, rejected, retry }, 3, 'good')).toEqual({ rejected, retry });
  expect(checkWriteResult({ accepted: 3 }, 3, 'good')).toEqual({ rejected: [], retry: [] });
});
