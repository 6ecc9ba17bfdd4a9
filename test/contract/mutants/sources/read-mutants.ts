import { ConfigError, SourceError } from 'snowmelt';
import type { ReadOptions, ResultSet, RowBatch } from 'snowmelt';
import { SourceFrame } from './source-frame.js';
import { mutant, type SourceMutant } from './source-mutant.js';
import type { Table } from './warehouse.js';

type Batches = AsyncGenerator<RowBatch, void, undefined>;
type Rows = readonly (readonly unknown[])[];
type Range = { readonly from: number; readonly to: number };

class DropsTheLastBatch extends SourceFrame {
  override read(queryId: string, rowCount: number, options?: ReadOptions): Batches {
    return super.read(queryId, rowCount - (rowCount % this.batchRows()), options);
  }
}
class RepeatsRows extends SourceFrame {
  override fetch(queryId: string, from: number, to: number): Promise<Rows> {
    return super.fetch(queryId, Math.max(from - 1, 0), to);
  }
}
class SortsAsText extends SourceFrame {
  override async fetch(queryId: string, from: number, to: number): Promise<Rows> {
    return (await super.fetch(queryId, 0, Infinity)).toSorted().slice(from, to);
  }
}
class NumbersBatches extends SourceFrame {
  override async *read(queryId: string, rowCount: number, options?: ReadOptions): Batches {
    let firstRow = 0;
    for await (const { rows } of super.read(queryId, rowCount, options)) yield { firstRow: firstRow++, rows };
  }
}
class EndsWithAnEmptyBatch extends SourceFrame {
  override async *read(queryId: string, rowCount: number, options?: ReadOptions): Batches {
    yield* super.read(queryId, rowCount, options);
    yield { firstRow: rowCount, rows: [] };
  }
}
class GivesAllAtOnce extends SourceFrame {
  override batchRows = (): number => Infinity;
}
class ReadsOnce extends SourceFrame {
  override result(queryId: string, table: Table): ResultSet {
    const result = super.result(queryId, table);
    let reader: AsyncIterable<RowBatch> | undefined;
    return { ...result, read: (options) => (reader ??= result.read(options)) };
  }
}

class IncludesTheEnd extends SourceFrame {
  override range(options: ReadOptions, rowCount: number): Range {
    return super.range({ ...options, to: options.to === undefined ? undefined : options.to + 1 }, rowCount);
  }
}
class StartsAtABatch extends SourceFrame {
  override range(options: ReadOptions, rowCount: number): Range {
    const { from, to } = super.range(options, rowCount);
    return { from: from - (from % this.batchRows()), to };
  }
}
class IgnoresTheEnd extends SourceFrame {
  override range({ from }: ReadOptions, rowCount: number): Range {
    return super.range({ from }, rowCount);
  }
}
class TakesZeroForNone extends SourceFrame {
  override range(options: ReadOptions, rowCount: number): Range {
    const range = super.range(options, rowCount);
    return { ...range, to: range.to || rowCount };
  }
}
class GoesPastTheEnd extends SourceFrame {
  override range(options: ReadOptions, rowCount: number): Range {
    return { from: super.range(options, rowCount).from, to: options.to ?? rowCount };
  }
}
class RefusesPastTheEnd extends SourceFrame {
  override range(options: ReadOptions, rowCount: number): Range {
    const range = super.range(options, rowCount);
    if ((options.to ?? 0) > rowCount) throw new ConfigError('CONFIG_INVALID', 'past the end');
    return range;
  }
}
class MendsRanges extends SourceFrame {
  override range({ from = 0, to }: ReadOptions, rowCount: number): Range {
    return { from: Math.max(Math.floor(from) || 0, 0), to: Math.min(to ?? rowCount, rowCount) };
  }
}
class ThrowsRangeErrors extends SourceFrame {
  override range(options: ReadOptions, rowCount: number): Range {
    try {
      return super.range(options, rowCount);
    } catch {
      throw new RangeError('not a range');
    }
  }
}

