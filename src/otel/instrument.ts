import { checkOptions } from '../options/check-options.js';
import { withMethod } from '../options/option-checks.js';
import type {
  Attributes,
  Counter,
  Gauge,
  Histogram,
  Meter,
  MeterProvider,
  Span,
  Tracer,
  TracerProvider,
} from '@opentelemetry/api';
import { VERSION } from './version.js';
import { peerFault } from '../options/peer-fault.js';
import type { RunReport } from '../sync/journal/run-report.js';
import type { SyncEventName, SyncEventSource, SyncListener } from '../sync/journal/sync-event.js';

/** Options of {@link instrument}. */
export interface InstrumentOptions {
  /** Makes the spans. @default the global one */
  readonly tracerProvider?: TracerProvider | undefined;
  /** Makes the metrics. @default the global one */
  readonly meterProvider?: MeterProvider | undefined;
}

const shape = {
  tracerProvider: withMethod('getTracer', 'expected a TracerProvider').optional(),
  meterProvider: withMethod('getMeter', 'expected a MeterProvider').optional(),
};

const SCOPE = 'snowmelt';

interface Instruments {
  readonly rowsRead: Counter;
  readonly rowsDelivered: Counter;
  readonly rowsRejected: Counter;
  readonly rowsAdded: Counter;
  readonly rowsChanged: Counter;
  readonly rowsUnchanged: Counter;
  readonly removed: Counter;
  readonly removalsRejected: Counter;
  readonly held: Gauge;
  readonly messages: Counter;
  readonly retries: Counter;
  readonly batchDuration: Histogram;
  readonly runDuration: Histogram;
  readonly queryDuration: Histogram;
}

/** Counts that grow while a run goes on, so far. */
type Counted = Partial<
  Record<
    'read' | 'delivered' | 'rejected' | 'added' | 'changed' | 'unchanged' | 'removed' | 'removalsRejected',
    number | undefined
  >
>;

function instruments(meter: Meter): Instruments {
  return {
    rowsRead: meter.createCounter('snowmelt.rows.read', { unit: '{row}' }),
    rowsDelivered: meter.createCounter('snowmelt.rows.delivered', { unit: '{row}' }),
    rowsRejected: meter.createCounter('snowmelt.rows.rejected', { unit: '{row}' }),
    rowsAdded: meter.createCounter('snowmelt.rows.added', { unit: '{row}' }),
    rowsChanged: meter.createCounter('snowmelt.rows.changed', { unit: '{row}' }),
    rowsUnchanged: meter.createCounter('snowmelt.rows.unchanged', { unit: '{row}' }),
    removed: meter.createCounter('snowmelt.removals', { unit: '{key}', description: 'Removals accepted' }),
    removalsRejected: meter.createCounter('snowmelt.removals.rejected', { unit: '{key}' }),
    held: meter.createGauge('snowmelt.removals.held', {
      unit: '{key}',
      description: 'Removals held at the end of a run',
    }),
    messages: meter.createCounter('snowmelt.messages', { unit: '{message}', description: 'Messages accepted' }),
    retries: meter.createCounter('snowmelt.retries', { unit: '{retry}', description: 'Failed writes tried again' }),
    batchDuration: meter.createHistogram('snowmelt.batch.duration', {
      unit: 's',
      description: 'Until a batch settled',
    }),
    runDuration: meter.createHistogram('snowmelt.run.duration', { unit: 's' }),
    // A stable metric of the database conventions (OpenTelemetry semantic conventions, database client metrics).
    queryDuration: meter.createHistogram('db.client.operation.duration', { unit: 's' }),
  };
}

/**
 * Makes spans and metrics of a sync's runs: a span per run with the query as its child, counters that grow while a run
 * goes on, and histograms of durations in seconds. Names follow the OpenTelemetry conventions where there are any, and
 * `snowmelt.` elsewhere. Row values never become attributes.
 *
 * @returns a function that ends the instrumentation
 * @throws ConfigError `PEER_MISSING` without `@opentelemetry/api`
 */
