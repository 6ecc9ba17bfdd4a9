import type { EventEmitter } from 'node:events';
import { columnType } from '../column-type.js';
import type { Column } from '../source.js';

/*
 * The part of snowflake-sdk that is used here, so that the published types do not need the package. What begins with
 * an underscore is the driver's own and not documented; its presence is checked before it is used.
 */

/** An error of the driver; its `response` and `responseBody` may carry tokens and are never read. */
export interface DriverError {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly code?: unknown;
  readonly sqlState?: unknown;
  readonly data?: unknown;
  readonly isFatal?: unknown;
  readonly cause?: unknown;
}

/** A row inside the driver. */
export interface DriverRow {
  readonly values?: unknown;
  readonly rowIndex?: unknown;
}

/** A column of a driver statement. */
export interface DriverColumn {
  getName(): string;
  getType(): string;
  getId(): number;
  isNullable(): boolean;
  getScale(): number | null | undefined;
  getPrecision(): number | null | undefined;
  _getRowValue?: (row: DriverRow) => unknown;
}

/** The object stream of a statement's rows. */
export interface DriverRowStream extends EventEmitter {
  read(size?: number): unknown;
  destroy(error?: Error): unknown;
}

/** A statement of the driver. */
export interface DriverStatement {
  getColumns: () => readonly DriverColumn[] | undefined;
  getNumRows(): number | undefined;
  getQueryId(): string | undefined;
  cancel(callback?: (error: DriverError | null | undefined) => void): void;
  streamRows(options: { start?: number; end?: number; fetchAsString?: readonly string[] }): DriverRowStream;
}

/** Called by the driver, on its own context of the statement, when the statement is complete or failed. */
export type DriverComplete = (this: unknown, error: DriverError | null | undefined, statement: DriverStatement) => void;

/** A connection of the driver. */
export interface DriverConnection {
  connect(callback: (error: DriverError | null | undefined) => void): void;
  destroy(callback: (error: DriverError | null | undefined) => void): void;
  execute(options: {
    sqlText: string;
    binds?: readonly unknown[];
    parameters?: Readonly<Record<string, string | number | boolean>>;
    streamResult: true;
    rowMode: 'array';
    complete: DriverComplete;
  }): DriverStatement;
  fetchResult(options: {
    queryId: string;
    streamResult: true;
    rowMode: 'array';
    complete: DriverComplete;
  }): DriverStatement;
}

/** The driver's module. */
export interface Driver {
  configure(options: Readonly<Record<string, unknown>>): void;
  createConnection(options: Readonly<Record<string, unknown>>): DriverConnection;
}

/** The driver's columns as ours. */
export function fromDriverColumns(columns: readonly DriverColumn[]): readonly Column[] {
  return columns.map((column) => ({
    name: column.getName(),
    type: columnType(column.getType()),
    nullable: column.isNullable(),
    precision: column.getPrecision() ?? undefined,
    scale: column.getScale() ?? undefined,
  }));
}
