import type { DeliverOptions } from '../../delivery/deliver-options.js';
import { SnowmeltError } from '../../errors/errors.js';
import type { RowMapper } from '../../mapping/row-mapper.js';
import type { DeadLetter } from '../../sink/sink.js';
import type { RowBatch } from '../../source/source.js';
import { holdsState } from '../run/run-kind.js';

/** Messages of a batch of entries that are sent as they are. */
const ENTRIES_AT_ONCE = 500;

const READ_AGAIN =
  "Pass `sync` and `key: { column: 'userId' }`, to send the row as it is now; or `asStored: true`, to send it all the same.";

/** Dead letters to replay. */
export type Entries<M> = AsyncIterable<DeadLetter<M>> | Iterable<DeadLetter<M>>;

/** Numbers of a replay, counted while its rows are read. */
export interface Seen {
  entries: number;
  keys: number;
  /** The keys that had rows, as text. */
  readonly found: Set<string>;
}

/** The part of a delivery that says what is delivered. */
export type WhatToReplay<M> = Pick<DeliverOptions<M>, 'rows' | 'columns' | 'mapper'>;

/** The messages as they were kept. */
export function storedMessages<M>(
  entries: Entries<M>,
  { mapper, asStored }: { readonly mapper?: RowMapper<M> | undefined; readonly asStored?: boolean | undefined },
  seen: Seen,
  routes: Map<unknown, string>,
): WhatToReplay<M> {
  async function* rows(): AsyncGenerator<RowBatch> {
    let batch: (readonly unknown[])[] = [];
    for await (const entry of entries) {
      if (entry.message === undefined) throw impossible(entry, 'holds no message to send', 'Replay it with `key`.');
      if (asStored !== true && holdsState(typeOf(entry.message))) {
        throw impossible(entry, 'holds a call whose values may be older than what was delivered since', READ_AGAIN);
      }
      seen.entries += 1;
      if (entry.sink !== undefined) routes.set(entry.message, entry.sink);
      batch.push([entry.message]);
      if (batch.length < ENTRIES_AT_ONCE) continue;
      yield { firstRow: seen.entries - batch.length, rows: batch };
      batch = [];
    }
    yield { firstRow: seen.entries - batch.length, rows: batch };
  }
  return { rows: rows(), columns: [], mapper: asTheyAre(mapper) };
}

/** A mapper of rows that hold a message as it is. */
export function asTheyAre<M>(mapper: RowMapper<M> | undefined): RowMapper<M> {
  const key = mapper?.key?.bind(mapper);
  return {
    callType: 'custom',
    bind: () => (values) => values[0] as M,
    map: (row) => row['message'] as M,
    ...(key === undefined ? {} : { key }),
  };
}

/** A dead letter that holds too little to be replayed. */
export function impossible(entry: DeadLetter<unknown>, what: string, hint: string): SnowmeltError {
  const { runId, row } = entry;
  return new SnowmeltError('REPLAY_IMPOSSIBLE', `The dead letter of row ${row} of run ${runId} ${what}.`, {
    hint,
    details: { runId, row },
  });
}

function typeOf(message: unknown): unknown {
  return typeof message === 'object' && message !== null && 'type' in message ? message.type : undefined;
}
