import { laneHash } from '../../delivery/read/lane-hash.js';
import { idIn } from '../../delivery/read/item.js';
import { canonicalJson } from '../../diff/canonical/canonical-json.js';
import type { LaneKey } from '../../mapping/row-mapper.js';
import type { DeadLetter, DeliveryRecord } from '../../sink/sink.js';
import type { ExplainReaderOptions, WantedRecords } from '../options/record-readers.js';
import type { SyncContext } from '../options/sync-context.js';
import { fieldOf } from '../replay/field-of.js';
import type { KeyCondition } from './key-condition.js';
import type { MadeRow } from './made-row.js';
import { deadLettersOf, deliveriesOf } from './past-records.js';

/** What runs have kept of a row. */
export interface RowPast {
  /** The last record of it. */
  readonly delivered?: DeliveryRecord | undefined;
  /** All dead letters of it, by the run that rejected it; of each run the last one. */
  readonly rejected: ReadonlyMap<string, DeadLetter<unknown>>;
}

/** What could be read. */
export interface Past {
  readonly rows: readonly RowPast[];
  readonly hasDeliveries: boolean;
  readonly hasDeadLetters: boolean;
}

/** Runs whose dead letters of one row are remembered. */
const MOST_RUNS = 100;

/** Looks for rows in the delivery log and in the dead letter. @throws what a reader throws, as a SnowmeltError */
export async function pastOf<M>(
  { settings }: SyncContext<M>,
  made: readonly MadeRow<M>[],
  conditions: readonly KeyCondition[],
  { readers, signal }: { readonly readers: ExplainReaderOptions; readonly signal: AbortSignal },
): Promise<Past> {
  const { name, deliveryLog, deadLetter } = settings;
  const keys = [...new Set(made.flatMap((row) => row.keys))];
  const wanted: WantedRecords = { sync: name, keys, messageIds: made.flatMap(({ ids }) => ids), signal };
  const delivered = made.map((): DeliveryRecord | undefined => undefined);
  const rejected = made.map(() => new Map<string, DeadLetter<unknown>>());
  const deliveries = deliveriesOf(readers, deliveryLog, wanted);
  for await (const record of deliveries ?? []) {
    if (record.sync !== name) continue;
    for (const [index, row] of made.entries()) {
      const before = delivered[index];
      if (isRecordOf(record, row) && (before === undefined || before.time <= record.time)) delivered[index] = record;
    }
  }
  const letters = deadLettersOf(readers, deadLetter, wanted);
  for await (const entry of letters ?? []) {
    if (entry.sync !== name) continue;
    for (const [index, row] of made.entries()) {
      if (isLetterOf(entry, row, conditions, settings.mapper.key?.bind(settings.mapper))) {
        keep(rejected[index], entry);
      }
    }
  }
  return {
    rows: made.map((_, index) => ({ delivered: delivered[index], rejected: rejected[index] ?? new Map() })),
    hasDeliveries: deliveries !== undefined,
    hasDeadLetters: letters !== undefined,
  };
}

function keep(rejected: Map<string, DeadLetter<unknown>> | undefined, entry: DeadLetter<unknown>): void {
  if (rejected === undefined) return;
  rejected.delete(entry.runId);
  rejected.set(entry.runId, entry);
  const [first] = rejected.keys();
  if (rejected.size > MOST_RUNS && first !== undefined) rejected.delete(first);
}

/** Ids that do not change from run to run tell rows of one person apart; else they are known by their key alone. */
function isRecordOf<M>({ key, messageIds, outcome }: DeliveryRecord, row: MadeRow<M>): boolean {
  const { ids, keys, messages, isOneOfMany } = row;
  // What became of another event of the same person tells nothing of this one, unless all of them went the same way.
  if (isOneOfMany && outcome !== 'delivered') return false;
  if (ids.length > 0 && ids.length === messages.length) return messageIds.some((id) => ids.includes(id));
  return key !== undefined && keys.includes(key);
}

function isLetterOf<M>(
  { columns, values, message }: DeadLetter<unknown>,
  row: MadeRow<M>,
  conditions: readonly KeyCondition[],
  keyOf: ((message: never) => LaneKey) | undefined,
): boolean {
  if (columns !== undefined && values !== undefined) {
    return conditions.every(({ column, matches }) => matches(values[columns.indexOf(column.name)]));
  }
  const { ids, keys, messages } = row;
  const id = idIn(message);
  if (ids.length > 0 && ids.length === messages.length && id !== undefined) return ids.includes(id);
  if (row.isOneOfMany) return messages.some((each) => contentOf(each) === contentOf(message));
  const lane = laneOf(message, keyOf);
  if (lane !== undefined && keys.includes(lane)) return true;
  return conditions.every(({ column, bind }) => String(fieldOf(message, column.name)) === bind);
}

/** A message without its id. */
function contentOf(message: unknown): string | undefined {
  return canonicalJson({ ...(message as object), messageId: undefined });
}

function laneOf(message: unknown, keyOf: ((message: never) => LaneKey) | undefined): string | undefined {
  if (message === undefined || keyOf === undefined) return undefined;
  try {
    return laneHash([{ keys: keyOf(message as never) }]);
  } catch {
    // A message that the mapper of today does not make any more.
    return undefined;
  }
}
