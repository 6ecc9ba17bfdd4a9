import { ConfigError } from '../../errors/errors.js';
import { checkOptions } from '../../options/check-options.js';
import { anAbortSignal } from '../../options/option-checks.js';
import { contextOf } from '../options/sync-context.js';
import { compareRowTypes, type RowTypeDifference } from './compare-row-types.js';
import { declarations } from './declarations.js';
import { describeRow, type DescribedRow } from './describe-row.js';
import type { RowType } from './row-type.js';
import { typeNames } from './type-names.js';

/** Any `Sync`, whatever its messages are. */
export interface TypedSync {
  /** Of the sync. */
  readonly name: string;
  /** Shows what a run would do: what all syncs have, and little else has. */
  readonly preview: (options?: never) => Promise<unknown>;
}

/** Options of {@link rowTypes}. */
export interface RowTypesOptions {
  /** Ends it early. */
  readonly signal?: AbortSignal | undefined;
}

/** Row types of syncs. */
export interface RowTypes {
  /** In the order of the syncs' names. */
  readonly types: readonly RowType[];
  /**
   * What is no longer so in a file that was written before; empty when it is up to date. How the file is formatted, and
   * the order of its types and fields, makes no difference.
   */
  readonly differences: (file: string) => readonly RowTypeDifference[];
  /** The text of the `.d.ts` file. */
  readonly toString: () => string;
}

const shape = { signal: anAbortSignal.optional() };

function contextOfSync(sync: TypedSync) {
  // In plain JavaScript it may be anything.
  const context = typeof sync === 'object' && (sync as TypedSync | null) !== null ? contextOf(sync) : undefined;
  if (context !== undefined) return context;
  throw new ConfigError('CONFIG_INVALID', 'rowTypes: what was passed is not a Sync.', {
    hint: 'Pass what new Sync({ … }) gives, or an array of them.',
  });
}

/** @param syncs - names of all that there are: a type has the same name when only some are described */
export function toRowTypes(rows: readonly DescribedRow[], syncs: readonly string[]): RowTypes {
  const names = typeNames(syncs);
  const types = rows
    .map(({ sync, fields }) => ({ sync, name: names.get(sync) ?? sync, fields }))
    .sort((one, other) => (one.sync < other.sync ? -1 : 1));
  const text = declarations(types);
  return { types, differences: (file) => compareRowTypes(file, text), toString: () => text };
}

/**
 * The TypeScript types of the rows of syncs: what a function of `defineMapper` is given. Each query is described, not
 * run: Snowflake is asked for its columns with `LIMIT 0`, at a `last_sync_time` of 0. No state is read. A sync that is
 * disabled is described as well.
 *
 * @example
 * ```ts
 * import { writeFile } from 'node:fs/promises';
 * import { rowTypes, type Sync } from 'snowmelt';
 *
 * declare const people: Sync;
 * declare const orders: Sync;
 * await writeFile('snowmelt-rows.d.ts', String(await rowTypes([people, orders])));
 * ```
 * @throws SnowmeltError that names the sync: ConfigError for a query that cannot be described, MappingError
 *   `MAPPING_COLUMNS` for columns that do not fit the mapper or have one name, SourceError; the signal's reason
 */
export async function rowTypes(
  syncs: TypedSync | readonly TypedSync[],
  options: RowTypesOptions = {},
): Promise<RowTypes> {
  const { signal = new AbortController().signal } = checkOptions('rowTypes', shape, options);
  const contexts = [syncs].flat().map(contextOfSync);
  const names = contexts.map(({ settings: { name } }) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) {
    throw new ConfigError('CONFIG_INVALID', `rowTypes: there are two syncs with the name "${twice}".`, {
      hint: 'Give each sync a name of its own.',
    });
  }
  const rows: DescribedRow[] = [];
  for (const context of contexts) rows.push(await describeRow(context, signal));
  return toRowTypes(rows, names);
}
