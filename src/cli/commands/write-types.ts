import { readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf } from '../../errors/code-of.js';
import { ConfigError } from '../../errors/errors.js';
import { shownPath } from '../../options/shown-name.js';
import { contextOf } from '../../sync/options/sync-context.js';
import type { RowTypeDifference } from '../../sync/row-types/compare-row-types.js';
import { describeRow, type DescribedRow } from '../../sync/row-types/describe-row.js';
import { toRowTypes, type RowTypes } from '../../sync/row-types/row-types.js';
import type { Sync } from '../../sync/sync.js';
import { EXIT, tell, tellError, type Output } from '../output.js';

const DEFAULT_OUT = 'snowmelt-rows.d.ts';

/** How `snowmelt types` was called. */
export interface WriteTypesOptions {
  /** All syncs of the configuration: a type has the same name when only some are asked for. */
  readonly all: readonly Sync<unknown>[];
  readonly out?: string | undefined;
  readonly check: boolean;
  readonly signal: AbortSignal;
}

/**
 * `snowmelt types`: writes the file, or with `--check` compares it. A sync that cannot be described does not keep the
 * others from being looked at, but nothing is written then.
 *
 * @throws ConfigError `CONFIG_INVALID` for a path that cannot be written, or where another file is
 */
export async function writeTypes(
  syncs: readonly Sync<unknown>[],
  { all, out = DEFAULT_OUT, check, signal }: WriteTypesOptions,
  output: Output,
): Promise<number> {
  if (!/\.[cm]?ts$/.test(out)) {
    throw new ConfigError('CONFIG_INVALID', `--out ${shownPath(out)} is no file of TypeScript.`, {
      hint: 'Name one that ends in .d.ts: --out snowmelt-rows.d.ts.',
    });
  }
  const stored = await readStored(out);
  const rows = await describeAll(syncs, signal, output);
  if (rows.length < syncs.length) {
    if (!check) tell(`Nothing was written to ${shownPath(out)}.`);
    return EXIT.failed;
  }
  const types = toRowTypes(
    rows,
    all.map(({ name }) => name),
  );
  const differences = stored === undefined ? [isMissing(out)] : types.differences(stored);
  if (check) {
    const named = syncs.length < all.length ? syncs.map(({ name }) => ` ${name}`).join('') : '';
    const again = `snowmelt types${named}${out === DEFAULT_OUT ? '' : ` --out ${out}`}`;
    return tellDifferences({ out, again, differences }, output);
  }
  if (stored !== undefined && differences.some(({ kind }) => kind === 'file')) throw notOurs(out);
  // A file that was formatted since is left as it is when nothing else is new.
  const isWritten = differences.length > 0;
  if (isWritten) await write(out, String(types));
  output.result({ out, written: isWritten, differences, types: types.types }, summary(out, types, isWritten));
  return EXIT.ok;
}

async function describeAll(syncs: readonly Sync<unknown>[], signal: AbortSignal, output: Output) {
  const rows: DescribedRow[] = [];
  for (const sync of syncs) {
    const context = contextOf(sync);
    if (context === undefined) continue;
    try {
      rows.push(await describeRow(context, signal));
    } catch (error) {
      signal.throwIfAborted();
      output.result({ sync: sync.name, error }, '');
      // The error names the sync.
      tellError(error);
    }
  }
  return rows;
}

const isMissing = (out: string): RowTypeDifference => ({
  kind: 'missing',
  message: `There is no ${shownPath(out)} in ${process.cwd()}.`,
});

interface Compared {
  readonly out: string;
  /** The command that writes the file. */
  readonly again: string;
  readonly differences: readonly RowTypeDifference[];
}

function tellDifferences({ out, again, differences }: Compared, output: Output): number {
  const isCurrent = differences.length === 0;
  const lines = isCurrent
    ? [`${out} is up to date.`]
    : [...differences.map(({ message }) => message), `${out} is out of date. To write it again: ${again}`];
  output.result({ out, current: isCurrent, differences }, `${lines.join('\n')}\n`);
  return isCurrent ? EXIT.ok : EXIT.failed;
}

function summary(out: string, { types }: RowTypes, isWritten: boolean): string {
  const names = types.map(({ name, fields }) => `  ${name}: ${fields.length} columns\n`).join('');
  return `${out} ${isWritten ? 'is written' : 'is up to date'}:\n${names}`;
}

function notOurs(out: string): ConfigError {
  return new ConfigError('CONFIG_INVALID', `${shownPath(out)} is there and is not as snowmelt types wrote it.`, {
    hint: `It is not written over: remove it, or name another file with --out.`,
  });
}

async function readStored(out: string): Promise<string | undefined> {
  try {
    return await readFile(out, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw unusable('read', out, error);
  }
}

async function write(out: string, text: string): Promise<void> {
  try {
    await writeFile(out, text);
  } catch (error) {
    throw unusable('written', out, error);
  }
}

function unusable(what: string, out: string, error: unknown): ConfigError {
  const code = codeOf(error) ?? 'unknown';
  return new ConfigError('CONFIG_INVALID', `${shownPath(out)} cannot be ${what} (${code}).`, {
    hint:
      code === 'ENOENT'
        ? `Make its folder: mkdir -p ${shownPath(dirname(out))}`
        : 'Check the path and its permissions.',
  });
}
