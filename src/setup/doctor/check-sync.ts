import { isSnowmeltError } from '../../errors/errors.js';
import type { SyncContext } from '../../sync/options/sync-context.js';
import { dryWindow, type DryWindow } from '../../sync/dry/dry-window.js';
import { previewSync } from '../../sync/dry/preview.js';
import type { PreviewWarning, SyncPreview } from '../../sync/dry/preview-report.js';
import { wrapStatement } from '../../query/wrap-statement.js';
import type { LoggedIn } from './check-connection.js';
import { asKnownError, type Checklist } from './checklist.js';
import { sqlName } from '../../options/sql-name.js';
import { quoteIdentifier, splitName } from '../sql/identifier.js';

/** What the steps of a sync work with. */
export interface SyncCheck<M> {
  readonly list: Checklist;
  readonly context: SyncContext<M>;
  readonly session: LoggedIn | undefined;
  readonly signal: AbortSignal;
}

const TIME_CODES = new Set([
  'NO_TIME_FILTER',
  'NO_LOOKBACK',
  'TEXT_AS_TIME',
  'TIME_ZONE_SUSPECT',
  'TIME_IN_MILLISECONDS',
]);
const ROW_CODES = new Set(['NULL_ID', 'DUPLICATE_ID', 'NUMBER_NOT_FINITE', 'NO_DEAD_LETTER']);
const MISSING = /(?:(Database|Schema|Table|View|Object)\s+)?'([^']+)' does not exist or not authorized/i;

/** State, tables, query, time, columns and first rows. Without a session the query is left out. */
export async function checkSync<M>(check: SyncCheck<M>): Promise<void> {
  const { list, context, signal } = check;
  let window: DryWindow;
  try {
    window = await dryWindow(context, 'diagnose', { signal });
    list.ok('state', `last_sync_time is ${window.lastSyncTime}.`);
  } catch (error) {
    signal.throwIfAborted();
    const { code } = asKnownError(error);
    list.failWith(code.startsWith('STATE_') ? 'state' : 'query', error);
    return;
  }
  if (!(await compiles(check, window))) return;
  try {
    judgePreview(check, await previewSync(context, { signal }));
  } catch (error) {
    signal.throwIfAborted();
    const isColumns = isSnowmeltError(error) && error.code === 'MAPPING_COLUMNS';
    const { usesLastSyncTime = true } = context.settings.query ?? {};
    if (isColumns && usesLastSyncTime) list.ok('lastSyncTime', 'The query uses {{last_sync_time}}.');
    list.failWith(isColumns ? 'columns' : 'query', error);
  }
}

async function compiles<M>(check: SyncCheck<M>, { statement, execute }: DryWindow): Promise<boolean> {
  const { list, signal } = check;
  if (statement === undefined) {
    list.skip('tables', 'The source has no SQL.');
    list.skip('query', 'The source has no SQL.');
    return true;
  }
  try {
    await execute('The query', wrapStatement('SELECT *', statement, 'LIMIT 0') ?? statement);
    list.ok('tables', 'Every table of the query.');
    list.ok('query', 'It does.');
    return true;
  } catch (error) {
    signal.throwIfAborted();
    const { code, message, hint, details } = asKnownError(error);
    const missing = MISSING.exec(message);
    if (code === 'SOURCE_WAREHOUSE') list.fail('warehouse', message, hint);
    else if (code === 'MAPPING_COLUMNS') list.fail('identifiers', message, hint);
    else if (code === 'SOURCE_SQL' && missing !== null) missingObject(check, missing[1], missing[2] ?? '');
    else if (code === 'SOURCE_SQL' && details['snowflakeCode'] === '003001') {
      list.fail('tables', message, 'Grant SELECT on it to the role; setupSql() writes the grants.');
    } else list.fail('query', message, hint);
    return false;
  }
}

/** Snowflake says the same of what is not there and of what may not be seen. */
function missingObject<M>({ list, session }: SyncCheck<M>, kind: string | undefined, object: string): void {
  const role = sqlName(session?.role ?? '<role>');
  const to = `TO ROLE ${role};`;
  const reason = `${object} does not exist, or the role ${role} may not read it.`;
  if (/database|schema/i.test(kind ?? '')) {
    list.fail('tables', reason, `GRANT USAGE ON ${(kind ?? '').toUpperCase()} ${object} ${to}`);
    return;
  }
  let parts: string[];
  try {
    parts = splitName('table', object);
  } catch {
    parts = [object];
  }
  const context = [session?.database, session?.schema].map((name) => name && sqlName(name));
  const path = [...context.slice(0, Math.max(0, 3 - parts.length)).map((name) => name ?? '<name>'), ...parts];
  const written = path.map((part) => (part === '<name>' ? part : plainName(part)));
  const [database = '', schema = '', ...table] = written;
  const repair = [
    `GRANT USAGE ON DATABASE ${database} ${to}`,
    `GRANT USAGE ON SCHEMA ${database}.${schema} ${to}`,
    `GRANT SELECT ON TABLE ${[database, schema, ...table].join('.')} ${to}   -- ON VIEW for a view`,
  ];
  list.fail('tables', reason, repair.join('\n'));
}

function plainName(part: string): string {
  try {
    return sqlName(quoteIdentifier('name', part).slice(1, -1).replaceAll('""', '"'));
  } catch {
    return sqlName(part);
  }
}

const sentences = (warnings: readonly PreviewWarning[]): string => warnings.map(({ message }) => message).join(' ');
const fixes = (warnings: readonly PreviewWarning[]): string => warnings.map(({ fix }) => fix).join('\n');

function judgePreview<M>({ list, context }: SyncCheck<M>, preview: SyncPreview<M>): void {
  const { rows, rejections, warnings, notChecked } = preview;
  const time = warnings.filter(({ code }) => TIME_CODES.has(code));
  const ofRows = warnings.filter(({ code }) => ROW_CODES.has(code));
  const ofColumns = warnings.filter(({ code }) => !TIME_CODES.has(code) && !ROW_CODES.has(code));
  if (context.settings.query === undefined) list.skip('lastSyncTime', 'The source has no SQL.');
  else if (time.length > 0) list.warn('lastSyncTime', sentences(time), fixes(time));
  else
    list.ok(
      'lastSyncTime',
      ['The query uses {{last_sync_time}}.', ...notChecked.map((what) => `Not checked: ${what}`)].join(' '),
    );
  if (ofColumns.length > 0) list.warn('columns', sentences(ofColumns), fixes(ofColumns));
  else list.ok('columns', `${preview.columns.length} columns.`);
  const [first] = rejections;
  if (first !== undefined) {
    const rejected = new Set(rejections.map(({ row }) => row)).size;
    const reason = `${rejected} of the first ${rows.length} rows would be rejected: ${first.reason}`;
    const isFailing = rejected === rows.length || context.settings.deadLetter === undefined;
    list.set('rows', isFailing ? 'failed' : 'warning', reason, fixes(ofRows) || 'Correct the query; see preview().');
  } else if (ofRows.length > 0) list.warn('rows', sentences(ofRows), fixes(ofRows));
  else if (rows.length === 0) list.skip('rows', 'There are no rows in the window of the next run.');
  else list.ok('rows', `${rows.length} rows.`);
}
