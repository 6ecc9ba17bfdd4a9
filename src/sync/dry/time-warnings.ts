import { isSnowmeltError } from '../../errors/errors.js';
import { comparedColumns, type ComparedColumn } from '../../query/compared-column.js';
import type { DryWindow } from './dry-window.js';
import type { PreviewWarning } from './preview-report.js';

/** What became of the look at the columns that `{{last_sync_time}}` is compared with. */
export interface TimeFindings {
  readonly warnings: readonly PreviewWarning[];
  readonly notChecked: readonly string[];
}

/** Nearer than this, a maximum is simply the latest change. */
const NEAR_MS = 30 * 60_000;
/** No place on earth is further from UTC; a maximum further back is only old. */
const FURTHEST_ZONE_MS = 14 * 3_600_000;
/** Unix seconds reach this number in the year 5138, Unix milliseconds in 1973. */
const MILLISECONDS_FROM = 100_000_000_000;
const TEXT_TYPES = new Set(['text', 'variant', 'object', 'array', 'map']);

const hours = (ms: number): string => `${Math.round(Math.abs(ms) / 360_000) / 10} hours`;

function judge(
  { column, name, form }: ComparedColumn,
  max: { readonly type: string; readonly value: string | null },
  now: Date,
): PreviewWarning | undefined {
  const isBare = form === '';
  if (TEXT_TYPES.has(max.type) && (isBare || (form === 'iso' && max.type !== 'text'))) {
    return {
      code: 'TEXT_AS_TIME',
      column: name,
      message: `${column} is ${max.type === 'text' ? 'a VARCHAR' : `a ${max.type.toUpperCase()}`}: it is compared with {{last_sync_time}} as text, not as a time.`,
      fix: `TRY_TO_TIMESTAMP_NTZ(${column}${max.type === 'text' ? '' : '::VARCHAR'}) >= {{last_sync_time:timestamp_ntz}}`,
    };
  }
  const value = max.value === null ? Number.NaN : Number(max.value);
  if (max.type === 'fixed' && (isBare || form === 'epoch') && value >= MILLISECONDS_FROM) {
    return {
      code: 'TIME_IN_MILLISECONDS',
      column: name,
      message: `${column} seems to hold Unix milliseconds, {{last_sync_time}} is in seconds: every row is sent every time.`,
      fix: `${column} >= {{last_sync_time:epoch_ms}}`,
    };
  }
  // The form with a time zone says that the column holds that zone's wall clock.
  if (max.type !== 'timestamp_ntz' || form.includes('(') || Number.isNaN(value)) return undefined;
  const ahead = value * 1000 - now.getTime();
  const fix = `${column} >= {{last_sync_time:timestamp_ntz('America/Los_Angeles')}}, with the zone that the column is written in`;
  if (ahead > NEAR_MS) {
    const message = `The latest ${column} lies ${hours(ahead)} ahead of Snowflake's clock: the column, which has no time zone, seems to hold local time. Rows are sent again and again for so long.`;
    return { code: 'TIME_ZONE_SUSPECT', column: name, message, fix };
  }
  if (ahead < -NEAR_MS && ahead >= -FURTHEST_ZONE_MS) {
    const message = `The latest ${column} lies ${hours(ahead)} behind Snowflake's clock: either nothing changed since, or the column, which has no time zone, holds local time and changes are missed.`;
    return { code: 'TIME_ZONE_SUSPECT', column: name, message, fix };
  }
  return undefined;
}

async function latest(
  { execute, signal }: DryWindow,
  { column, name, table = '' }: ComparedColumn,
): Promise<{ readonly type: string; readonly value: string | null }> {
  const statement = { sql: `SELECT MAX(${name}) AS LATEST FROM ${table}`, binds: [] };
  const result = await execute(`Asking for the latest ${column}`, statement);
  let value: unknown = null;
  for await (const { rows } of result.read({ signal })) value = rows[0]?.[0];
  return { type: result.columns[0]?.type ?? 'text', value: typeof value === 'string' ? value : null };
}

/**
 * Looks at the columns that the query compares with `{{last_sync_time}}`: their type and their latest value, by one
 * question each to the table they belong to.
 *
 * @throws SourceError when Snowflake could not answer for another reason than the question itself
 */
export async function timeWarnings(query: string, window: DryWindow): Promise<TimeFindings> {
  const warnings: PreviewWarning[] = [];
  const notChecked: string[] = [];
  const compared = comparedColumns(query);
  if (compared.length === 0) {
    notChecked.push('The type of what is compared with {{last_sync_time}}: it is no plain column.');
  }
  for (const each of compared) {
    const unclear = `The type and the latest value of ${each.column}, which is compared with {{last_sync_time}}: `;
    if (each.table === undefined) {
      notChecked.push(`${unclear}it is not clear which table it belongs to.`);
      continue;
    }
    try {
      const warning = judge(each, await latest(window, each), window.now);
      if (warning !== undefined) warnings.push(warning);
    } catch (error) {
      if (!isSnowmeltError(error) || error.code !== 'SOURCE_SQL') throw error;
      notChecked.push(`${unclear}Snowflake refused to look it up in ${each.table}.`);
    }
  }
  return { warnings, notChecked };
}
