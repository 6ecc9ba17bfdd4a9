import { MemoryStateStore, QueryTemplate, SinkError } from 'snowmelt';
import type { SyncOptions, TrackMessage } from 'snowmelt';
import { ArraySource, ListSink, testMapper, testRows } from './plug-ins.js';

/** The parts of a sync of 250 rows. */
export function setUp(options: Partial<SyncOptions<TrackMessage>> = {}) {
  const source = new ArraySource(testRows(250));
  const sink = new ListSink();
  const state = new MemoryStateStore();
  const all: SyncOptions<TrackMessage> = {
    name: 'people',
    source,
    query: new QueryTemplate('SELECT * FROM people WHERE updated >= {{last_sync_time}}'),
    mapper: testMapper(),
    sink,
    state,
    retry: { attempts: 2, minDelayMs: 1 },
    checkpoint: { everyRows: 50 },
    ...options,
  };
  return { source, sink, state, options: all };
}

/** What a destination that is down does. */
export function refuse(): never {
  throw new SinkError('SINK_UNREACHABLE', 'down', { retryable: false });
}
