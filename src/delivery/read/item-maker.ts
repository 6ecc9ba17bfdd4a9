import { hiddenTextOf, isSnowmeltError, MappingError } from '../../errors/errors.js';
import { AsyncCodeError } from '../../errors/async-code-error.js';
import { isPromiseLike } from '../../async/is-promise-like.js';
import { isCall } from '../../sink/wire-message.js';
import { AsyncMapperError } from '../../mapping/calls/define-mapper.js';
import { laneKey } from '../../mapping/lane-key.js';
import type { Message } from '../../mapping/message.js';
import type { BoundMapper, CanonicalJsonOptions, LaneKey, RowMapper, RowToJson } from '../../mapping/row-mapper.js';
import type { Sink } from '../../sink/sink.js';
import type { Column } from '../../source/source.js';
import type { BatchLimits } from './batch-limits.js';
import { callHost } from '../../errors/host-call.js';
import type { Item, RejectedRow } from './item.js';
import { largestColumn } from './largest-column.js';
import { JsonStore } from './json-store.js';
import { runMessageId, withMessageId } from './message-id.js';
import type { MappedRow } from './row-stage.js';

/** What {@link ItemMaker} needs to know about the delivery. */
export interface ItemMakerParts<M> {
  readonly mapper: RowMapper<M>;
  readonly sink: Sink<M>;
  readonly columns: readonly Column[];
  readonly limits: BatchLimits;
  readonly runId: string;
  readonly sync: string;
  readonly warn: (code: string, column: string) => void;
  /** Where rows are compared with those of an earlier run: then ids are made from run and row. */
  readonly canonical?: CanonicalJsonOptions | undefined;
}

/** Turns rows into items: maps, gives message ids, serialises once and measures. */
export class ItemMaker<M> {
  readonly #parts: ItemMakerParts<M>;
  readonly #bound: BoundMapper<M>;
  readonly #text: ((message: M) => string) | undefined;
  /** Present when the sink takes texts that are made straight from the rows. */
  readonly #toJson: RowToJson | undefined;
  readonly #store: JsonStore | undefined;
  /** Items of the last row. */
  readonly items: Item<M>[] = [];
  /** Rejections of the last row. */
  readonly rejections: RejectedRow<M>[] = [];

  /** @throws MappingError when the columns do not fit the mapper */
  constructor(parts: ItemMakerParts<M>) {
    this.#parts = parts;
    this.#bound = callHost("The mapper's bind()", () => parts.mapper.bind(parts.columns));
    const { serialize } = parts.sink;
    if (serialize !== undefined) this.#text = (message) => serialize.call(parts.sink, message);
    else if (parts.limits.measured) this.#text = (message) => JSON.stringify(message);
    const { mapper, sync, runId, canonical } = parts;
    const isPlain = mapper.callType !== 'custom' && serialize?.plainFor?.has(mapper.callType) === true;
    // A mapper that was wrapped, with keys or a binding of its own, has no such shortcut.
    if (!isPlain || mapper.key !== laneKey) return;
    const messageId = (row: number): string => runMessageId(runId, row, 0);
    this.#toJson = this.#bound.toJson?.({ sync, messageId, contentIds: canonical === undefined, canonical });
    if (this.#toJson !== undefined) this.#store = new JsonStore();
  }

  /** Fills {@link items} and {@link rejections} with what the row becomes; both stay empty for a skipped row. */
  make(row: number, values: readonly unknown[]): void {
    this.#clear();
    const made = this.#toJson?.(values, row);
    if (made !== undefined && this.#keep(row, made.text, made.keys)) return;
    this.#attempt(row, values, () => {
      this.#addAll(row, this.#mapped(row, values), values);
    });
  }

