import { randomUUID } from 'node:crypto';
import { batchLimits } from '../../delivery/read/batch-limits.js';
import { ItemMaker } from '../../delivery/read/item-maker.js';
import { idIn, messageOf, type RejectedRow } from '../../delivery/read/item.js';
import { laneHash } from '../../delivery/read/lane-hash.js';
import { checkKey } from '../../diff/key/check-key.js';
import { keyHash } from '../../diff/key/key-hash.js';
import type { JsonValue } from '../../mapping/message.js';
import { createDecoder, DEFAULT_DECODE } from '../../mapping/values/decoder.js';
import { hostRejection, perMessage, type WhyRejected } from '../../sink/per-message.js';
import type { LeftOut, Sink } from '../../sink/sink.js';
import type { Column } from '../../source/source.js';
import { hashedRow } from '../changes/hashed-row.js';
import type { SyncContext } from '../options/sync-context.js';
import type { FoundRow } from './row-finder.js';

/** What a row becomes now, and by what it is known. */
export interface MadeRow<M> {
  readonly found: FoundRow;
  readonly values: Readonly<Record<string, JsonValue>>;
  /** Without message ids that are made from run and row. */
  readonly messages: readonly M[];
  /** Its message ids that are the same in every run. */
  readonly ids: readonly string[];
  readonly rejection: RejectedRow<M> | undefined;
  /** Whether the mapper makes nothing of it. */
  readonly isSkipped: boolean;
  /** By what a delivery log may name it. */
  readonly keys: readonly string[];
  readonly leftOut: readonly (LeftOut | undefined)[];
  /** An event without an id of its own: a record of its person need not be of this one. */
  readonly isOneOfMany: boolean;
  /** With `changes`: the hash of its key, `undefined` where a column of it is NULL, and of what it becomes. */
  readonly compared: { readonly key: Buffer | undefined; readonly hash: Buffer } | undefined;
}

/**
 * Maps rows as a run would. Nothing is sent.
 *
 * @throws MappingError `MAPPING_COLUMNS` when the columns do not fit the mapper; ConfigError `CONFIG_INVALID`
 */
export function makeRows<M>(
  { settings }: SyncContext<M>,
  columns: readonly Column[],
  rows: readonly FoundRow[],
): MadeRow<M>[] {
  const { mapper, sink, name, changes, rateLimit } = settings;
  const runId = randomUUID();
  const limits = batchLimits(sink.limits, rateLimit?.maxMessagesPerSecond);
  const canonical = changes?.hasher.json;
  const maker = new ItemMaker({ mapper, sink, columns, limits, runId, sync: name, warn: () => undefined, canonical });
  const key = changes && checkKey(columns, changes.key);
  const decoders = columns.map((column) => createDecoder(column, DEFAULT_DECODE));
  return rows.map((found, row) => {
    const { values } = found;
    const mapped = maker.map(row, values);
    const hashed = changes && hashedRow(changes, columns, mapped);
    maker.makeOf(hashed?.mapped ?? mapped);
    const { items, rejections } = maker;
    const made = items.map(messageOf);
    const messages = made.map((message) => withoutRunId(message, runId));
    const lane = laneHash(items);
    const own = key && keyHash(key, values, row);
    const judged = made.map((message) => leftOutOf(sink, message));
    const refused = judged.find(({ rejection }) => rejection !== undefined)?.rejection;
    const ids = messages.flatMap((message) => idIn(message) ?? []);
    return {
      found,
      values: Object.fromEntries(columns.map((column, at) => [column.name, decoded(decoders[at], values[at])])),
      messages,
      ids,
      rejection: rejections[0] ?? (refused && { row, ...refused }),
      isSkipped: items.length + rejections.length === 0,
      keys: [own?.toString('hex'), lane].filter((each) => each !== undefined),
      leftOut: judged.map(({ leftOut }) => leftOut),
      isOneOfMany: hashed === undefined && ids.length === 0 && messages.some(isEvent),
      compared: hashed && { key: own, hash: hashed.hash },
    };
  });
}

/** What a filter that stumbles over a message does to it in a run: it is rejected. */
function leftOutOf<M>(sink: Sink<M>, message: M): { leftOut?: LeftOut | undefined; rejection?: WhyRejected } {
  try {
    return { leftOut: perMessage(`leftOut() of the sink "${sink.name}"`, () => sink.leftOut?.(message)) };
  } catch (error) {
    return { rejection: hostRejection(error) };
  }
}

const EVENTS: ReadonlySet<unknown> = new Set(['track', 'page', 'screen']);

function isEvent(message: unknown): boolean {
  return typeof message === 'object' && message !== null && 'type' in message && EVENTS.has(message.type);
}

function decoded(decode: ReturnType<typeof createDecoder> | undefined, value: unknown): JsonValue {
  if (decode === undefined || value === null || value === undefined) return null;
  try {
    return decode(value, { row: 0 });
  } catch {
    return typeof value === 'string' ? value : null;
  }
}

/** A run gives it another one. */
function withoutRunId<M>(message: M, runId: string): M {
  if (idIn(message)?.startsWith(`${runId}-`) !== true) return message;
  return Object.fromEntries(Object.entries(message as object).filter(([name]) => name !== 'messageId')) as M;
}
