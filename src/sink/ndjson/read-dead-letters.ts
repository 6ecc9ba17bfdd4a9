import { createReadStream } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { createGunzip } from 'node:zlib';
import * as z from 'zod';
import { homePath } from '../../disk/home-path.js';
import { codeOf } from '../../errors/code-of.js';
import { isSnowmeltError, SnowmeltError } from '../../errors/errors.js';
import type { Message } from '../../mapping/message.js';
import { looksSecret, shownPath } from '../../options/shown-name.js';
import type { DeadLetter } from '../sink.js';
import { rotatedName, rotatedNumbers } from './file-names.js';
import { isJson } from './json-line.js';

const deadLetter = z.looseObject({
  sync: z.string(),
  runId: z.string(),
  row: z.number(),
  code: z.string(),
  reason: z.string(),
});

/**
 * Reads the dead letters that an `NdjsonSink` has kept until now, the oldest file first. The type of the messages is the reader's
 * claim: only the entry around them is checked.
 *
 * @param given the sink's `path`
 * @throws ConfigError `CONFIG_INVALID` for a path that begins with what only a shell knows
 * @throws SnowmeltError `DEAD_LETTER_UNREADABLE` for a missing file and for a line that is no dead letter
 */
export async function* readDeadLetters<M = Message>(
  given: string,
  options: { readonly signal?: AbortSignal | undefined } = {},
): AsyncGenerator<DeadLetter<M>, void, undefined> {
  const path = homePath('readDeadLetters: the path', given);
  const live = await liveFile(path);
  try {
    const files = await filesOf(path, live);
    if (files.length === 0) throw unreadable(`There is no dead-letter file ${shownPath(path)}`);
    for (const { name, stream } of files) {
      let number = 0;
      for await (const line of linesOf(stream(), name, options.signal)) {
        number += 1;
        if (line !== '') yield parse(line, name, number) as DeadLetter<M>;
      }
    }
  } catch (error) {
    const code = codeOf(error);
    if (isSnowmeltError(error) || code === undefined) throw error;
    throw unreadable(`${shownPath(path)} cannot be read (${code})`, looksSecret(path) ? undefined : error);
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

async function liveFile(path: string): Promise<LiveFile | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw unreadable(
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

function unreadable(text: string, cause?: unknown): SnowmeltError {
  const hint = 'Pass the same `path` as to the NdjsonSink, and see that this user may read it.';
  return new SnowmeltError('DEAD_LETTER_UNREADABLE', text, { hint, cause });
}

function parse(line: string, file: string, number: number): unknown {
  try {
    return deadLetter.parse(JSON.parse(line));
  } catch {
    throw new SnowmeltError('DEAD_LETTER_UNREADABLE', `Line ${number} of ${file} is not a dead letter`, {
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