class HasOneCursor extends SourceFrame {
  #at = 0;
  override async *read(queryId: string, rowCount: number, options: ReadOptions = {}): Batches {
    const { from, to } = this.range(options, rowCount);
    this.#at = from;
    while (this.#at < to) {
      const firstRow = this.#at;
      const rows = await this.fetch(queryId, firstRow, Math.min(firstRow + this.batchRows(), to));
      this.#at = firstRow + rows.length;
      yield { firstRow, rows };
    }
  }
}
class ReadsTheLatest extends SourceFrame {
  #latest = '';
  override result(queryId: string, table: Table): ResultSet {
    this.#latest = queryId;
    return super.result(queryId, table);
  }
  override fetch(_queryId: string, from: number, to: number): Promise<Rows> {
    return super.fetch(this.#latest, from, to);
  }
}
class WaitsForNobody extends SourceFrame {
  override async *read(queryId: string, rowCount: number, options?: ReadOptions): Batches {
    let offered = Infinity;
    for await (const batch of super.read(queryId, rowCount, options)) {
      // What was not taken in time has been overwritten.
      if (performance.now() - offered > 15) {
        offered = Infinity;
        continue;
      }
      offered = performance.now();
      yield batch;
    }
  }
}
class KeepsReadersOpen extends SourceFrame {
  #open = 0;
  override async *read(queryId: string, rowCount: number, options?: ReadOptions): Batches {
    if (this.#open === 10) throw new SourceError('SOURCE_FAILED', 'too many readers', { retryable: true });
    this.#open += 1;
    yield* super.read(queryId, rowCount, options);
    this.#open -= 1;
  }
}
class UsesOneBuffer extends SourceFrame {
  readonly #buffer: (readonly unknown[])[] = [];
  override async fetch(queryId: string, from: number, to: number): Promise<Rows> {
    this.#buffer.splice(0, Infinity, ...(await super.fetch(queryId, from, to)));
    return this.#buffer;
  }
}

/** Faults of rows, batches, ranges and readers. */
export const readMutants: readonly SourceMutant[] = [
  mutant('drops the last batch', /gives all rows in order/, DropsTheLastBatch),
  mutant('repeats a row at the edge of batches', /gives all rows in order/, RepeatsRows),
  mutant('gives rows in an order of its own', /gives all rows in order/, SortsAsText),
  mutant('numbers batches instead of rows', /says of every batch/, NumbersBatches),
  mutant('ends with an empty batch', /says of every batch/, EndsWithAnEmptyBatch),
  mutant('hands everything out at once', /in several batches/, GivesAllAtOnce),
  mutant('can be read once', /when a result is read again/, ReadsOnce),
  mutant('gives a row after the range', /the rows of a range/, IncludesTheEnd),
  mutant('starts a range at the start of a batch', /the rows of a range/, StartsAtABatch),
  mutant('ignores the end of a range', /the rows of a range/, IgnoresTheEnd),
  mutant('takes row 0 as the end for no end', /for an empty range/, TakesZeroForNone),
  mutant('goes past the end', /where the result ends/, GoesPastTheEnd),
  mutant('refuses a range past the end', /where the result ends/, RefusesPastTheEnd),
  mutant('mends ranges that are none', /a range that is not one/, MendsRanges),
  mutant('refuses ranges with an error of JavaScript', /a range that is not one/, ThrowsRangeErrors),
  mutant('has one cursor', /several readers at once/, HasOneCursor),
  mutant('reads the latest result only', /several results in turn/, ReadsTheLatest),
  mutant('does not wait for its reader', /waits for a slow reader/, WaitsForNobody),
  mutant('keeps a reader open that has left', /loops were left early/, KeepsReadersOpen),
  mutant('hands out one buffer again and again', /rows that it handed out/, UsesOneBuffer),
];
