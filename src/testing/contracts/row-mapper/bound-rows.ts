import type { BoundMapper, Row, RowInfo } from '../../../mapping/row-mapper.js';
import type { Column } from '../../../source/source.js';
import { held } from '../rule.js';
import type { RowMapperUnderTest } from './row-mapper-under-test.js';

const SYNC = 'contract';

/** A mapper bound to rows of one form. */
export interface BoundRows<M> {
  readonly bound: BoundMapper<M>;
  readonly values: readonly (readonly unknown[])[];
}

export function info(row: number): RowInfo {
  return { row, sync: SYNC };
}

/** The columns of plain objects. */
export function nativeColumns([first]: readonly Row[]): Column[] {
  return Object.keys(first ?? {}).map((name) => ({ name, type: 'native', nullable: true }));
}

/** What a row became, as a list. */
export function list<M>(mapped: M | readonly M[] | undefined): readonly M[] {
  if (mapped === undefined) return [];
  return Array.isArray(mapped) ? (mapped as readonly M[]) : [mapped as M];
}

/** The mapper bound to the rows in each form that there is: plain objects, and values of a source. */
export function boundForms<M>({ mapper, rows, capabilities }: RowMapperUnderTest<M>): readonly BoundRows<M>[] {
  const native = { columns: nativeColumns(rows), rows: rows.map((row) => Object.values(row)) };
  return [native, ...(capabilities?.wire === undefined ? [] : [capabilities.wire])].map(
    ({ columns, rows: values }) => ({ bound: mapper.bind(columns), values }),
  );
}

/** The messages of every row, of which there must be some. */
export function mapAll<M>({ mapper, rows }: RowMapperUnderTest<M>): readonly (readonly M[])[] {
  const bound = mapper.bind(nativeColumns(rows));
  return rows.map((row, index) => {
    const messages = list(bound(Object.values(row), info(index)));
    held(messages.length > 0, `row ${index} became no message, and each of \`rows\` has to become one`);
    return messages;
  });
}

/** What makes the texts of messages, where the mapper makes some. */
export function toJson<M>(bound: BoundMapper<M>): ReturnType<NonNullable<BoundMapper<M>['toJson']>> | undefined {
  return bound.toJson?.({ sync: SYNC, messageId: (row) => `id-${row}` });
}
