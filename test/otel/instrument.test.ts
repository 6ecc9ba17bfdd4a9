import { readFileSync } from 'node:fs';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { afterEach, describe, expect, it } from 'vitest';
import { MemoryStateStore, SinkError, Sync, defineMapper, fromAsyncIterable, type Message } from '../../src/index.js';
import { instrument } from '../../src/otel.js';
import { CallbackSink } from '../../src/sinks.js';

function telemetry() {
  const spans = new InMemorySpanExporter();
  const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] });
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const meterProvider = new MeterProvider({ readers: [reader] });
  const values = async () => {
    await reader.forceFlush();
    const metrics =
      exporter
        .getMetrics()
        .at(-1)
        ?.scopeMetrics.flatMap((scope) => scope.metrics) ?? [];
    return new Map(metrics.map((metric) => [metric.descriptor.name, metric.dataPoints.map((point) => point.value)]));
  };
  return { spans, tracerProvider, meterProvider, values, close: () => meterProvider.shutdown() };
}

function makeSync(write: (batch: readonly Message[]) => Promise<void>) {
  const secrets = ['ada@example.com', 'bob@example.com', 'eve@example.com'];
  return new Sync({
    name: 'people',
    source: fromAsyncIterable(
      async function* () {
        for (const email of secrets) yield { email };
      },
      { columns: ['email'] },
    ),
    mapper: defineMapper(({ email }) => ({ type: 'identify' as const, userId: email as string })),
    sink: new CallbackSink<Message>(write, { maxMessages: 1 }),
    state: new MemoryStateStore(),
    concurrency: 1,
  });
}

describe('instrument', () => {
  let close: () => Promise<void> = async () => undefined;
  afterEach(() => close());

  it('makes a span of a run with its query as child, and counts rows, messages and retries', async () => {
    const { spans, values, close: end, ...providers } = telemetry();
    close = end;
    let tries = 0;
    const sync = makeSync(async () => {
      if (tries++ === 0) throw new SinkError('SINK_UNREACHABLE', 'away', { retryable: true, retryAfterMs: 1 });
    });
    const stop = await instrument(sync, providers);
    (await sync.run()).throwIfFailed();
    const [query, run] = spans.getFinishedSpans();
    expect(query?.name).toBe('SELECT');
    expect(query?.attributes).toMatchObject({ 'db.system.name': 'snowflake', 'snowmelt.sync': 'people' });
    expect(query?.parentSpanContext?.spanId).toBe(run?.spanContext().spanId);
    expect(run?.name).toBe('sync people');
    expect(run?.attributes).toMatchObject({ 'snowmelt.rows.delivered': 3, 'snowmelt.status': 'completed' });
    expect(run?.events.map((event) => event.name)).toContain('retry');
    const metrics = await values();
    expect(metrics.get('snowmelt.rows.read')).toEqual([3]);
    expect(metrics.get('snowmelt.rows.delivered')).toEqual([3]);
    expect(metrics.get('snowmelt.messages')).toEqual([3]);
    expect(metrics.get('snowmelt.retries')).toEqual([1]);
    expect(metrics.get('snowmelt.run.duration')).toMatchObject([{ count: 1 }]);
    expect(metrics.get('db.client.operation.duration')).toMatchObject([{ count: 1 }]);
    stop();
    await sync.run();
    expect(spans.getFinishedSpans()).toHaveLength(2);
  });

  it('starts the span of a run before that of its query, and names the version', async () => {
    const { spans, values, close: end, ...providers } = telemetry();
    close = end;
    const sync = makeSync(async () => undefined);
    await instrument(sync, providers);
    (await sync.run()).throwIfFailed();
    const [query, run] = spans.getFinishedSpans();
    const microseconds = ([seconds, nanos]: readonly [number, number]): number => seconds * 1e6 + nanos / 1e3;
    const within = [run?.startTime, query?.startTime, query?.endTime, run?.endTime].map((time) =>
      microseconds(time ?? [0, 0]),
    );
    expect(within).toEqual(within.toSorted((one, other) => one - other));
    expect(within[0]).toBeGreaterThan(0);
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(run?.instrumentationScope).toMatchObject({ name: 'snowmelt', version });
    await values();
  });

  it('marks a failed run with its code and shows no row values', async () => {
    const { spans, values, close: end, ...providers } = telemetry();
    close = end;
    const sync = makeSync(async () => {
      throw new SinkError('SINK_UNAUTHORIZED', 'the key was refused', { retryable: false });
    });
    await instrument(sync, providers);
    expect((await sync.run()).status).toBe('failed');
    const run = spans.getFinishedSpans().find((span) => span.name === 'sync people');
    expect(run?.status.code).toBe(2);
    expect(run?.attributes['error.type']).toBe('SINK_UNAUTHORIZED');
    const seen = JSON.stringify([
      spans.getFinishedSpans().map(({ name, attributes, events, status }) => ({ name, attributes, events, status })),
      [...(await values())],
    ]);
    expect(seen).not.toContain('example.com');
  });
});
