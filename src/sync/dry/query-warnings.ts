import { hasStrictComparison } from '../../query/compared-column.js';
import type { BoundMapper } from '../../mapping/row-mapper.js';
import type { Column } from '../../source/source.js';
import type { IdColumns } from './id-columns.js';
import type { PreviewWarning } from './preview-report.js';
import type { SyncQuery } from '../options/sync-options.js';
import type { WindowCounts } from './window-counts.js';

/** Names that speak of yes and no. */
const BOOLEAN_NAME = /^(?:is|has|can|was|did|should|allow)_|_(?:flag|enabled|active|verified|subscribed|opt_?in)$/i;
const ENOUGH_VALUES = 10;

/** What the query itself says about time. */
export function filterWarnings(query: SyncQuery | undefined, lookbackSeconds: number): readonly PreviewWarning[] {
  if (query === undefined) return [];
  if (!query.usesLastSyncTime) {
    return [
      {
        code: 'NO_TIME_FILTER',
        message: 'The query does not use {{last_sync_time}}: every run sends every row.',
        fix: 'Add to the query: WHERE LAST_UPDATED >= {{last_sync_time}}',
      },
    ];
  }
  if (lookbackSeconds > 0) return [];
  return [
    {
      code: 'NO_LOOKBACK',
      message: 'Rows whose transaction commits after the query began, but with an earlier timestamp, are never sent.',
      fix: 'new Sync({ …, lookbackSeconds: 120 }): 60 to 300 covers most transactions',
    },
  ];
}

/** A comparison that leaves out the second of `{{last_sync_time}}` itself. */
export function strictWarnings(query: SyncQuery | undefined): readonly PreviewWarning[] {
  if (query === undefined || !hasStrictComparison(query.text)) return [];
  return [
    {
      code: 'STRICT_COMPARISON',
      message: 'The query compares by >: rows that change in the very second of {{last_sync_time}} may be missed.',
      fix: '… >= {{last_sync_time}}',
    },
  ];
}

/** NUMBER columns that hold only 0 and 1. */
export function booleanWarnings(
  columns: readonly Column[],
  rows: readonly (readonly unknown[])[],
): readonly PreviewWarning[] {
  return columns.flatMap((column, position): PreviewWarning[] => {
    if (column.type !== 'fixed' || (column.scale ?? 0) !== 0) return [];
    const values = rows.map((row) => row[position]).filter((value) => value !== null);
    if (values.length === 0 || !values.every((value) => value === '0' || value === '1')) return [];
    const isLikely = BOOLEAN_NAME.test(column.name) || (values.length >= ENOUGH_VALUES && new Set(values).size === 2);
    if (!isLikely) return [];
    return [
      {
        code: 'NUMBER_AS_BOOLEAN',
        column: column.name,
        message: `${column.name} is a NUMBER that holds only 0 and 1 in these rows: it is sent as a number, not as true or false.`,
        fix: `The mapper's option booleans: { columns: ['${column.name}'] }, or in the query …::BOOLEAN AS "${column.name.toLowerCase()}"`,
      },
    ];
  });
}

/** Whether rows without ids are sent by other means, such as the e-mail address. */
function doesWithout(
  bound: BoundMapper<unknown>,
  columns: readonly Column[],
  ids: readonly string[],
  row: readonly unknown[] | undefined,
): boolean {
  if (row === undefined) return false;
  try {
    bound(
      row.map((value, position) => (ids.includes(columns[position]?.name ?? '') ? null : value)),
      { row: 0 },
    );
    return true;
  } catch {
    return false;
  }
}

/** Missing and repeated ids of the whole window. */
export function idWarnings(
  counts: WindowCounts,
  ids: IdColumns,
  mapped: {
    readonly bound: BoundMapper<unknown>;
    readonly columns: readonly Column[];
    readonly row: readonly unknown[] | undefined;
  },
): readonly PreviewWarning[] {
  const warnings: PreviewWarning[] = [];
  ids.needed.forEach(({ label, columns }, index) => {
    const missing = counts.withoutId[index] ?? 0;
    if (missing === 0 || doesWithout(mapped.bound, mapped.columns, columns, mapped.row)) return;
    warnings.push({
      code: 'NULL_ID',
      column: columns.join(', '),
      message: `${missing} of ${counts.rows} rows have no ${label}: they will be rejected.`,
      fix: `Leave them out (… AND "${columns[0] ?? ''}" IS NOT NULL), or fall back: COALESCE(TO_VARCHAR(ID), EMAIL) AS "${columns[0] ?? ''}".`,
    });
  });
  if (ids.unique.length > 0 && counts.repeated > 0) {
    warnings.push({
      code: 'DUPLICATE_ID',
      column: ids.unique.join(', '),
      message: `${counts.repeated} of ${counts.rows} rows repeat the id of another row: the one that happens to come last wins.`,
      fix: 'QUALIFY ROW_NUMBER() OVER (PARTITION BY <id> ORDER BY <last updated> DESC) = 1',
    });
  }
  return warnings;
}
