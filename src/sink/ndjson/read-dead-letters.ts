import { createReadStream, existsSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { createGunzip } from 'node:zlib';
import * as z from 'zod';
import { codeOf } from '../../code-of.js';
import { SnowmeltError } from '../../errors.js';
import type { Message } from '../../mapping/message.js';
import type { DeadLetter } from '../sink.js';
import { rotatedName, rotatedNumbers } from './file-names.js';

const deadLetter = z.looseObject({
  sync: z.string(),
  runId: z.string(),
  row: z.number(),
  code: z.string(),
  reason: z.string(),
});

/**
 * Reads the dead letters that an `NdjsonSink` kept, the oldest file first. The type of the messages is the reader's
 * claim: only the entry around them is checked.
 *
 * @param path the sink's `path`
 * @throws SnowmeltError `DEAD_LETTER_UNREADABLE` for a missing file and for a line that is no dead letter
 */
export async function* readDeadLetters<M = Message>(
  path: string,
  options: { readonly signal?: AbortSignal | undefined } = {},
): AsyncGenerator<DeadLetter<M>, void, undefined> {
  const numbers = await rotatedNumbers(path);
  const files = [...numbers.map((number) => rotatedName(path, number)), path].filter((file) => existsSync(file));
  if (files.length === 0) {
    throw new SnowmeltError('DEAD_LETTER_UNREADABLE', `There is no dead-letter file ${path}`, {
      hint: 'Pass the same `path` as to the NdjsonSink.',
    });
  }
  for (const file of files) {
    let number = 0;
    for await (const line of linesOf(file, options.signal)) {
      number += 1;
      if (line !== '') yield parse(line, file, number) as DeadLetter<M>;
    }
  }
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

/** Whole lines only: a last one without its end was never acknowledged. */
async function* linesOf(file: string, signal: AbortSignal | undefined): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of bytesOf(file)) {
    signal?.throwIfAborted();
    const lines = (rest + decoder.write(chunk)).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}

async function* bytesOf(file: string): AsyncGenerator<Buffer> {
  const stream = createReadStream(file);
  if (!file.endsWith('.gz')) {
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
