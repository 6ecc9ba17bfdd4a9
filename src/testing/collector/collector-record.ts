import { createWriteStream, type WriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import type { JsonObject } from '../../mapping/message.js';

/** A call as it came over the wire. */
export type CollectedMessage = JsonObject & { readonly type: string; readonly messageId?: string };

/** One request that was taken. */
export interface CollectedBatch {
  readonly path: string;
  readonly messages: number;
  /** Body, uncompressed. */
  readonly bytes: number;
  readonly strict: boolean;
  /** From the X-Retry-Count header. */
  readonly retryCount: number;
}

/** Totals of a collector. */
export interface CollectorStats {
  readonly requests: number;
  /** Requests that were taken. */
  readonly batches: number;
  /** Messages that were taken, repeated ones included. */
  readonly messages: number;
  readonly messagesByType: Readonly<Record<string, number>>;
  /** Messages that came with a messageId seen before; counted unless `record` is "counts". */
  readonly duplicates: number;
  /** Requests refused with an error status. */
  readonly refused: number;
  /** Messages answered with 200 and thrown away, as the API does without strict mode. */
  readonly dropped: number;
  /** Body bytes of the requests that were taken. */
  readonly bytes: number;
  /** Requests that a planned fault struck. */
  readonly faultHits: number;
}

/** What a collector keeps of each message. */
export type CollectorRecordMode = 'messages' | 'ids' | 'counts';

/** Keeps what a collector took. */
export class CollectorRecord {
  readonly #mode: CollectorRecordMode;
  readonly #file: WriteStream | undefined;
  messages: CollectedMessage[] = [];
  batches: CollectedBatch[] = [];
  messageIds = new Map<string, number>();
  totals = emptyTotals();

  constructor(mode: CollectorRecordMode, file: string | undefined) {
    this.#mode = mode;
    this.#file = file === undefined ? undefined : createWriteStream(file, { flags: 'a' });
  }

  add(messages: readonly CollectedMessage[], batch: CollectedBatch): void {
    const { totals } = this;
    totals.batches += 1;
    totals.messages += messages.length;
    totals.bytes += batch.bytes;
    for (const message of messages) {
      totals.messagesByType[message.type] = (totals.messagesByType[message.type] ?? 0) + 1;
      if (this.#mode !== 'counts') this.#addId(message.messageId);
    }
    if (this.#mode === 'messages') {
      this.messages.push(...messages);
      this.batches.push(batch);
    }
    this.#file?.write(messages.map((message) => `${JSON.stringify(message)}\n`).join(''));
  }

  clear(): void {
    this.messages = [];
    this.batches = [];
    this.messageIds = new Map();
    this.totals = emptyTotals();
  }

  async close(): Promise<void> {
    if (this.#file === undefined) return;
    this.#file.end();
    await finished(this.#file);
  }

  #addId(messageId: string | undefined): void {
    if (messageId === undefined) return;
    const seen = this.messageIds.get(messageId) ?? 0;
    this.messageIds.set(messageId, seen + 1);
    if (seen > 0) this.totals.duplicates += 1;
  }
}

function emptyTotals() {
  const messagesByType: Record<string, number> = {};
  return {
    requests: 0,
    batches: 0,
    messages: 0,
    duplicates: 0,
    refused: 0,
    dropped: 0,
    bytes: 0,
    faultHits: 0,
    messagesByType,
  };
}
