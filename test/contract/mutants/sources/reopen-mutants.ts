import { randomUUID } from 'node:crypto';
import { isSnowmeltError } from 'snowmelt';
import type { ReadOptions, ResultRef, ResultSet, RowBatch, SourceCallOptions } from 'snowmelt';
import { SourceFrame } from './source-frame.js';
import { mutant, type SourceMutant } from './source-mutant.js';
import type { Table } from './warehouse.js';

type Batches = AsyncGenerator<RowBatch, void, undefined>;

class RefersByDate extends SourceFrame {
  override result(queryId: string, table: Table): ResultSet {
    const result = super.result(queryId, table);
    return { ...result, ref: Object.assign({ openedAt: new Date() }, result.ref) };
  }
}
class RefersByNumber extends SourceFrame {
  override result(queryId: string, table: Table): ResultSet {
    const result = super.result(queryId, table);
    return { ...result, ref: { ...result.ref, queryId: 17 as unknown as string } };
  }
}
class KnowsItsOwnObjects extends SourceFrame {
  readonly #refs = new WeakSet<ResultRef>();
  override result(queryId: string, table: Table): ResultSet {
    const result = super.result(queryId, table);
    this.#refs.add(result.ref);
    return result;
  }
  override async stored(ref: ResultRef): Promise<Table> {
    return this.#refs.has(ref) ? super.stored(ref) : this.gone(ref.queryId);
  }
}
class RunsAgain extends SourceFrame {
  override async reopen(ref: ResultRef): Promise<ResultSet> {
    const table = await this.stored(ref);
    const queryId = randomUUID();
    this.warehouse.results.set(queryId, table);
    return this.result(queryId, table);
  }
}

/** Changes what is opened again. */
class Reopens extends SourceFrame {
  change = (result: ResultSet): ResultSet => result;
  override async reopen(ref: ResultRef, options?: SourceCallOptions): Promise<ResultSet> {
    return this.change(await super.reopen(ref, options));
  }
}
class ForgetsColumns extends Reopens {
  override change = (result: ResultSet): ResultSet => ({ ...result, columns: [] });
}
class ForgetsTheCount extends Reopens {
  override change = (result: ResultSet): ResultSet => ({ ...result, rowCount: undefined });
}
class StartsAnew extends Reopens {
  override change = (result: ResultSet): ResultSet => ({
    ...result,
    read: (options) => result.read({ ...options, from: 0 }),
  });
}

