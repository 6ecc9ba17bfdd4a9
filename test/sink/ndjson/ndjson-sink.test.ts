import { appendFile, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DeadLetter, WriteContext } from '../../../src/index.js';
import { NdjsonSink, readDeadLetters, type NdjsonSinkOptions } from '../../../src/sinks.js';

const context: WriteContext = {
  fence: async () => undefined,
  signal: new AbortController().signal,
  sync: 's',
  runId: 'r',
  attempt: 1,
  firstRow: 0,
};
const letter = (row: number, rest: Partial<DeadLetter> = {}): DeadLetter => ({
  sync: 'people',
  runId: 'r1',
  row,
  code: 'MAPPING_ROW',
  reason: 'naïve \n 数据',
  ...rest,
});

describe('NdjsonSink', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'snowmelt-ndjson-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const write = async (rows: readonly number[], options: NdjsonSinkOptions): Promise<void> => {
    const sink = new NdjsonSink<DeadLetter>(options);
    for (const row of rows) await sink.write([letter(row)], context);
    await sink.close();
  };
  const rows = async (path: string): Promise<number[]> => {
    const found: number[] = [];
    for await (const { row } of readDeadLetters(path)) found.push(row);
    return found;
  };

  it('keeps dead letters that readDeadLetters gives back as they were', async () => {
    const path = join(folder, 'rejected.ndjson');
    const full = letter(1, { columns: ['ID'], values: [12345678901234567890n, null, 'é'], queryId: 'q', sink: 'a' });
    const sink = new NdjsonSink<DeadLetter>({ path });
    await sink.write([full, letter(2)], context);
    await sink.close();
    const found: DeadLetter[] = [];
    for await (const entry of readDeadLetters(path)) found.push(entry);
    expect(found).toEqual([{ ...full, values: ['12345678901234567890', null, 'é'] }, letter(2)]);
  });

  it.each(['rows.ndjson', 'rows.ndjson.gz', 'rows'])('rotates %s and reads every file in order', async (name) => {
    const path = join(folder, name);
    const numbers = Array.from({ length: 30 }, (_, row) => row);
    await write(numbers, { path, maxFileBytes: 200 });
    const files = await readdir(folder);
    expect(files.length).toBeGreaterThan(10);
    expect(files).toContain(name.replace('rows', 'rows.1'));
    expect(await rows(path)).toEqual(numbers);
  });

  it.each(['rows.ndjson', 'rows.ndjson.gz'])('appends to %s of an earlier process', async (name) => {
    const path = join(folder, name);
    await write([1, 2], { path });
    await write([3], { path });
    expect(await rows(path)).toEqual([1, 2, 3]);
  });

  it('cuts off a line that a killed process left unfinished', async () => {
    const path = join(folder, 'rows.ndjson');
    await write([1], { path });
    await appendFile(path, `{"sync":"people","row":2,"reason":"${'x'.repeat(200_000)}`);
    expect(await rows(path)).toEqual([1]);
    await write([3], { path });
    expect(await rows(path)).toEqual([1, 3]);
  });

  it('ends a whole line that has no line end', async () => {
    const path = join(folder, 'rows.ndjson');
    await writeFile(path, JSON.stringify(letter(1)));
    await write([2], { path });
    expect(await rows(path)).toEqual([1, 2]);
  });

  it('reads a compressed file up to where a killed process stopped, and never appends behind that', async () => {
    const path = join(folder, 'rows.ndjson.gz');
    await write([1, 2], { path });
    const { length } = await readFile(path);
    await truncate(path, length - 5);
    await write([3], { path });
    expect(await rows(path)).toEqual(expect.arrayContaining([1, 3]));
  });

  it('does not mix lines of writes that run at once', async () => {
    const path = join(folder, 'rows.ndjson');
    const sink = new NdjsonSink<DeadLetter>({ path, fsync: 'never', maxFileBytes: 5_000 });
    await Promise.all(Array.from({ length: 50 }, (_, row) => sink.write([letter(row), letter(row)], context)));
    await sink.close();
    expect((await rows(path)).sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => Math.floor(i / 2)));
  });

  it.each(['rejected.ndjson', 'rejected.ndjson.gz'])(
    'loses nothing of %s when an old and a new process both fill it for a while',
    async (name) => {
      const path = join(folder, name);
      const all = [0, 1, 2].map((process) => Array.from({ length: 40 }, (_, row) => process * 100 + row));
      await Promise.all(all.map((some) => write(some, { path, maxFileBytes: 300, fsync: 'never' })));
      expect((await rows(path)).sort((a, b) => a - b)).toEqual(all.flat());
    },
  );

  it('reads past a compressed file that a killed process had only made', async () => {
    const path = join(folder, 'rejected.ndjson.gz');
    await write([1], { path });
    await writeFile(join(folder, 'rejected.1.ndjson.gz'), '');
    await write([2], { path });
    expect(await rows(path)).toEqual([1, 2]);
    expect((await readdir(folder)).sort()).toEqual([
      'rejected.1.ndjson.gz',
      'rejected.2.ndjson.gz',
      'rejected.ndjson.gz',
    ]);
  });

  it.each(['rejected.ndjson', 'rejected.ndjson.gz'])(
    'reads %s as it was at the start, while what is read is written to it again and the file rotates',
    async (name) => {
      const path = join(folder, name);
      const numbers = Array.from({ length: 40 }, (_, row) => row);
      const sink = new NdjsonSink<DeadLetter>({ path, maxFileBytes: 900, fsync: 'never' });
      for (const row of numbers) await sink.write([letter(row)], context);
      const found: number[] = [];
      for await (const entry of readDeadLetters(path)) {
        found.push(entry.row);
        await sink.write([letter(1_000 + entry.row)], context);
      }
      await sink.close();
      expect(found).toEqual(numbers);
      expect(await rows(path)).toEqual([...numbers, ...numbers.map((row) => 1_000 + row)]);
    },
  );

  it('reads a whole last line that has no line end', async () => {
    const path = join(folder, 'rows.ndjson');
    await writeFile(path, `${JSON.stringify(letter(1))}\n${JSON.stringify(letter(2))}`);
    expect(await rows(path)).toEqual([1, 2]);
  });

  it('says which file cannot be written', async () => {
    await writeFile(join(folder, 'file'), '');
    const sink = new NdjsonSink({ path: join(folder, 'file', 'rows.ndjson') });
    await expect(sink.open({ signal: context.signal })).rejects.toMatchObject({
      code: 'SINK_UNREACHABLE',
      message: expect.stringContaining('rows.ndjson'),
      retryable: false,
    });
  });

  it('reports a missing file and a line that is no dead letter', async () => {
    const path = join(folder, 'rows.ndjson');
    await expect(rows(path)).rejects.toMatchObject({ code: 'DEAD_LETTER_UNREADABLE' });
    await expect(rows(folder)).rejects.toMatchObject({
      code: 'DEAD_LETTER_UNREADABLE',
      message: `${folder} cannot be read (EISDIR)`,
    });
    await writeFile(path, `${JSON.stringify(letter(1))}\n{"row":2}\n`);
    await expect(rows(path)).rejects.toMatchObject({ code: 'DEAD_LETTER_UNREADABLE', details: { line: 2 } });
  });
});
