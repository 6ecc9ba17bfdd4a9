import { SpanStatusCode } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { semanticEvents, type DeadLetter } from 'snowmelt';
import {
  recordingSink,
  startCollector,
  startSnowflake,
  type Collector,
  type EmbeddedSnowflake,
} from 'snowmelt/testing';
import { instrument } from 'snowmelt/otel';
import { progressBar, runReportHtml } from 'snowmelt/report';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makePeople, type PeopleParts } from './people.js';

let snowflake: EmbeddedSnowflake;
let collector: Collector;
let people: PeopleParts;
beforeAll(async () => {
  snowflake = await startSnowflake({ resultChunkRows: 20, resultInlineRows: 5 });
  collector = await startCollector({ check: false });
});
afterAll(async () => {
  await collector.close();
  await snowflake.close();
});
beforeEach(async () => {
  people = await makePeople(snowflake, collector);
});
afterEach(async () => {
  await people.source.close();
  collector.clear();
});

/** A run over the first hundred people, then one that finds 1 added, 2 changed and 3 removed. */
async function changed(): Promise<void> {
  (await people.sync.run()).throwIfFailed();
  await snowflake.query(`INSERT INTO PEOPLE VALUES (1000, 'new@example.com');
    UPDATE PEOPLE SET EMAIL = 'other@example.com' WHERE ID IN (3, 4);
    DELETE FROM PEOPLE WHERE ID IN (7, 8, 9)`);
}