  /** Maps a row and queues nothing yet. */
  map(row: number, values: readonly unknown[]): MappedRow<M> {
    const json = this.#toJson?.(values, row);
    // Without the text that is compared, the messages themselves are.
    if (json?.canonical !== undefined) return { row, values, json };
    this.#clear();
    let messages: readonly M[] | undefined;
    this.#attempt(row, values, () => {
      messages = this.#mapped(row, values);
    });
    return { row, values, messages, rejection: this.rejections[0] };
  }

  /** As {@link make}, of a row that is mapped. */
  makeOf({ row, values, json, messages, rejection }: MappedRow<M>): void {
    this.#clear();
    if (rejection !== undefined) this.rejections.push(rejection);
    else if (json === undefined || !this.#keep(row, json.text, json.keys)) {
      this.#attempt(row, values, () => {
        this.#addAll(row, messages ?? this.#mapped(row, values), values);
      });
    }
  }

  #clear(): void {
    this.items.length = 0;
    this.rejections.length = 0;
  }

  #mapped(row: number, values: readonly unknown[]): readonly M[] {
    const { sync, warn, canonical } = this.#parts;
    const mapped = this.#bound(values, { row, sync, warn, contentIds: canonical === undefined });
    if (mapped === undefined) return [];
    const messages = Array.isArray(mapped) ? (mapped as readonly M[]) : [mapped as M];
    checkMessages(row, messages);
    return messages;
  }

  #addAll(row: number, messages: readonly M[], values: readonly unknown[]): void {
    for (const [index, message] of messages.entries()) this.#add(row, index, message, values);
  }

  /** Makes a rejection of what a mapper threw. */
  #attempt(row: number, values: readonly unknown[], step: () => void): void {
    try {
      step();
    } catch (error) {
      if (error instanceof AsyncCodeError) throw error;
      this.#clear();
      this.rejections.push(this.#mappingRejection(row, values, error));
    }
  }

  /** Refuses a text that is too large. The caller then makes the message as an object, whose text may be shorter. */
  #keep(row: number, text: string, keys: LaneKey): boolean {
    const store = this.#store as JsonStore;
    const json = store.add(text);
    const bytes = json.end - json.start;
    if (bytes > this.#parts.limits.maxMessageBytes) {
      store.takeBack(json);
      return false;
    }
    this.items.push({ row, message: undefined, text: undefined, json, bytes, keys });
    return true;
  }

  #add(row: number, index: number, mapped: M, values: readonly unknown[]): void {
    const { columns, limits, runId, sink } = this.#parts;
    const message = withMessageId(mapped, runId, row, index);
    let text: string | undefined;
    let bytes = 0;
    if (this.#text !== undefined) {
      text = jsonOf(row, message, this.#text);
      if (this.#store !== undefined && this.#keep(row, text, this.#key(message))) return;
      bytes = Buffer.byteLength(text);
      if (bytes > limits.maxMessageBytes) {
        const reason = `The message has ${bytes} bytes; "${sink.name}" takes ${limits.maxMessageBytes}.${largestColumn(columns, values)}`;
        const hint = 'Select fewer or shorter columns for that row.';
        this.rejections.push({ row, code: 'MESSAGE_TOO_LARGE', reason, hint, sink: sink.name, message });
        return;
      }
    }
    this.items.push({ row, message, text, json: undefined, bytes, keys: this.#key(message) });
  }

  /** Calls keep the order of their person also when a host's mapper names no key. */
  #key(message: M): LaneKey {
    const { mapper } = this.#parts;
    const key: unknown =
      mapper.key === undefined ? (isCall(message) ? laneKey(message as Message) : undefined) : mapper.key(message);
    if (key === undefined || typeof key === 'string') return key;
    // A mapper in plain JavaScript may give numbers.
    if (Array.isArray(key)) return key.map(String);
    return typeof key === 'object' ? undefined : `${key as number}`;
  }

  #mappingRejection(row: number, values: readonly unknown[], error: unknown): RejectedRow<M> {
    // The text of a foreign error may quote the row.
    if (isSnowmeltError(error)) {
      const { code, message: reason, hint } = error;
      const text = hiddenTextOf(error);
      const detail = text === undefined ? undefined : `${reason} ${text}`;
      return { row, code, reason, detail, hint, values };
    }
    const isError = error instanceof Error;
    const reason = `Row ${row}: the mapper threw ${isError ? error.name + throwSite(error) : typeof error}.`;
    const detail = isError ? `${reason} ${error.message}` : reason;
    return { row, code: 'MAPPING_ROW', reason, detail, hint: 'Repair the mapper.', values };
  }
}

/** @throws AsyncMapperError for promises, MappingError for what is no message */
function checkMessages(row: number, messages: readonly unknown[]): void {
  const promises = messages.filter(isPromiseLike);
  // All of them: a promise that rejects and that nobody looks after ends the process.
  for (const promise of promises) promise.then(undefined, () => undefined);
  if (promises.length > 0) throw new AsyncMapperError('The mapper');
  // `false` is what `condition && message` comes to in plain JavaScript.
  const at = messages.findIndex((message) => message === null || message === undefined || message === false);
  if (at < 0) return;
  throw new MappingError('MAPPING_ROW', `Row ${row}: the mapper returned ${String(messages[at])} for a message.`, {
    hint: 'Return undefined to skip a row, or only the messages that there are.',
  });
}

/** @throws MappingError `MAPPING_ROW` for what has no JSON; AsyncCodeError for a promise */
function jsonOf<M>(row: number, message: M, toText: (message: M) => string): string {
  let cause: unknown;
  try {
    // JSON.stringify gives undefined for what JSON does not know, against its type.
    const text: unknown = toText(message);
    if (typeof text === 'string') return text;
    if (isPromiseLike(text)) {
      text.then(undefined, () => undefined);
      throw new AsyncCodeError('`serialize` of the sink', 'It is called for each message and not waited for.');
    }
  } catch (error) {
    if (isSnowmeltError(error)) throw error;
    cause = error;
  }
  const why = cause === undefined ? '' : ` (${cause instanceof Error ? cause.name : typeof cause})`;
  throw new MappingError('MAPPING_ROW', `Row ${row}: the message cannot become JSON${why}.`, {
    hint: 'JSON has no bigint, no cycles and no functions, and very deep values are too much: convert them in the mapper.',
    cause,
  });
}

/** Where a mapper threw: the first line of its stack below the text, without the folders. */
function throwSite({ stack, message }: { readonly stack?: unknown; readonly message: unknown }): string {
  // A host may have made anything of it, with Error.prepareStackTrace.
  const text = String(stack);
  const told = String(message);
  const frames = text.slice(text.indexOf(told) + told.length);
  const [, place] = /\n\s+at .*?([^\s(/\\]+:\d+:\d+)\)?(?:\n|$)/.exec(frames) ?? [];
  return place === undefined ? '' : ` at ${place}`;
}
