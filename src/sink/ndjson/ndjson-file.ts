import { lstat, open, rename, unlink, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { APPEND, CREATE, makeFolder, openPrivate, refuseLink } from '../../disk/private-files.js';
import { codeOf } from '../../errors/code-of.js';
import { rotatedName, rotatedNumbers } from './file-names.js';
import { isJson } from './json-line.js';

const compress = promisify(gzip);
const tailBytes = 65_536;

/** A file of lines that is only ever appended to, and mended after a crash in the middle of a line. */
export class NdjsonFile {
  readonly #path: string;
  readonly #gzip: boolean;
  readonly #maxBytes: number;
  #handle: FileHandle | undefined;
  #size = 0;

  constructor(path: string, maxBytes: number) {
    this.#path = path;
    this.#gzip = path.endsWith('.gz');
    this.#maxBytes = maxBytes;
  }

  /** Appends lines: all of them or, after a failure, none. */
  async append(lines: string, sync: boolean): Promise<void> {
    const bytes = this.#gzip ? await compress(lines) : Buffer.from(lines);
    if (this.#handle !== undefined && this.#size > 0 && this.#size + bytes.length > this.#maxBytes) {
      await this.close(sync);
      await this.#rotate();
    }
    const handle = await this.open();
    try {
      await handle.appendFile(bytes);
      if (sync) await handle.sync();
      this.#size += bytes.length;
    } catch (error) {
      // A part of a line would be glued to the next one.
      await handle.truncate(this.#size).catch(() => undefined);
      throw error;
    }
  }

  async open(): Promise<FileHandle> {
    if (this.#handle !== undefined) return this.#handle;
    await makeFolder(dirname(this.#path));
    await refuseLink(this.#path);
    // What follows a gzip member that was cut off by a crash could never be read.
    if (this.#gzip && (await sizeOf(this.#path)) > 0) await this.#rotate();
    const handle = await openPrivate(this.#path, APPEND);
    try {
      if (!this.#gzip) await mendLastLine(handle);
      this.#size = (await handle.stat()).size;
      await syncFolder(dirname(this.#path));
    } catch (error) {
      await handle.close();
      throw error;
    }
    this.#handle = handle;
    return handle;
  }

  async close(sync: boolean): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    if (handle === undefined) return;
    try {
      if (sync) await handle.sync();
    } finally {
      await handle.close();
    }
  }

  async #rotate(): Promise<void> {
    const full = await this.#reserve();
    try {
      await rename(this.#path, full);
    } catch (error) {
      await unlink(full);
      // Another process, which should not write here, has moved it already.
      if (codeOf(error) !== 'ENOENT') throw error;
    }
  }

  /** Makes the file that the next rename replaces: a rename alone would replace what another process has just moved. */
  async #reserve(): Promise<string> {
    for (let number = ((await rotatedNumbers(this.#path)).at(-1) ?? 0) + 1; ; number += 1) {
      const full = rotatedName(this.#path, number);
      try {
        await (await openPrivate(full, CREATE)).close();
        return full;
      } catch (error) {
        if (codeOf(error) !== 'EEXIST') throw error;
      }
    }
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await lstat(path)).size;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 0;
    throw error;
  }
}

/**
 * Cuts off a last line without its end: whoever wrote it was killed before anybody was told that it is kept. A whole
 * JSON text without a line end is somebody's own and gets one.
 */
async function mendLastLine(handle: FileHandle): Promise<void> {
  const { size } = await handle.stat();
  let tail = Buffer.alloc(0);
  for (let from = size; from > 0 && !tail.includes(0x0a);) {
    const start = Math.max(0, from - tailBytes);
    const chunk = Buffer.alloc(from - start);
    await handle.read(chunk, 0, chunk.length, start);
    tail = Buffer.concat([chunk, tail]);
    from = start;
  }
  const line = tail.subarray(tail.lastIndexOf(0x0a) + 1);
  if (line.length === 0) return;
  if (isJson(line.toString('utf8'))) await handle.appendFile('\n');
  else await handle.truncate(size - line.length);
}

/** Makes a new name durable; not every system can open a folder. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  if (handle === undefined) return;
  try {
    await handle.sync();
  } catch {
    // Windows and some network file systems refuse to sync a folder.
  } finally {
    await handle.close();
  }
}
