import { existsSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { codeOf } from '../errors/code-of.js';
import { ConfigError, type SnowmeltError } from '../errors/errors.js';
import { shownPath } from '../options/shown-name.js';
import type { Source } from '../source/source.js';
import { Sync } from '../sync/sync.js';
import { asConfigError } from './as-config-error.js';
import type { CliArguments } from './arguments.js';

const NAMES = ['mjs', 'js', 'mts', 'ts'].map((end) => `snowmelt.config.${end}`);

/** What the configuration file exports. */
export interface LoadedConfig {
  readonly syncs: readonly Sync<unknown>[];
  /** Closed at the end. */
  readonly sources: readonly Source[];
}

/**
 * Finds the configuration file.
 *
 * @param given its path; without it the usual names in the working directory
 * @throws ConfigError `CONFIG_INVALID` when there is none
 */
export function findConfig(given: string | undefined): string {
  const path = [given ?? NAMES].flat().find((name) => existsSync(name));
  if (path !== undefined) return path;
  throw new ConfigError('CONFIG_INVALID', `There is no ${given ?? NAMES[0] ?? ''} in ${process.cwd()}.`, {
    hint: 'Make one that exports `syncs`, an array of new Sync({ … }), or name it with --config.',
  });
}

/**
 * What the configuration file exports.
 *
 * @throws ConfigError `CONFIG_INVALID` when it is not as expected
 */
export function readConfig(path: string, exported: Readonly<Record<string, unknown>>): LoadedConfig {
  const syncs: unknown = exported['syncs'];
  if (!Array.isArray(syncs) || syncs.length === 0 || !syncs.every((sync) => sync instanceof Sync)) {
    // CommonJS has a build of its own, and with it a class of its own.
    if (Array.isArray(syncs) && syncs.some(isOtherSync)) {
      throw new ConfigError('CONFIG_INVALID', `${path} exports syncs of another copy of snowmelt.`, {
        hint: 'Load snowmelt by import, not by require, and run the command that is installed beside it.',
      });
    }
    throw new ConfigError('CONFIG_INVALID', `${path} does not export \`syncs\`, an array of syncs.`, {
      hint: 'Write export const syncs = [new Sync({ … })].',
    });
  }
  const all = syncs as Sync<unknown>[];
  const twice = all.find((sync, index) => all.findIndex(({ name }) => name === sync.name) !== index);
  if (twice !== undefined) {
    throw new ConfigError('CONFIG_INVALID', `${path} has two syncs named "${twice.name}".`, {
      hint: 'Give each its own name: it identifies the state.',
    });
  }
  const sources = [exported['source'] ?? []].flat() as Source[];
  if (sources.every((source) => typeof source.close === 'function')) return { syncs: all, sources };
  throw new ConfigError('CONFIG_INVALID', `${path} exports a \`source\` that is none.`, {
    hint: 'Export the source that the syncs read from, or an array of them.',
  });
}

const isOtherSync = (value: unknown): boolean => value instanceof Object && value.constructor.name === Sync.name;

/**
 * Runs the configuration file.
 *
 * @throws SnowmeltError: what the file throws, or `CONFIG_INVALID` that tells of it
 */
export async function importConfig(path: string): Promise<Record<string, unknown>> {
  try {
    return (await import(pathToFileURL(resolve(path)).href)) as Record<string, unknown>;
  } catch (error) {
    throw typeScriptError(path, error) ?? asConfigError(path, error);
  }
}

/** What Node says of TypeScript that it does not load, with what to do about it. */
function typeScriptError(path: string, error: unknown): SnowmeltError | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = codeOf(error);
  if (code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX') {
    return new ConfigError('CONFIG_INVALID', `Node does not load ${path}: ${error.message}.`, {
      hint: 'Node only strips types: do without enum, namespace and parameter properties, or compile to snowmelt.config.mjs.',
    });
  }
  // A configuration in JavaScript may import TypeScript, so the file is the one that Node names at the end.
  const file = code === 'ERR_UNKNOWN_FILE_EXTENSION' ? / for (.+\.[mc]?ts)$/.exec(error.message)?.[1] : undefined;
  if (file === undefined) return undefined;
  return new ConfigError('CONFIG_INVALID', `Node ${process.version} does not load ${relative('', file)}.`, {
    hint: 'Write it in JavaScript, as snowmelt.config.mjs, or use Node 22.18 or later.',
  });
}

/**
 * The named syncs in the order named, all when none is.
 *
 * @throws ConfigError `CONFIG_INVALID` for an unknown name
 */
export function pickSyncs({ syncs }: LoadedConfig, names: readonly string[]): readonly Sync<unknown>[] {
  if (names.length === 0) return syncs;
  return names.map((wanted) => {
    const found = syncs.find(({ name }) => name === wanted);
    if (found !== undefined) return found;
    throw new ConfigError('CONFIG_INVALID', `There is no sync "${shownPath(wanted)}".`, {
      hint: `Known syncs: ${syncs.map(({ name }) => name).join(', ')}.`,
    });
  });
}

/**
 * The one sync that a command is about: what cannot be taken back is asked for by name.
 *
 * @throws ConfigError `CONFIG_INVALID` when none or several are named
 */
export function oneSync(config: LoadedConfig, { command, names }: CliArguments): Sync<unknown> {
  const [sync] = pickSyncs(config, names);
  const isMeant = names.length === 1 || (command === 'preview' && config.syncs.length === 1);
  if (sync !== undefined && isMeant) return sync;
  throw new ConfigError('CONFIG_INVALID', `snowmelt ${command} takes the name of one sync.`, {
    hint: `Known syncs: ${config.syncs.map(({ name }) => name).join(', ')}.`,
  });
}
