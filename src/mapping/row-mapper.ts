import type { Column } from '../source/source.js';
import type { JsonValue, Message } from './message.js';

/** The six kinds of call. */
export type CallType = 'identify' | 'track' | 'group' | 'page' | 'screen' | 'alias';

/** A row as a plain object, for unit tests of mappings: column name to value. */
export type Row = Readonly<Record<string, unknown>>;

/** What a mapper may know of a row besides its values. */
export interface RowInfo {
  /** Zero-based row number in the result. */
  readonly row: number;
  /** Name of the sync. It is part of message ids that are made from values; without it no such id is made. */
  readonly sync?: string | undefined;
  /** False where ids that are made from what a row says would hide that it came back to what it was. @default true */
  readonly contentIds?: boolean | undefined;
  /**
   * Reports a value that was changed on its way into the message, or looks wrong, with a short stable code (`NUMBER_NOT_FINITE`) and the
   * column's name. Counted by code and column; the row is delivered all the same.
   */
  readonly warn?: ((code: string, column: string) => void) | undefined;
}

/** Turns the values of one row, by column position, into messages; `undefined` skips the row. */
export interface BoundMapper<out M> {
  (values: readonly unknown[], info: RowInfo): M | readonly M[] | undefined;
  /** The same mapping straight to JSON text, without objects, for sinks that send messages as they are. */
  readonly toJson?: ((options: ToJsonOptions) => RowToJson) | undefined;
}

/** How messages are written that are compared with those of an earlier run. */
export interface CanonicalJsonOptions {
  /** Traits and properties that are not compared. */
  readonly ignore: ReadonlySet<string>;
  /** The one text of a value, its keys sorted. */
  readonly stringify: (value: JsonValue) => string;
}

/** What the messages' texts need besides the rows. */
export interface ToJsonOptions {
  /** Name of the sync, part of content-based message ids. */
  readonly sync: string;
  /** The message id of a row whose mapping gives none. */
  readonly messageId: (row: number) => string;
  /** As in `RowInfo`. @default true */
  readonly contentIds?: boolean | undefined;
  /** Asks for {@link JsonMessage.canonical}. A mapper that does not know it leaves that out. */
  readonly canonical?: CanonicalJsonOptions | undefined;
}

/** A message as JSON text, its message id included. */
export interface JsonMessage {
  readonly text: string;
  readonly keys: LaneKey;
  /**
   * The message as canonical JSON (RFC 8785): all keys sorted, without its message id and without what `canonical.ignore`
   * names in its traits or properties.
   */
  readonly canonical?: string | undefined;
}

/**
 * The text of the message that a row becomes: parsed, it is equal to what {@link BoundMapper} gives. `undefined` for a
 * row that the {@link BoundMapper} has to be asked about: one that it warns of, rejects or skips, or a rare one.
 */
export type RowToJson = (values: readonly unknown[], row: number) => JsonMessage | undefined;

/** Something worth a look about a column before the first run. */
export interface ColumnWarning {
  /** Short and stable: `ALL_CAPITALS`, `MIXED_NUMBERS`, `RESERVED_LOOKALIKE`, `NOT_SENT`. */
  readonly code: string;
  readonly message: string;
  /** What to write in the query. */
  readonly fix: string;
}

/** What becomes of one column. */
export interface ColumnExplanation {
  readonly column: string;
  /** `userId`, `traits.email`; `undefined` when it is not sent. */
  readonly becomes: string | undefined;
  readonly warnings: readonly ColumnWarning[];
}

/** The TypeScript type of what a column's values become, but for null. */
export type RowFieldType =
  | 'number'
  | 'string'
  | 'number | string'
  | 'boolean'
  | "'true' | 'false'"
  | 'JsonValue'
  | 'JsonObject'
  | 'readonly JsonValue[]'
  | 'readonly (number | string | null)[]';

/** One field of the row that a mapper's function is given. */
export interface RowField {
  /** As the function finds it: after `rename` and `columnCase`. */
  readonly name: string;
  /** The column that it comes from. */
  readonly column: Column;
  readonly type: RowFieldType;
  /** Whether it may be null; always, where `type` is `JsonValue`. */
  readonly nullable: boolean;
  /** Whether it may be left out, in place of null. */
  readonly optional: boolean;
}

/** Turns rows into messages. */
export interface RowMapper<out M = Message> {
  readonly callType: CallType | 'custom';
  /**
   * Compiles the mapping for the columns of one result. Called once per result, before the first row.
   *
   * @throws MappingError `MAPPING_COLUMNS` when the columns do not fit
   */
  readonly bind: (columns: readonly Column[]) => BoundMapper<M>;
  /**
   * The same mapping for one plain object, for unit tests.
   *
   * @throws MappingError `MAPPING_ROW` when the row cannot be mapped
   */
  readonly map: (row: Row, info?: RowInfo) => M | readonly M[] | undefined;
  /** The lane key of a message: messages with the same key keep their order. */
  // Method style on purpose: it keeps M covariant, and only messages of this mapper are ever passed.
  key?(message: M): LaneKey;
  /**
   * What becomes of each column of a result, for previews.
   *
   * @throws MappingError `MAPPING_COLUMNS` when the columns do not fit
   */
  readonly explain?: ((columns: readonly Column[]) => readonly ColumnExplanation[]) | undefined;
  /**
   * The row that the mapper's function is given, for its type. Left out by mappers without a function.
   *
   * @throws MappingError `MAPPING_COLUMNS` when the columns do not fit
   */
  readonly rowFields?: ((columns: readonly Column[]) => readonly RowField[]) | undefined;
  /** Text that changes when the mapping does; a changed one is reported by the sync. */
  readonly fingerprint?: string | undefined;
}

/** A mapper of one kind of call, such as `identify()`: each row becomes exactly one message, or is rejected. */
export interface CallMapper<out M = Message> extends RowMapper<M> {
  /**
   * The message of one plain object, for unit tests. A message id that is made from values also holds the sync's name:
   * without `info.sync` it is left out, with it the message is the one that a run sends.
   *
   * @throws MappingError `MAPPING_ROW` when the row cannot be mapped
   */
  readonly map: (row: Row, info?: RowInfo) => M;
}

/** No key (any lane), one key, or several: a barrier over all of them. */
export type LaneKey = string | readonly string[] | undefined;
