import { describe, expect, it } from 'vitest';
import { deliver, identify, SinkError, track } from 'snowmelt';
import type { Column, DeadLetter, DeliverOptions, DeliveryRecord, Message, Rejection, RowMapper } from 'snowmelt';
import { batches, COLUMNS, collector, mapper, notes, result, sink, type Note } from './rows.js';

/** Rows whose number says what becomes of them: 3 messages, none, or one that is rejected. */
const varied: RowMapper<Note> = mapper<Note>(
  (row) => {
    if (row % 10 === 1) return undefined;
    if (row % 10 === 2) return [0, 1, 2].map((part) => ({ row, messageId: `m${row}-${part}` }));
    if (row % 10 === 3) throw new TypeError(`secret of row ${row}`);
    return { row, messageId: `m${row}` } as Note;
  },
  ({ row }) => `person-${row}`,
);

const picky = sink<Note>(
  (batch) => {
    const rejected: Rejection[] = [];
    batch.forEach(({ row }, index) => {
      if (row % 10 === 4) rejected.push({ index, code: 'BAD', reason: 'no' });
    });
    return { accepted: batch.length - rejected.length, rejected };
  },
  { limits: { maxMessages: 7 } },
);

function options(more: Partial<DeliverOptions<Note>> = {}): DeliverOptions<Note> {
  const deadLetter = collector<DeadLetter<Note>>().sink;
  return { rows: result(500, 33), mapper: varied, sink: picky, deadLetter, maxRejected: 500, ...more };
}

const retry = { attempts: 3, minDelayMs: 1 };

