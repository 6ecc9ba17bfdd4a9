import { randomUUID } from 'node:crypto';
import { link, readdir, readFile, rmdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import * as z from 'zod';
import { isOlderThan, syncFolder, unlinkIfThere } from '../../disk/durable-files.js';
import { CREATE, makeFolder, openPrivate, READ_NO_LINK, refuseLink } from '../../disk/private-files.js';
import { homePath } from '../../disk/home-path.js';
import { codeOf } from '../../errors/code-of.js';
import { ConfigError, StateConflictError, StateError } from '../../errors/errors.js';
import { fileKey } from './file-key.js';
import { folderError, linkError } from './folder-error.js';
import { parseSyncState } from '../parse-sync-state.js';
import type { StateStore, StoredState } from '../state-store.js';
import type { SyncState } from '../sync-state.js';

/** Versions younger than this stay, so that a writer that was stopped for a while still finds out that it lost. */
const KEEP_MS = 60_000;
const KEEP_VERSIONS = 64;
const TEMPORARY = '.tmp-';
/** What a version file holds; `value` is missing when the version is a deletion. */
const fileSchema = z.object({ id: z.string(), previous: z.string().optional(), value: z.unknown().optional() });
type VersionFile = z.infer<typeof fileSchema>;

function fileName(version: number): string {
  return `${version.toString().padStart(12, '0')}.json`;
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: unknown) => codeOf(error) !== 'ENOENT',
  );
}

/**
 * Keeps state in a folder of this machine: one folder per key, one file per version, the highest counts.
 *
 * A version is written to a temporary file, synced, and linked to the name of the next version; `link` refuses a name
 * that exists, which makes it the compare-and-set between processes. There is no lock that a killed process could
 * leave behind. Its clock is this machine's: share a folder between machines only when their clocks agree.
 *
 * @example
 * ```ts
 * import { FileStateStore } from 'snowmelt';
 *
 * export const state = new FileStateStore('./.snowmelt');
 * ```
 */
export class FileStateStore implements StateStore {
  readonly #folder: string;
  #swept = false;

  /**
   * @param folder made when it is missing; `~` is the home of this user
   * @throws ConfigError `CONFIG_INVALID` when it is not a path
   */
  constructor(folder: string) {
    if (typeof folder !== 'string' || folder === '') {
      throw new ConfigError('CONFIG_INVALID', 'FileStateStore: the folder must be a path.', {
        hint: "Write new FileStateStore('./.snowmelt').",
      });
    }
    this.#folder = resolve(homePath('FileStateStore: the folder', folder));
  }

