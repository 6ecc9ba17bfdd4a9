import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { deliver, fanOut, type DeadLetter, type Message, type RowBatch, type RowMapper } from '../../src/index.js';
import { CustomerIoSink } from '../../src/customerio.js';
import { NdjsonSink, readDeadLetters } from '../../src/sinks.js';
import { startCollector } from '../../src/testing/index.js';

const count = 2_000;
async function* rows(): AsyncGenerator<RowBatch> {
  for (let firstRow = 0; firstRow < count; firstRow += 500) {
    yield { firstRow, rows: Array.from({ length: 500 }, (_, index) => [String(firstRow + index)]) };
  }
}
const toMessage = (id: unknown): Message => ({
  type: 'identify',
  userId: String(id),
  messageId: `m${String(id)}`,
  traits: { text: 'é'.repeat(200) },
});
const mapper: RowMapper = {
  callType: 'identify',
  bind: () => (values) => toMessage(values[0]),
  map: (row) => toMessage(row['ID']),
  key: ({ userId }) => userId,
};

it('delivers everything through every kind of fault, to two collectors, and keeps what is refused with the reply', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'snowmelt-delivery-'));
  const [one, two] = [await startCollector(), await startCollector()];
  try {
    // First, so that no other fault takes a message that is to be refused.
    one.fault({ kind: 'refuse-messages', messageIds: ['m7', 'm1234'] }, { times: Infinity });
    one.fault({ kind: 'status-after-accept', status: 500 });
    one.fault({ kind: 'status', status: 429, retryAfter: '0' }, { times: 3 });
    one.fault({ kind: 'reset-mid-response' });
    one.fault({ kind: 'reset' });
    one.fault({ kind: 'hang' });
    // Only what hangs may run out of time.
    const open = (name: string, collector: typeof one, timeoutMs?: number): CustomerIoSink =>
      new CustomerIoSink({
        name,
        writeKey: collector.writeKey,
        endpoint: collector.endpoint,
        timeoutMs,
        maxBatchBytes: 50_000,
      });
    const path = join(folder, 'rejected.ndjson');
    const report = await deliver({
      rows: rows(),
      columns: [{ name: 'ID', type: 'text', nullable: false }],
      mapper,
      sink: fanOut([open('one', one, 500), open('two', two)]),
      deadLetter: new NdjsonSink<DeadLetter>({ path }),
      retry: { minDelayMs: 5, maxDelayMs: 50 },
    });
    expect(report.error).toBeUndefined();
    expect(report).toMatchObject({ status: 'completed', rowsRead: count, rowsRejected: 2 });
    const all = Array.from({ length: count }, (_, id) => `m${id}`).sort();
    expect([...one.messageIds.keys()].sort()).toEqual(all.filter((id) => id !== 'm7' && id !== 'm1234'));
    expect([...two.messageIds.keys()].sort()).toEqual(all);
    // The healthy one saw nothing twice.
    expect(two.stats().duplicates).toBe(0);
    const letters: DeadLetter[] = [];
    for await (const letter of readDeadLetters(path)) letters.push(letter);
    expect(letters.map(({ row, sink }) => [row, sink]).sort()).toEqual([
      [1234, 'one'],
      [7, 'one'],
    ]);
    expect(letters[0]?.reason).toContain('refused as planned');
  } finally {
    await Promise.all([one.close(), two.close(), rm(folder, { recursive: true })]);
  }
});
