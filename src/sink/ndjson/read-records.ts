import { createReadStream } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { createGunzip } from 'node:zlib';
import type * as z from 'zod';
import { homePath } from '../../disk/home-path.js';
import { codeOf } from '../../errors/code-of.js';
import { isSnowmeltError, SnowmeltError } from '../../errors/errors.js';
import type { ErrorCode } from '../../errors/errors.js';
import { looksSecret, shownPath } from '../../options/shown-name.js';
import { rotatedName, rotatedNumbers } from './file-names.js';
import { isJson } from './json-line.js';

/** What the lines of a file are. */
export interface KindOfRecords {
  /** The reader, for errors. */
  readonly reader: string;
  /** `dead-letter file`. */
  readonly file: string;
  /** `dead letter`. */
  readonly record: string;
  readonly schema: z.ZodType;
  readonly unreadable: ErrorCode;
  /** Whether a missing file is one that nothing was written to yet. @default false */
  readonly mayBeMissing?: boolean | undefined;
}

/** Options of the readers. */
export interface ReadRecordsOptions {
  /** Ends the reading. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads what an `NdjsonSink` has kept until now, the oldest file first.
 *
 * @param given the sink's `path`
 * @throws ConfigError `CONFIG_INVALID` for a path that begins with what only a shell knows
 * @throws SnowmeltError for a missing file and for a line that is none of the kind
 */
export async function* readRecords(
  kind: KindOfRecords,
  given: string,
  { signal }: ReadRecordsOptions,
): AsyncGenerator<unknown, void, undefined> {
  const path = homePath(`${kind.reader}: the path`, given);
  const live = await liveFile(kind, path);
  try {
    const files = await filesOf(path, live);
    if (files.length === 0 && kind.mayBeMissing !== true)
      throw unreadable(kind, `There is no ${kind.file} ${shownPath(path)}`);
    for (const { name, stream } of files) {
      let number = 0;
      for await (const line of linesOf(stream(), name, signal)) {
        number += 1;
        if (line !== '') yield parse(kind, line, name, number);
      }
    }
  } catch (error) {
    const code = codeOf(error);
    if (isSnowmeltError(error) || code === undefined) throw error;
    throw unreadable(kind, `${shownPath(path)} cannot be read (${code})`, looksSecret(path) ? undefined : error);
  } finally {
    await live?.handle.close();
  }
}

/** The file that is written to now, held open: a rotation meanwhile renames it. */
interface LiveFile {
  readonly handle: FileHandle;
  readonly size: number;
  readonly inode: bigint;
}

interface ReadableFile {
  readonly name: string;
  readonly stream: () => Readable;
}

async function liveFile(kind: KindOfRecords, path: string): Promise<LiveFile | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw unreadable(
      kind,
      `${shownPath(path)} cannot be read (${codeOf(error) ?? 'unknown'})`,
      looksSecret(path) ? undefined : error,
    );
  }
  const { size, ino: inode } = await handle.stat({ bigint: true });
  return { handle, size: Number(size), inode };
}

/** As they are now: a replay that appends its own dead letters to the file does not read those. */
async function filesOf(path: string, live: LiveFile | undefined): Promise<ReadableFile[]> {
  const files: ReadableFile[] = [];
  for (const number of await rotatedNumbers(path)) {
    const name = rotatedName(path, number);
    const { ino, size } = await stat(name, { bigint: true });
    if (ino !== live?.inode && size > 0n) files.push({ name, stream: () => createReadStream(name) });
  }
  if (live === undefined) return files;
  const { handle, size } = live;
  const stream = (): Readable =>
    size === 0 ? Readable.from([]) : handle.createReadStream({ start: 0, end: size - 1, autoClose: false });
  return [...files, { name: path, stream }];
}

function unreadable({ unreadable: code }: KindOfRecords, text: string, cause?: unknown): SnowmeltError {
  const hint = 'Pass the same `path` as to the NdjsonSink, and see that this user may read it.';
  return new SnowmeltError(code, text, { hint, cause });
}

function parse(
  { schema, record, unreadable: code }: KindOfRecords,
  line: string,
  file: string,
  number: number,
): unknown {
  try {
    return schema.parse(JSON.parse(line));
  } catch {
    throw new SnowmeltError(code, `Line ${number} of ${file} is not a ${record}`, {
      details: { line: number },
    });
  }
}

/** A last line without its end counts when it is whole: a part of one was never acknowledged. */
async function* linesOf(stream: Readable, name: string, signal: AbortSignal | undefined): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of bytesOf(stream, name)) {
    signal?.throwIfAborted();
    const lines = (rest + decoder.write(chunk)).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (isJson(rest)) yield rest;
}

async function* bytesOf(stream: Readable, name: string): AsyncGenerator<Buffer> {
  if (!name.endsWith('.gz')) {
    yield* stream as AsyncIterable<Buffer>;
    return;
  }
  const unpacked = createGunzip();
  stream.on('error', (error) => unpacked.destroy(error));
  stream.pipe(unpacked);
  try {
    yield* unpacked as AsyncIterable<Buffer>;
  } catch (error) {
    // The last gzip member was cut off by a crash, before anybody was told that it is kept.
    if (codeOf(error) !== 'Z_BUF_ERROR') throw error;
  } finally {
    stream.destroy();
  }
}
