/** A row of a run's result, as the walk looks at it. */
export interface WalkRow {
  /** Its number in the result, from 0. */
  readonly row: number;
  /** The first 16 bytes of the SHA-256 over its key columns; `undefined` where one of them is NULL. */
  readonly key: Uint8Array | undefined;
  /** The 16 bytes of the message hash; of the empty list for a row that the mapper skips. */
  readonly hash: Uint8Array;
  /** Its message hash in the canonical form before this one, for the first run with a new form. */
  readonly formerHash?: Uint8Array | undefined;
  /** Whether the mapper made no message of it. */
  readonly skipped?: boolean | undefined;
  /** Its key text as it is to be stored, for a removal; asked for only where an entry is written. */
  readonly text?: (() => Uint8Array | undefined) | undefined;
}

/** What is to become of a row. */
export type Verdict =
  /** To be delivered, or, `unchanged` and `skipped`, not. */
  | { readonly row: number; readonly is: 'added' | 'changed' | 'unchanged' | 'skipped' }
  /** Its messages are those of the row `of`, which has the same key: nothing to deliver, counts as skipped. */
  | { readonly row: number; readonly is: 'duplicate'; readonly of: number }
  /** For the dead letter: rows of the same key have different messages, or are too many; `rows` names some of them. */
  | {
      readonly row: number;
      readonly is: 'rejected';
      readonly code: 'DUPLICATE_KEY';
      readonly rows: readonly number[];
      readonly isTooMany: boolean;
    }
  /** For the dead letter: it has no key. */
  | { readonly row: number; readonly is: 'rejected'; readonly code: 'KEY_NULL' };

/** What became of a row that was to be delivered; `partly`: rejected, but some of its messages were accepted. */
export type RowOutcome = 'accepted' | 'partly' | 'rejected' | 'skipped';

/** Which rows a run delivers: added and changed; only added; as the first, and removals besides. */
export type ChangesMode = 'upsert' | 'append' | 'mirror';
