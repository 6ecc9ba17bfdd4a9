import { randomUUID } from 'node:crypto';
import { readdir, readFile, rename, rmdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { isOlderThan, syncFolder, unlinkIfThere } from '../../disk/durable-files.js';
import { diskFault } from '../../disk/disk-fault.js';
import { CREATE, makeFolder, openPrivate, READ_NO_LINK, refuseLink } from '../../disk/private-files.js';
import { codeOf } from '../../errors/code-of.js';
import { ConfigError, isSnowmeltError, StateError } from '../../errors/errors.js';
import { checkSnapshotName, checkSnapshotPrefix } from './snapshot-name.js';
import type { SnapshotStore } from './snapshot-store.js';

const NAME = 'FileSnapshotStore';
/** What no folder is called, so that `a` and `a/b` may both be names. */
const END = '.snapshot';
const FOLDER = /^[a-z0-9-]+$/;
const NAMED = /^[a-z0-9-]+\.snapshot$/;
const TEMPORARY = '.writing-';
/** Younger ones may still be written to. A writer that was stopped for longer finds its file gone, and begins again. */
const LEFT_OVER_MS = 60_000;
/** Tries of a writer whose folder or file others removed meanwhile; each has to meet another removal. */
const MOST_TRIES = 20;

/**
 * Keeps snapshots in a folder of this machine, one file per object.
 *
 * An object is written to a temporary file, synced, renamed, and its folder synced: a process or machine that stops
 * at any moment leaves the whole object or none (POSIX, `rename`: the name refers to the old or to the new file).
 */
export class FileSnapshotStore implements SnapshotStore {
  /** See {@link SnapshotStore.name}. */
  readonly name: string;
  readonly #folder: string;
  #swept = false;

  /**
   * @param folder made when it is missing
   * @throws ConfigError `CONFIG_INVALID` when it is not a path
   */
  constructor(folder: string) {
    if (typeof folder !== 'string' || folder === '') {
      throw new ConfigError('CONFIG_INVALID', `${NAME}: the folder must be a path.`, {
        hint: `Write new ${NAME}('./.snowmelt-snapshots').`,
      });
    }
    this.#folder = resolve(folder);
    this.name = `snapshot folder ${this.#folder}`;
  }

  /** See {@link SnapshotStore.put}. */
  readonly put: SnapshotStore['put'] = async (name, bytes, { signal } = {}) =>
    this.#guard('write', signal, async () => {
      const path = this.#path(name);
      for (let tries = 1; ; tries += 1) {
        try {
          await this.#write(path, bytes, signal);
          break;
        } catch (error) {
          // The folder went with its last object, or the file was taken for a left-over one.
          if (codeOf(error) !== 'ENOENT' || tries === MOST_TRIES) throw error;
        }
      }
      // What was written stands, whatever else lies in the folder.
      if (!this.#swept) await this.#sweep().catch(() => undefined);
    });

  /** See {@link SnapshotStore.get}. */
  readonly get: SnapshotStore['get'] = async (name, { signal } = {}) =>
    this.#guard('read', signal, async () => {
      const path = this.#path(name);
      try {
        await this.#refuseLinks(path);
        return await readFile(path, { flag: READ_NO_LINK, signal });
      } catch (error) {
        if (codeOf(error) === 'ENOENT') return undefined;
        throw error;
      }
    });

  /** See {@link SnapshotStore.delete}. */
  readonly delete: SnapshotStore['delete'] = async (name, { signal } = {}) =>
    this.#guard('write', signal, async () => {
      const path = this.#path(name);
      await this.#refuseLinks(path);
      await unlinkIfThere(path);
      for (let folder = dirname(path); folder !== this.#folder; folder = dirname(folder)) {
        if (!(await isRemoved(folder))) return;
      }
    });

  /** See {@link SnapshotStore.list}. */
  readonly list: SnapshotStore['list'] = async (prefix, { signal } = {}) =>
    this.#guard('read', signal, async () => {
      checkSnapshotPrefix(NAME, prefix);
      const names = await this.#names(this.#folder, '', prefix, signal);
      return names.filter((name) => name.startsWith(prefix));
    });

  #path(name: string): string {
    checkSnapshotName(NAME, name);
    return join(this.#folder, `${name}${END}`);
  }

  async #write(path: string, bytes: Uint8Array, signal: AbortSignal | undefined): Promise<void> {
    const folder = dirname(path);
    const made = await makeFolder(folder);
    await this.#refuseLinks(path);
    const temporary = join(this.#folder, `${TEMPORARY}${randomUUID()}`);
    try {
      const handle = await openPrivate(temporary, CREATE);
      try {
        await handle.writeFile(bytes, { signal });
        await handle.sync();
      } finally {
        await handle.close();
      }
      signal?.throwIfAborted();
      await rename(temporary, path);
    } catch (error) {
      await unlinkIfThere(temporary);
      throw error;
    }
    // All the way up, because another process may have made a folder and not synced its name yet.
    const top = made !== undefined && this.#folder.startsWith(made) ? dirname(made) : this.#folder;
    await syncFolder(top);
    for (let at = folder; at !== top; at = dirname(at)) await syncFolder(at);
  }

  /** The root, and the folders between it and a file. */
  async #refuseLinks(path: string): Promise<void> {
    await refuseLink(this.#folder);
    for (let at = dirname(path); at !== this.#folder; at = dirname(at)) await refuseLink(at);
  }

  async #names(path: string, above: string, prefix: string, signal: AbortSignal | undefined): Promise<string[]> {
    signal?.throwIfAborted();
    await refuseLink(path);
    const entries = await readdir(path, { withFileTypes: true }).catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return [];
      throw error;
    });
    const names: string[] = [];
    for (const entry of entries) {
      const name = `${above}${entry.name}`;
      if (entry.isFile() && NAMED.test(entry.name)) names.push(name.slice(0, -END.length));
      // What is not ours may be closed to us: `lost+found`, for one.
      const isOnTheWay = `${name}/`.startsWith(prefix) || prefix.startsWith(`${name}/`);
      if (entry.isDirectory() && FOLDER.test(entry.name) && isOnTheWay) {
        names.push(...(await this.#names(join(path, entry.name), `${name}/`, prefix, signal)));
      }
    }
    return names;
  }

  /** Removes what killed writers left, once nobody can be in the middle of using it. */
  async #sweep(): Promise<void> {
    this.#swept = true;
    for (const name of await readdir(this.#folder)) {
      const path = join(this.#folder, name);
      if (name.startsWith(TEMPORARY) && (await isOlderThan(path, LEFT_OVER_MS))) await unlinkIfThere(path);
    }
  }

  async #guard<T>(verb: 'read' | 'write', signal: AbortSignal | undefined, action: () => Promise<T>): Promise<T> {
    signal?.throwIfAborted();
    try {
      return await action();
    } catch (error) {
      if (isSnowmeltError(error)) throw error;
      signal?.throwIfAborted();
      const reason = codeOf(error) ?? 'unknown error';
      const { hint, isFinal } = diskFault(reason, this.#folder);
      throw new StateError('SNAPSHOT_UNAVAILABLE', `Cannot ${verb} the ${this.name} (${reason}).`, {
        hint,
        retryable: !isFinal,
        cause: error,
        details: { reason },
      });
    }
  }
}

/** An empty folder that cannot be removed does no harm. */
async function isRemoved(folder: string): Promise<boolean> {
  return rmdir(folder).then(
    () => true,
    () => false,
  );
}