describe('the delivery log', () => {
  it('has a record of every settled row, in their order, before anybody is told that it is settled', async () => {
    const log = collector<DeliveryRecord>({ limits: { maxMessages: 20 } });
    const told: number[] = [];
    const onSettled = (below: number): void => {
      told.push(below);
      expect(log.got.map(({ row }) => row).slice(0, below)).toEqual(Array.from({ length: below }, (_, row) => row));
    };
    const report = await deliver(options({ deliveryLog: log.sink, onSettled, sync: 'people', runId: 'r1' }));
    report.throwIfFailed();
    expect(told.at(-1)).toBe(500);
    expect(log.got).toHaveLength(500);
    expect(report).toMatchObject({ settledBelow: 500, settled: { read: 500, rejected: 100, skipped: 50 } });
    const { queryId } = report;
    const run = { sync: 'people', runId: 'r1', queryId };
    expect(log.got[0]).toEqual({
      ...run,
      row: 0,
      key: log.got[0]?.key,
      messageIds: ['m0'],
      outcome: 'delivered',
      time: log.got[0]?.time,
    });
    expect(log.got[1]).toMatchObject({ row: 1, key: undefined, messageIds: [], outcome: 'skipped' });
    expect(log.got[2]).toMatchObject({ row: 2, messageIds: ['m2-0', 'm2-1', 'm2-2'], outcome: 'delivered' });
    expect(log.got[3]).toMatchObject({ row: 3, messageIds: [], outcome: 'rejected', code: 'MAPPING_ROW' });
    expect(log.got[4]).toMatchObject({ row: 4, messageIds: ['m4'], outcome: 'rejected', code: 'BAD' });
    expect(new Date(log.got[0]?.time ?? '').getTime()).toBeGreaterThan(Date.now() - 600_000);
  });

  it('names a row by its keys, and says neither them nor any other value', async () => {
    const log = collector<DeliveryRecord>();
    await deliver(options({ deliveryLog: log.sink }));
    const text = JSON.stringify(log.got);
    expect(text).not.toMatch(/person-|secret/);
    const keys = log.got.flatMap(({ key }) => key ?? []);
    expect(keys.every((key) => /^[0-9a-f]{32}$/.test(key))).toBe(true);
    expect(new Set(keys).size).toBe(400);
  });

  it.each(['identify', 'track'] as const)(
    'has the ids that the sink got, of rows that became %s as text',
    async (type) => {
      const columns: Column[] = [
        { name: 'userId', type: 'fixed', nullable: false },
        { name: 'event', type: 'text', nullable: false },
        { name: 'timestamp', type: 'timestamp_ntz', nullable: true },
        { name: 'messageId', type: 'text', nullable: true },
      ];
      async function* rows() {
        // With an id of its own, with one made of its values, and with one of run and row.
        const values = [
          ['1', 'a', '1700000000.5', 'own.1'],
          ['2', 'b', '1700000000.5', null],
          ['3', 'c"messageId":"x"}', null, null],
        ];
        yield { firstRow: 0, rows: values };
      }
      const sent = new Map<string, string | undefined>();
      const log = collector<DeliveryRecord>();
      const serialize = Object.assign((message: Message) => JSON.stringify(message), { plainFor: new Set([type]) });
      const wire = sink<Message>(
        (batch, { json }) => {
          expect(json).toBeDefined();
          for (const message of batch) sent.set(message.userId ?? '', message.messageId);
          return { accepted: batch.length };
        },
        { serialize },
      );
      const how = { rows: rows(), columns, sink: wire, deliveryLog: log.sink, runId: 'r' };
      const report =
        type === 'track' ? await deliver({ ...how, mapper: track() }) : await deliver({ ...how, mapper: identify() });
      report.throwIfFailed();
      expect(log.got.map(({ messageIds }) => messageIds)).toEqual([...sent.values()].map((id) => [id]));
      expect(sent.get('1')).toBe('own.1');
      expect(sent.get('3')).toBe('r-2');
      expect(sent.get('2') === 'r-1').toBe(type === 'identify');
    },
  );

  it('fails the delivery when it fails, which then has settled nothing without a record', async () => {
    const log = collector<DeliveryRecord>();
    const failing = sink<DeliveryRecord>((batch, context) => {
      if (log.got.length >= 100) throw new SinkError('SINK_UNREACHABLE', 'disk full', { retryable: false });
      return log.sink.write(batch, context);
    });
    const told: number[] = [];
    const deliveryLog = { ...failing, limits: { maxMessages: 50 } };
    const report = await deliver(options({ deliveryLog, onSettled: (below) => void told.push(below) }));
    expect(report).toMatchObject({ status: 'failed', error: { code: 'DELIVERY_LOG_FAILED' } });
    expect(report.error?.message).toContain('disk full');
    expect(report.settledBelow).toBe(told.at(-1) ?? 0);
    expect(report.settledBelow).toBeLessThanOrEqual(log.got.length);
    expect(report.settled.read).toBe(report.settledBelow);
    expect(log.got.length).toBeLessThan(500);
  });

  it('fails when a record is rejected, and is tried again when that may help', async () => {
    const refusing = sink<DeliveryRecord>((batch) => ({
      accepted: batch.length - 1,
      rejected: [{ index: 0, code: 'NO', reason: 'no' }],
    }));
    const report = await deliver(options({ deliveryLog: refusing }));
    expect(report).toMatchObject({ status: 'failed', error: { code: 'DELIVERY_LOG_FAILED' }, settledBelow: 0 });

    let tries = 0;
    const log = collector<DeliveryRecord>();
    const flaky = sink<DeliveryRecord>((batch, context) => {
      tries += 1;
      if (tries % 2 === 1) throw new SinkError('SINK_UNREACHABLE', 'down', { retryable: true });
      return log.sink.write(batch, context);
    });
    (await deliver(options({ deliveryLog: flaky, retry }))).throwIfFailed();
    expect(log.got.map(({ row }) => row)).toEqual(Array.from({ length: 500 }, (_, row) => row));
  });

  it.each([
    ['delivered', notes((row) => `k${row}`)],
    ['skipped', mapper<Note>(() => undefined)],
  ] as const)('stops the reading of rows that are %s while it is stuck', async (_what, of) => {
    let read = 0;
    async function* rows() {
      for await (const batch of batches(0, 5_000, 10)) {
        read += batch.rows.length;
        yield batch;
      }
    }
    let go = (): void => undefined;
    const stuck = new Promise<void>((resolve) => (go = resolve));
    let begun = (): void => undefined;
    const isStuck = new Promise<void>((resolve) => (begun = resolve));
    const log = collector<DeliveryRecord>();
    const deliveryLog = sink<DeliveryRecord>(async (batch, context) => {
      begun();
      await stuck;
      return log.sink.write(batch, context);
    });
    const delivering = deliver({
      rows: rows(),
      columns: COLUMNS,
      mapper: of,
      sink: collector<Note>({ limits: { maxMessages: 10 } }).sink,
      deliveryLog,
      maxInFlightRows: 100,
    });
    await isStuck;
    // Everything that can go on without the log does so.
    let before = -1;
    while (before !== read) {
      before = read;
      for (let turn = 0; turn < 200; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(read).toBeGreaterThanOrEqual(100);
    expect(read).toBeLessThanOrEqual(300);
    go();
    (await delivering).throwIfFailed();
    expect(log.got).toHaveLength(5_000);
  });

  it('asks the fence before it writes', async () => {
    const log = collector<DeliveryRecord>();
    const lost = new Error('lost');
    let asked = 0;
    const fence = async (): Promise<void> => {
      asked += 1;
      if (asked > 1) throw lost;
    };
    const asking = sink<DeliveryRecord>(async (batch, context) => {
      await context.fence();
      return log.sink.write(batch, context);
    });
    const report = await deliver(options({ rows: result(5), deliveryLog: asking, fence, mapper: notes() }));
    expect(report.status).toBe('failed');
    expect(report.settledBelow).toBe(0);
    expect(log.got).toEqual([]);
  });
});
