import type { CanonicalJsonOptions, JsonMessage } from '../../mapping/row-mapper.js';
import type { RowBatch } from '../../source/source.js';
import type { RowChange, RowOutcome } from '../settle/settlement.js';
import type { RejectedRow } from './item.js';

/** A row after its mapping, before anything of it is queued: its message as text, its messages, or why it has none. */
export interface MappedRow<M> {
  readonly row: number;
  readonly values: readonly unknown[];
  readonly json?: JsonMessage | undefined;
  /** Empty for a row that the mapper skips. */
  readonly messages?: readonly M[] | undefined;
  readonly rejection?: RejectedRow<M> | undefined;
}

/** What is to become of a mapped row. */
export type JudgedRow<M> =
  | { readonly mapped: MappedRow<M>; readonly is: 'sent'; readonly change: RowChange }
  | { readonly mapped: MappedRow<M>; readonly is: 'unchanged' | 'skipped' }
  | { readonly mapped: MappedRow<M>; readonly is: 'rejected'; readonly rejection: RejectedRow<M> };

/** Judges mapped rows before they are queued: how a sync with `changes` leaves out what is as it was. */
export interface RowStage<M> {
  /** Asks mappers for the text that is compared. */
  readonly canonical: CanonicalJsonOptions;
  /** The first row that it looks at: it may lie before the first one that is delivered. */
  readonly firstRow: number;
  /** Whether it needs no more rows. */
  readonly isDone: boolean;
  /** Takes the mapped rows of a batch. Gives those that may go on now, in their order, each once. */
  readonly judge: (batch: RowBatch, rows: readonly MappedRow<M>[]) => Promise<readonly JudgedRow<M>[]>;
  /** Whether rows that were held back may go on: {@link released} gives them. */
  readonly hasReleased: boolean;
  /** Gives rows of earlier batches that may go on now. */
  readonly released: () => readonly JudgedRow<M>[];
  /** Whom to tell when rows that were held back may go on. */
  readonly onReleased: (tell: () => void) => void;
  /** There are no more rows. Gives those that are left. */
  readonly end: () => Promise<readonly JudgedRow<M>[]>;
  /** Told of every row that was sent, rejected or skipped, in their order, once all rows before it are settled too. */
  readonly settled: (row: number, outcome: RowOutcome, acceptedMessages: number) => void;
  /** What names a row in a delivery log: the hash of its key, as hexadecimal text; none where a column of it is NULL. */
  readonly keyOf: (row: number, values: readonly unknown[]) => string | undefined;
  /** Whether its rows are keys that are gone. @default false */
  readonly isOfRemovals?: boolean | undefined;
}
