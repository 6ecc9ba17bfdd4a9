import { inspect } from 'node:util';
import { isSnowmeltError } from '../../../errors/errors.js';
import type { Row } from '../../../mapping/row-mapper.js';
import type { Column } from '../../../source/source.js';
import { broken, held, same } from '../rule.js';
import { shown } from '../shown.js';
import { info, nativeColumns, toJson } from './bound-rows.js';
import type { RowMapperLines } from './row-mapper-lines.js';

const ROW = 4711;
/** Shorter texts stand in an error's own words by chance. */
const TELLING_LENGTH = 4;

/** Rows that are left out, rows and columns that are refused, and what is said of them. */
export function refusalLines<M>({ create, checkIf }: RowMapperLines<M>): void {
  checkIf('skipped', 'skips a row with undefined', ({ mapper, rows }, skipped) => {
    const bound = mapper.bind(nativeColumns(rows));
    same(bound(Object.values(skipped), info(0)), undefined, 'of a row to be skipped it gave');
    same(mapper.map(skipped, info(0)), undefined, 'of a row to be skipped map gave');
    same(toJson(bound)?.(Object.values(skipped), 0), undefined, 'of a row to be skipped toJson gave');
  });

  checkIf('invalid', 'refuses a row by its number, and tells no values', ({ mapper, rows }, invalid) => {
    const bound = mapper.bind(nativeColumns(rows));
    for (const row of rows) bound(Object.values(row), info(0));
    const what = `a row that is invalid, number ${ROW},`;
    for (const refuse of [() => bound(Object.values(invalid), info(ROW)), () => mapper.map(invalid, info(ROW))]) {
      const error = mappingError(refuse, 'MAPPING_ROW', what);
      same(error.details['row'], ROW, `for ${what} details.row is`);
      held(error.message.includes(String(ROW)), `for ${what} the message of the error does not name the number`);
      assertTellsNone(error, [invalid, ...rows]);
    }
    same(toJson(bound)?.(Object.values(invalid), ROW), undefined, `of ${what} toJson gave`);
  });

  checkIf('invalid', 'maps the rows after a refused one as if it had not been', ({ mapper, rows }, invalid) => {
    const bound = mapper.bind(nativeColumns(rows));
    for (const [index, row] of rows.entries()) {
      mappingError(() => bound(Object.values(invalid), info(index)), 'MAPPING_ROW', 'a row that is invalid');
      const expected = create().mapper.map(row, info(index));
      same(bound(Object.values(row), info(index)), expected, `after a refused row it gave of row ${index}`);
    }
  });

  checkIf('missing', 'refuses columns that do not fit when it is bound', ({ mapper }, missing) => {
    const columns = missing.map((name): Column => ({ name, type: 'native', nullable: true }));
    const what = `bind to ${missing.join(', ')}`;
    const error = mappingError(() => mapper.bind(columns), 'MAPPING_COLUMNS', what);
    held(error.hint, `${what} failed without a hint what to write in the query`);
  });

  checkIf('explain', 'explains every column once, where it explains', ({ rows }, explain) => {
    const columns = nativeColumns(rows);
    const explained = explain(columns).map(({ column }) => column);
    const names = columns.map(({ name }) => name);
    same(explained, names, 'explain told of the columns');
  });
}

interface Refusal {
  readonly message: string;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

function mappingError(action: () => unknown, code: string, what: string): Refusal {
  let given: unknown;
  try {
    given = action();
  } catch (error) {
    const isMappingError = isSnowmeltError(error) && error.name === 'MappingError' && error.code === code;
    held(isMappingError, `${what} threw ${shown(error)} instead of a MappingError ${code}`);
    return error;
  }
  return broken(`${what} gave ${shown(given)} instead of throwing a MappingError ${code}`);
}

function assertTellsNone({ message, hint, details, cause }: Refusal, rows: readonly Row[]): void {
  const told = inspect({ message, hint, details, cause }, { depth: 10 });
  for (const row of rows) {
    const names = Object.keys(row);
    for (const [name, value] of Object.entries(row)) {
      if (typeof value !== 'string' || value.length < TELLING_LENGTH || names.includes(value)) continue;
      held(!told.includes(value), `the error tells the value of ${name}`);
    }
  }
}