describe('the counts of a sync with changes', () => {
  it('stand in progress, in the checkpoints of rows and of removals, and in the report', async () => {
    await changed();
    const { sync } = people;
    const checkpoints: unknown[] = [];
    const progress: { readonly removed: number; readonly below: number }[] = [];
    sync.on('checkpoint', ({ row, counts }) => checkpoints.push({ row, ...counts }));
    sync.on('progress', ({ counts, settledBelow }) =>
      progress.push({ removed: counts.removed ?? 0, below: settledBelow }),
    );
    const report = await sync.run();
    report.throwIfFailed();
    const rows = { read: 98, delivered: 3, rejected: 0, skipped: 0, added: 1, changed: 2, unchanged: 95 };
    expect(checkpoints.at(-1)).toEqual({ row: 101, ...rows, messages: 6, removed: 3, held: 0 });
    expect(checkpoints).toContainEqual({ row: 98, ...rows, messages: 3 });
    expect(progress.at(-1)).toEqual({ removed: 3, below: 98 });
    expect(report).toMatchObject({ rowsRead: 98, messages: 6, changes: { added: 1, changed: 2, removed: 3, held: 0 } });
  });

  it('stand in the report and in the history of a run that failed among its removals', async () => {
    await changed();
    const sync = people.with({}, { retry: { attempts: 1 } });
    sync.on('checkpoint', ({ row }) => {
      if (row === 98) collector.fault({ kind: 'status', status: 503 }, { times: Infinity });
    });
    const failed = await sync.run();
    collector.clearFaults();
    expect(failed).toMatchObject({ status: 'failed', changes: { added: 1, changed: 2, unchanged: 95, removed: 0 } });
    const { run, history } = await sync.status();
    expect(run?.counts).toMatchObject({ read: 98, added: 1, changed: 2, removed: 0 });
    expect(history.at(-1)?.counts).toMatchObject({ added: 1, changed: 2, unchanged: 95, removed: 0 });
    const resumed = await people.sync.run();
    expect(resumed.changes).toEqual({ added: 1, changed: 2, unchanged: 95, removed: 3, held: 0 });
  });

  it('stand in the progress bar and on the page of the report', async () => {
    await changed();
    const written: string[] = [];
    const stream = { isTTY: true, columns: 120, write: (text: string) => written.push(text) };
    progressBar(people.sync, { stream });
    const report = await people.sync.run();
    report.throwIfFailed();
    const text = written.join('');
    expect(text).toContain('98 of 98 rows');
    expect(text).toContain('1 added  2 changed  3 removed');
    const html = runReportHtml(report);
    expect(html).toContain('Added<b>1</b>');
    expect(html).toContain('Changed<b>2</b>');
    expect(html).toContain('Unchanged<b>95</b>');
    expect(html).toContain('Removed<b>3</b>');
    expect(html).toContain('Removals held<b>0</b>');
  });

  it('stand in metrics and spans, held removals too', async () => {
    await changed();
    await snowflake.query('DELETE FROM PEOPLE WHERE ID BETWEEN 20 AND 39');
    const spans = new InMemorySpanExporter();
    const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] });
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 1_000_000 });
    const meterProvider = new MeterProvider({ readers: [reader] });
    const stop = await instrument(people.sync, { tracerProvider, meterProvider });
    (await people.sync.run()).throwIfFailed();
    stop();
    await meterProvider.forceFlush();
    const metrics = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((each) => each.metrics));
    const value = (name: string): unknown =>
      metrics.find(({ descriptor }) => descriptor.name === name)?.dataPoints[0]?.value;
    expect({
      added: value('snowmelt.rows.added'),
      changed: value('snowmelt.rows.changed'),
      unchanged: value('snowmelt.rows.unchanged'),
      held: value('snowmelt.removals.held'),
    }).toEqual({ added: 1, changed: 2, unchanged: 75, held: 23 });
    const run = spans.getFinishedSpans().find(({ name }) => name === 'sync people');
    expect(run?.status.code).toBe(SpanStatusCode.UNSET);
    expect(run?.attributes).toMatchObject({
      'snowmelt.rows.added': 1,
      'snowmelt.rows.changed': 2,
      'snowmelt.rows.unchanged': 75,
      'snowmelt.removals': 0,
      'snowmelt.removals.held': 23,
    });
    await meterProvider.shutdown();
  });

  it('stand in status(): keys, held removals, and what kind an open run is', async () => {
    const { sync } = people;
    expect((await sync.status()).snapshot).toBeUndefined();
    (await sync.run()).throwIfFailed();
    expect((await sync.status()).snapshot).toEqual({ keys: 100, held: undefined });
    await snowflake.query('DELETE FROM PEOPLE WHERE ID BETWEEN 20 AND 39');
    const holding = await sync.run();
    const { snapshot } = await sync.status();
    expect(snapshot).toMatchObject({ keys: 100, held: { count: 20, reason: 'too-many' } });
    expect(snapshot?.held?.since.getTime()).toBe(holding.lastSyncTime.after * 1000);
    (await sync.run({ removals: { upTo: 20 } })).throwIfFailed();
    expect((await sync.status()).snapshot).toEqual({ keys: 80, held: undefined });

    const stop = new AbortController();
    sync.once('batch:delivered', () => {
      stop.abort();
    });
    expect((await sync.run({ resend: true, signal: stop.signal })).status).toBe('aborted');
    expect((await sync.status()).run?.kind).toBe('resend');
  });

  it('tell of removals that were rejected, which are tried again by the next run', async () => {
    await changed();
    const dead = recordingSink<DeadLetter>('dead');
    let isRefusing = true;
    const sync = people.with(
      {
        removed: ({ userId }) => {
          if (isRefusing && Number(userId) === 8) throw new TypeError('no');
          return semanticEvents.deletePerson({ userId: String(userId) });
        },
      },
      { deadLetter: dead },
    );
    const checkpoints: unknown[] = [];
    sync.on('checkpoint', ({ counts }) => checkpoints.push(counts));
    const written: string[] = [];
    progressBar(sync, { stream: { isTTY: true, columns: 120, write: (text: string) => written.push(text) } });
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 1_000_000 });
    const meterProvider = new MeterProvider({ readers: [reader] });
    await instrument(sync, { meterProvider });
    const report = await sync.run({ removals: { upTo: 3 } });
    report.throwIfFailed();
    // removed = delivered + rejected
    expect(report.changes).toMatchObject({ removed: 2, removalsRejected: 1, held: 0 });
    expect(report.rejections).toMatchObject([{ code: 'MAPPING_ROW' }]);
    expect(dead.messages).toHaveLength(1);
    expect(checkpoints.at(-1)).toMatchObject({ removed: 2, removalsRejected: 1 });
    expect(written.join('')).toContain('2 removed  1 removals rejected');
    expect(runReportHtml(report)).toContain('Removals rejected<b>1</b>');
    await meterProvider.forceFlush();
    const metrics = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((each) => each.metrics));
    const rejected = metrics.find(({ descriptor }) => descriptor.name === 'snowmelt.removals.rejected');
    expect(rejected?.dataPoints[0]?.value).toBe(1);
    await meterProvider.shutdown();
    const { history, snapshot } = await sync.status();
    expect(history.at(-1)?.counts).toMatchObject({ removed: 2, removalsRejected: 1 });
    expect(snapshot).toEqual({ keys: 99, held: undefined });

    isRefusing = false;
    const again = await sync.run();
    expect(again.changes).toEqual({ added: 0, changed: 0, unchanged: 98, removed: 1, held: 0 });
  });

  it('leave status() to tell of a snapshot that cannot be read', async () => {
    const { sync, snapshots } = people;
    (await sync.run()).throwIfFailed();
    for (const name of await snapshots.list('')) await snapshots.delete(name);
    expect((await sync.status()).snapshot).toMatchObject({
      unreadable: { code: 'SNAPSHOT_UNREADABLE' },
    });
  });
});
