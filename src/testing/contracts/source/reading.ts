import { isSnowmeltError, type SnowmeltError } from '../../../errors/errors.js';
import { rowHash } from '../../../source/result-hash.js';
import type { ReadOptions, ResultRef, ResultSet, RowBatch } from '../../../source/source.js';
import { broken, BrokenRule, held, same } from '../rule.js';
import { shown } from '../shown.js';

const ANSWER_MS = 15_000;

/** Every batch of a reading. */
export async function batchesOf(result: ResultSet, options?: ReadOptions): Promise<RowBatch[]> {
  const batches: RowBatch[] = [];
  for await (const batch of result.read(options)) batches.push(batch);
  return batches;
}

/** The numbers of a counting result; fails when a batch is not where it says it is. Waits before it takes a batch. */
export async function numbersOf(result: ResultSet, options?: ReadOptions, waitMs?: number): Promise<number[]> {
  const numbers: number[] = [];
  const from = options?.from ?? 0;
  for await (const { firstRow, rows } of result.read(options)) {
    if (waitMs !== undefined) await new Promise((resolve) => setTimeout(resolve, waitMs));
    const next = from + numbers.length;
    held(
      firstRow === next,
      `a batch says that it begins with row ${firstRow}, and the rows before end with ${next - 1}`,
    );
    for (const row of rows) numbers.push(Number(row[0]));
  }
  return numbers;
}

/** The only value of a result of one row and one column. */
export async function valueOf(result: ResultSet): Promise<unknown> {
  const values = (await batchesOf(result)).flatMap(({ rows }) => rows.flat());
  held(values.length === 1, `a result of one row with one column gave ${values.length} values`);
  return values[0];
}

/** `from` included, `to` not. */
export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}

/** A reference as a checkpoint stores it: as JSON, with the hash of a settled row. */
export async function checkpointOf(result: ResultSet, row: number): Promise<ResultRef> {
  const [batch] = await batchesOf(result, { from: row, to: row + 1 });
  const values = batch?.rows[0] ?? broken(`a range of row ${row} gave no row`);
  return stored({ ...result.ref, check: { row, hash: rowHash(values) } });
}

/** A reference as it comes out of a state store. */
export function stored(ref: ResultRef): ResultRef {
  return JSON.parse(JSON.stringify(ref)) as ResultRef;
}

/** Holds a reading to these rows of a counting result. */
export async function readsRows(
  result: ResultSet,
  from: number,
  to: number,
  what: string,
  options?: ReadOptions,
): Promise<void> {
  same(await numbersOf(result, options), range(from, to), `${what} gave`);
}

/** Holds a reading to giving nothing, not even an empty batch. */
export async function readsNothing(result: ResultSet, what: string, options?: ReadOptions): Promise<void> {
  const batches = await batchesOf(result, options);
  const rows = batches.flatMap((batch) => batch.rows).length;
  held(batches.length === 0, `${what} gave ${batches.length} batches with ${rows} rows`);
}

/** What a promise is rejected with; fails when it resolves, or does not answer in time. */
export async function failure(action: Promise<unknown>, what: string): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), ANSWER_MS);
  });
  try {
    const outcome = await Promise.race([
      action.then(
        () => undefined,
        (error: unknown) => ({ error }),
      ),
      late,
    ]);
    if (outcome === 'late') return broken(`${what} was not answered within ${ANSWER_MS} ms`);
    // What a line itself found on the way is no answer of the source.
    if (outcome?.error instanceof BrokenRule) throw outcome.error;
    return outcome === undefined ? broken(`${what} was answered instead of rejected`) : outcome.error;
  } finally {
    clearTimeout(timer);
  }
}

/** An error of snowmelt with this name and code, which a promise is rejected with. */
export async function refusal(
  action: Promise<unknown>,
  name: string,
  code: string,
  what: string,
): Promise<SnowmeltError> {
  const error = await failure(action, what);
  held(
    isSnowmeltError(error) && error.name === name && error.code === code,
    `${what} was rejected with ${shown(error)} instead of a ${name} ${code}`,
  );
  return error;
}

/** Waits up to five seconds for something on the server. */
export async function until(condition: () => Promise<boolean>, what: string): Promise<void> {
  const end = Date.now() + 5000;
  while (!(await condition())) {
    if (Date.now() > end) broken(`within five seconds it never came to this: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
