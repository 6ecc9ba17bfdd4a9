import type { Binder } from '../convert/binder.js';
import { castTo } from '../convert/cast.js';
import { newScope } from '../convert/scope.js';
import { visibleAt } from '../catalog/history.js';
import type { DatabaseObject } from '../catalog/objects.js';
import type { TimePoint } from '../parse/ast.js';
import { fixed, isTimestamp, LTZ } from '../types/data-type.js';
import { quote } from '../types/quote.js';
import { SnowflakeSqlError } from '../types/sql-engine.js';
import { cannotConvert, unsupported } from '../types/sql-errors.js';
import { typeName } from '../types/data-type.js';
import { bindExpression } from './bind-expression.js';

/** A day: what DATA_RETENTION_TIME_IN_DAYS is unless set ("Understanding & using Time Travel"). */
const RETENTION = 86_400_000_000_000n;

/** The condition of the rows that a table had at a time ("AT | BEFORE"). */
export function rowsAt(binder: Binder, table: DatabaseObject, point: TimePoint): string {
  return visibleAt(reached(binder, table, instantOf(binder, point)));
}

/** The time in nanoseconds as DuckDB text, checked against the table's history. */
export function reached(binder: Binder, { physical, name }: DatabaseObject, time: string): string {
  const { begun, shaped } = binder.history.reach(physical);
  const oldest = begun > binder.now - RETENTION ? begun : binder.now - RETENTION;
  const late = `Time travel data is not available for table ${name}. The requested time is either beyond the allowed time travel period or before the object creation time.`;
  const other = `Unsupported feature 'time travel of ${name} to before its last ALTER TABLE'.`;
  const fail = (code: string, state: string, text: string): string => `error(${quote(`SF|${code}|${state}|${text}`)})`;
  return `(CASE WHEN ${time} < ${oldest} THEN ${fail('000707', '02000', late)} WHEN ${time} < ${shaped} THEN ${fail('000002', '0A000', other)} ELSE ${time} END)`;
}

/** A point in time in nanoseconds, as DuckDB text. */
export function instantOf(binder: Binder, { word, by, value }: TimePoint): string {
  const bound = bindExpression(binder, value, newScope());
  if (by === 'STATEMENT') return statementTime(binder, word, bound.constant);
  let seconds: string;
  if (by === 'OFFSET') {
    const now = `CAST('${binder.now / 1_000_000_000n}.${String(binder.now % 1_000_000_000n).padStart(9, '0')}' AS DECIMAL(38,9))`;
    seconds = `(${now} + ${castTo(binder, bound, fixed(18, 3)).sql})`;
  } else {
    if (!isTimestamp(bound.type) && bound.constant === undefined)
      throw cannotConvert(bound.shown ?? '', typeName(bound.type), 'TIMESTAMP_LTZ(9)');
    // A date alone is no time: Snowflake wants it cast.
    seconds = castTo(binder, bound, LTZ).sql;
  }
  const at = `CAST(floor(${seconds} * 1000000000) AS BIGINT)`;
  return word === 'BEFORE' ? `(${at} - 1)` : at;
}

function statementTime(binder: Binder, word: string, id: string | undefined): string {
  if (id === undefined) throw unsupported(`${word} (STATEMENT => …) with a computed id`);
  const found = binder.history.statements.get(id.toLowerCase());
  if (found === undefined)
    throw new SnowflakeSqlError('000709', '02000', `SQL execution error:\nStatement ${id} not found`);
  if (found.inTransaction) throw unsupported(`${word} (STATEMENT => …) with a statement of a transaction`);
  return String(word === 'BEFORE' ? found.before : found.after);
}