  /** See {@link StateStore.get}. */
  readonly get = async (key: string): Promise<StoredState | undefined> =>
    this.#guard('read', async () => {
      const latest = await this.#latest(key);
      if (latest?.file.value === undefined) return undefined;
      return this.#stored(key, latest.version, latest.file.value);
    });

  /** See {@link StateStore.compareAndSet}. */
  readonly compareAndSet = async (
    key: string,
    expectedVersion: number | undefined,
    value: SyncState,
  ): Promise<StoredState> =>
    this.#guard('write', async () => {
      const version = await this.#append(key, expectedVersion, value);
      if (!this.#swept) await this.#tidy();
      return this.#stored(key, version, JSON.parse(JSON.stringify(value)));
    });

  /** See {@link StateStore.delete}. */
  readonly delete = async (key: string, expectedVersion: number): Promise<void> =>
    this.#guard('write', async () => {
      await this.#append(key, expectedVersion, undefined);
      await this.#tidy();
    });

  #stored(key: string, version: number, value: unknown): StoredState {
    const where = join(this.#folder, fileKey(key), fileName(version));
    return { version, value: parseSyncState(key, value, where), storeTime: Date.now() };
  }

  async #versions(path: string): Promise<number[]> {
    try {
      const names = await readdir(path);
      return names
        .flatMap((name) => (/^\d{12}\.json$/.test(name) ? [Number(name.slice(0, 12))] : []))
        .sort((a, b) => a - b);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return [];
      throw error;
    }
  }

  async #latest(key: string): Promise<{ version: number; file: VersionFile } | undefined> {
    const path = join(this.#folder, fileKey(key));
    await refuseLink(this.#folder);
    await refuseLink(path);
    for (;;) {
      const version = (await this.#versions(path)).at(-1);
      if (version === undefined) return undefined;
      const file = await this.#readVersion(key, path, version);
      // Gone between the listing and the reading: there is a newer one.
      if (file !== undefined) return { version, file };
    }
  }

  async #readVersion(key: string, path: string, version: number): Promise<VersionFile | undefined> {
    const name = join(path, fileName(version));
    let text: string;
    try {
      text = await readFile(name, { encoding: 'utf8', flag: READ_NO_LINK });
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    }
    try {
      return fileSchema.parse(JSON.parse(text));
    } catch {
      throw new StateError(
        'STATE_UNREADABLE',
        `The state of "${key}" in ${name} cannot be read: the file is damaged.`,
        {
          hint: `Remove ${name} to go back to the version before it, or the folder ${path} to start from the beginning.`,
          details: { key },
        },
      );
    }
  }

  async #append(key: string, expected: number | undefined, value: SyncState | undefined): Promise<number> {
    const path = join(this.#folder, fileKey(key));
    const latest = await this.#latest(key);
    const current = latest?.file.value === undefined ? undefined : latest.version;
    const conflict = (): StateConflictError =>
      new StateConflictError(`The state of "${key}" is no longer at version ${expected ?? 'none'}.`);
    if (current !== expected) throw conflict();

    const version = (latest?.version ?? 0) + 1;
    const file: VersionFile = { id: randomUUID(), previous: latest?.file.id, value };
    await makeFolder(path);
    const temporary = join(this.#folder, `${TEMPORARY}${randomUUID()}`);
    try {
      const handle = await openPrivate(temporary, CREATE);
      try {
        await handle.writeFile(JSON.stringify(file));
        await handle.sync();
      } finally {
        await handle.close();
      }
      try {
        await link(temporary, join(path, fileName(version)));
      } catch (error) {
        // Without an entry to link to, the folder of the key was swept away in the meantime.
        if (codeOf(error) === 'EEXIST' || (codeOf(error) === 'ENOENT' && !(await isThere(path)))) throw conflict();
        throw linkError(this.#folder, error) ?? error;
      }
    } finally {
      await unlinkIfThere(temporary);
    }
    if (!(await this.#follows(key, path, version, file, latest !== undefined))) {
      await unlinkIfThere(join(path, fileName(version)));
      throw conflict();
    }
    await syncFolder(path);
    await syncFolder(this.#folder);
    await this.#prune(path, version);
    return version;
  }

  /**
   * Whether the version just linked really follows the one it was made from. A name is free again once its version
   * was pruned, so a writer that slept through many versions could link behind them; its predecessor is gone by then,
   * because the oldest version is always removed first.
   */
  async #follows(
    key: string,
    path: string,
    version: number,
    file: VersionFile,
    hasPrevious: boolean,
  ): Promise<boolean> {
    if (hasPrevious) {
      try {
        await stat(join(path, fileName(version - 1)));
        return true;
      } catch (error) {
        if (codeOf(error) === 'ENOENT') return false;
        throw error;
      }
    }
    const others = (await this.#versions(path)).filter((other) => other > version);
    if (others.length === 0) return true;
    return (await this.#readVersion(key, path, version + 1))?.previous === file.id;
  }

  async #prune(path: string, latest: number): Promise<void> {
    for (const version of await this.#versions(path)) {
      // The version before the last stays as the proof that the last one follows it.
      if (version >= latest - 1) return;
      const name = join(path, fileName(version));
      if (version > latest - KEEP_VERSIONS && !(await isOlderThan(name, KEEP_MS))) return;
      await unlinkIfThere(name);
    }
  }

  /** What was written stands, whatever else lies in the folder: a `lost+found` that nobody may read, for one. */
  async #tidy(): Promise<void> {
    await this.#sweep().catch(() => undefined);
  }

  /** Removes deleted keys and what killed writers left, once nobody can be in the middle of using them. */
  async #sweep(): Promise<void> {
    this.#swept = true;
    for (const entry of await readdir(this.#folder, { withFileTypes: true })) {
      const path = join(this.#folder, entry.name);
      if (entry.isFile() && entry.name.startsWith(TEMPORARY)) {
        if (await isOlderThan(path, KEEP_MS)) await unlinkIfThere(path);
      } else if (entry.isDirectory()) await this.#sweepKey(path);
    }
  }

  async #sweepKey(path: string): Promise<void> {
    const versions = await this.#versions(path);
    const latest = versions.at(-1);
    if (latest === undefined || !(await isOlderThan(join(path, fileName(latest)), KEEP_MS))) return;
    const file = await this.#readVersion(path, path, latest).catch(() => undefined);
    if (file === undefined || file.value !== undefined) return;
    for (const version of versions) await unlinkIfThere(join(path, fileName(version)));
    try {
      await rmdir(path);
    } catch (error) {
      if (!['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(codeOf(error) ?? '')) throw error;
    }
  }

  async #guard<T>(verb: 'read' | 'write', action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      if (error instanceof StateError || error instanceof StateConflictError) throw error;
      throw folderError(verb, this.#folder, error);
    }
  }
}