export async function instrument(sync: SyncEventSource, options: InstrumentOptions = {}): Promise<() => void> {
  checkOptions('instrument', shape, options);
  const api = await loadApi();
  const tracer: Tracer = (options.tracerProvider ?? api.trace).getTracer(SCOPE, VERSION);
  const meter = (options.meterProvider ?? api.metrics).getMeter(SCOPE, VERSION);
  const { SpanKind, SpanStatusCode } = api;
  const metrics = instruments(meter);
  const common: Attributes = { 'snowmelt.sync': sync.name };
  const database: Attributes = { 'db.system.name': 'snowflake', 'db.operation.name': 'SELECT' };
  // One sync object has at most one run and one backfill at a time; each has its run id.
  const open = new Map<string | undefined, { readonly span: Span; readonly startedAt: Date; counted: Counted }>();
  const counters: Readonly<Record<keyof Counted, Counter>> = {
    read: metrics.rowsRead,
    delivered: metrics.rowsDelivered,
    rejected: metrics.rowsRejected,
    added: metrics.rowsAdded,
    changed: metrics.rowsChanged,
    unchanged: metrics.rowsUnchanged,
    removed: metrics.removed,
    removalsRejected: metrics.removalsRejected,
  };

  const count = (runId: string | undefined, now: Counted): void => {
    const run = open.get(runId);
    if (run === undefined) return;
    for (const what of Object.keys(counters) as (keyof Counted)[]) {
      const value = now[what];
      if (value !== undefined) counters[what].add(Math.max(0, value - (run.counted[what] ?? 0)), common);
    }
    run.counted = now;
  };
  const ended = (runId: string | undefined, report: RunReport): void => {
    const { status, error, changes, rowsRead, rowsDelivered, rowsRejected } = report;
    const outcome: Attributes = { ...common, 'snowmelt.status': status, ...(error && { 'error.type': error.code }) };
    metrics.runDuration.record(report.durations.totalMs / 1000, outcome);
    const run = open.get(runId);
    if (run === undefined) return;
    count(runId, { read: rowsRead, delivered: rowsDelivered, rejected: rowsRejected, ...changes });
    if (changes !== undefined) metrics.held.record(changes.held, common);
    open.delete(runId);
    run.span.setAttributes({
      ...outcome,
      'snowmelt.rows.read': rowsRead,
      'snowmelt.rows.delivered': rowsDelivered,
      'snowmelt.rows.rejected': rowsRejected,
      'snowmelt.rows.skipped': report.rowsSkipped,
      'snowmelt.messages': report.messages,
      'snowmelt.batches': report.batches,
      'snowmelt.retries': report.retries,
      ...(changes && {
        'snowmelt.rows.added': changes.added,
        'snowmelt.rows.changed': changes.changed,
        'snowmelt.rows.unchanged': changes.unchanged,
        'snowmelt.removals': changes.removed,
        'snowmelt.removals.held': changes.held,
        'snowmelt.removals.rejected': changes.removalsRejected ?? 0,
      }),
    });
    // The message of an error names objects, never values; so it may stand in a span.
    if (error !== undefined)
      run.span.setStatus({ code: SpanStatusCode.ERROR, message: `${error.code}: ${error.message}` });
    run.span.end();
  };

  const listeners: { readonly [K in SyncEventName]?: SyncListener<K> } = {
    'run:start': ({ runId, lastSyncTime, startedAt, resumedFromRow }) => {
      const span = tracer.startSpan(`sync ${sync.name}`, {
        startTime: startedAt,
        attributes: {
          ...common,
          ...(runId !== undefined && { 'snowmelt.run_id': runId }),
          ...(resumedFromRow !== undefined && { 'snowmelt.resumed_from_row': resumedFromRow }),
          'snowmelt.last_sync_time': lastSyncTime,
        },
      });
      open.set(runId, { span, startedAt, counted: {} });
    },
    'query:done': ({ runId, queryId, rowCount, durationMs, resumed }) => {
      metrics.queryDuration.record(durationMs / 1000, { ...common, ...database });
      const parent = open.get(runId);
      if (parent === undefined) return;
      const end = Date.now();
      // The clock tells whole milliseconds and the duration has fractions.
      const startTime = Math.max(parent.startedAt.getTime(), end - durationMs);
      const attributes: Attributes = {
        ...common,
        ...database,
        'snowmelt.query_id': queryId,
        'snowmelt.resumed': resumed,
      };
      if (rowCount !== undefined) attributes['db.response.returned_rows'] = rowCount;
      const context = api.trace.setSpan(api.context.active(), parent.span);
      tracer.startSpan('SELECT', { kind: SpanKind.CLIENT, startTime, attributes }, context).end(end);
    },
    progress: ({ runId, counts }) => {
      count(runId, counts);
    },
    'batch:delivered': ({ messages, durationMs }) => {
      metrics.messages.add(messages, common);
      metrics.batchDuration.record(durationMs / 1000, common);
    },
    retry: ({ runId, code, attempt, delayMs }) => {
      metrics.retries.add(1, { ...common, 'error.type': code });
      open
        .get(runId)
        ?.span.addEvent('retry', { 'error.type': code, 'snowmelt.attempt': attempt, 'snowmelt.delay_ms': delayMs });
    },
    checkpoint: ({ runId, row }) => {
      open.get(runId)?.span.addEvent('checkpoint', { 'snowmelt.row': row });
    },
    'run:complete': ({ runId, report }) => {
      ended(runId, report);
    },
    'run:fail': ({ runId, report }) => {
      ended(runId, report);
    },
  };
  const each = (act: <K extends SyncEventName>(name: K, listener: SyncListener<K>) => unknown): void => {
    for (const name of Object.keys(listeners) as SyncEventName[]) {
      const listener = listeners[name] as SyncListener<typeof name> | undefined;
      if (listener !== undefined) act(name, listener);
    }
  };
  each((name, listener) => sync.on(name, listener));
  return () => {
    each((name, listener) => sync.off(name, listener));
  };
}

async function loadApi() {
  try {
    return await import('@opentelemetry/api');
  } catch (error) {
    throw peerFault('instrument', '@opentelemetry/api', error);
  }
}