class ComparesTheNextRow extends SourceFrame {
  override verifyRow(result: ResultSet, row: number, hash: string): Promise<void> {
    return super.verifyRow(result, row + 1, hash);
  }
}
class ComparesByAHashOfItsOwn extends SourceFrame {
  override verifyRow = async (result: ResultSet, row: number, hash: string): Promise<void> => {
    if (!hash.startsWith('own-')) this.gone(`${result.ref.queryId}, row ${row}`);
  };
}
class KeepsResultsToItself extends SourceFrame {
  readonly #own = new Set<string>();
  override result(queryId: string, table: Table): ResultSet {
    this.#own.add(queryId);
    return super.result(queryId, table);
  }
  override async stored(ref: ResultRef): Promise<Table> {
    return this.#own.has(ref.queryId) ? super.stored(ref) : this.gone(ref.queryId);
  }
}
class ForgetsResultsWhenClosed extends SourceFrame {
  readonly #own = new Set<string>();
  override result(queryId: string, table: Table): ResultSet {
    this.#own.add(queryId);
    return super.result(queryId, table);
  }
  override async close(): Promise<void> {
    for (const queryId of this.#own) this.warehouse.results.delete(queryId);
    await super.close();
  }
}

class FailsPlainlyWhenGone extends SourceFrame {
  override gone(queryId: string): never {
    throw new Error(`no result ${queryId}`);
  }
}
class OpensNothing extends SourceFrame {
  override async reopen(ref: ResultRef, options?: SourceCallOptions): Promise<ResultSet> {
    if (this.warehouse.get(ref.queryId) !== undefined) return super.reopen(ref, options);
    return this.result(ref.queryId, { columns: [], rows: [] });
  }
}
class IgnoresTheCount extends SourceFrame {
  override verify(result: ResultSet, ref: ResultRef): Promise<void> {
    return super.verify(result, { ...ref, rowCount: result.rowCount });
  }
}
class TakesMoreRows extends SourceFrame {
  override verify(result: ResultSet, ref: ResultRef): Promise<void> {
    return super.verify(result, { ...ref, rowCount: Math.max(result.rowCount ?? 0, ref.rowCount ?? 0) });
  }
}
class IgnoresColumns extends SourceFrame {
  override verify(result: ResultSet, ref: ResultRef): Promise<void> {
    return super.verify(result, { ...ref, columnsHash: result.ref.columnsHash });
  }
}
class IgnoresTheSettledRow extends SourceFrame {
  override verifyRow = async (): Promise<void> => undefined;
}
class TakesAMissingRow extends SourceFrame {
  override async verifyRow(result: ResultSet, row: number, hash: string): Promise<void> {
    if (row < (result.rowCount ?? 0)) await super.verifyRow(result, row, hash);
  }
}
class EndsWhenGone extends SourceFrame {
  override async *read(queryId: string, rowCount: number, options?: ReadOptions): Batches {
    try {
      yield* super.read(queryId, rowCount, options);
    } catch (error) {
      if (!isSnowmeltError(error) || error.code !== 'RESULT_EXPIRED') throw error;
    }
  }
}
class FailsToReadPlainly extends SourceFrame {
  override async fetch(queryId: string, from: number, to: number): Promise<readonly (readonly unknown[])[]> {
    if (this.warehouse.get(queryId) === undefined) throw new TypeError('rows of undefined');
    return super.fetch(queryId, from, to);
  }
}
class ChangesReferences extends SourceFrame {
  override reopen(ref: ResultRef, options?: SourceCallOptions): Promise<ResultSet> {
    return super.reopen(Object.assign(ref, { opened: true }), options);
  }
}

/** Faults of stored results. */
export const reopenMutants: readonly SourceMutant[] = [
  mutant('puts a Date into a reference', /reference that is plain JSON/, RefersByDate),
  mutant('numbers its queries', /reference that is plain JSON/, RefersByNumber),
  mutant('knows references by their objects', /opens a result again/, KnowsItsOwnObjects),
  mutant('runs the query again', /opens a result again/, RunsAgain),
  mutant('forgets the columns', /opens a result again/, ForgetsColumns),
  mutant('forgets the number of rows', /opens a result again/, ForgetsTheCount),
  mutant('starts anew', /range of a result that was opened again/, StartsAnew),
  mutant('compares the row after the settled one', /is what it was/, ComparesTheNextRow),
  mutant('compares by a hash of its own', /is what it was/, ComparesByAHashOfItsOwn),
  mutant('keeps results to itself', /a result of another source/, KeepsResultsToItself),
  mutant('forgets results when it is closed', /a source that was closed/, ForgetsResultsWhenClosed),
  mutant('fails with a plain error', /that never was/, FailsPlainlyWhenGone),
  mutant('gives an empty result for none', /that never was/, OpensNothing),
  mutant('gives an empty result for one that is gone', /refuses a result that is gone/, OpensNothing),
  mutant('ignores the number of rows', /another number of rows/, IgnoresTheCount),
  mutant('takes a result with more rows', /another number of rows/, TakesMoreRows),
  mutant('ignores the columns', /with other columns/, IgnoresColumns),
  mutant('ignores the settled row', /has other values, or is missing/, IgnoresTheSettledRow),
  mutant('takes a missing row for the settled one', /has other values, or is missing/, TakesAMissingRow),
  mutant('goes on in another order', /comes in another order/, IgnoresTheSettledRow),
  mutant('takes a result that is gone for one that ends', /for one that ends/, EndsWhenGone),
  mutant('stumbles over a result that is gone', /for one that ends/, FailsToReadPlainly),
  mutant('changes references', /leaves a reference/, ChangesReferences),
];
