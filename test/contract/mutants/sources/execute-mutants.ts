import { SourceError } from 'snowmelt';
import type { BindValue, Column, ResultSet, Statement } from 'snowmelt';
import { SourceFrame } from './source-frame.js';
import { mutant, type SourceMutant } from './source-mutant.js';
import type { Table } from './warehouse.js';

class Nameless extends SourceFrame {
  override name = '';
}

/** Changes columns. */
class Describes extends SourceFrame {
  column = (column: Column): Column => column;
  override result(queryId: string, table: Table): ResultSet {
    return super.result(queryId, { ...table, columns: table.columns.map((column) => this.column(column)) });
  }
}
class UpperCasesNames extends Describes {
  override column = (column: Column): Column => ({ ...column, name: column.name.toUpperCase() });
}
class CallsAllText extends Describes {
  override column = (column: Column): Column => ({ ...column, type: 'text' });
}
class ForgetsNullable extends Describes {
  override column = ({ name, type }: Column): Column => ({ name, type }) as Column;
}

/** Changes values. */
class Decodes extends SourceFrame {
  value = (value: unknown): unknown => value;
  override async fetch(queryId: string, from: number, to: number): Promise<readonly (readonly unknown[])[]> {
    const rows = await super.fetch(queryId, from, to);
    return rows.map((row) => row.map((value) => this.value(value)));
  }
}
class DropsZeros extends Decodes {
  override value = (value: unknown): unknown => (value === '1.50' ? '1.5' : value);
}
class DecodesNumbers extends Decodes {
  override value = (value: unknown): unknown => (/^[\d.]+$/.test(String(value)) ? Number(value) : value);
}
class DropsOffsets extends Decodes {
  override value = (value: unknown): unknown => (String(value).endsWith(' 1785') ? String(value).slice(0, -5) : value);
}
class DropsNullColumns extends SourceFrame {
  override async fetch(queryId: string, from: number, to: number): Promise<readonly (readonly unknown[])[]> {
    const rows = await super.fetch(queryId, from, to);
    return rows.map((row) => row.filter((value) => value !== null));
  }
}

class HashesNothing extends SourceFrame {
  override columnsHash = (): string => 'hash';
}
class HashesTheMoment extends SourceFrame {
  override columnsHash = (): string => String(Math.random());
}

/** Changes binds. */
class Binds extends SourceFrame {
  bind = (bind: BindValue): BindValue => bind;
  override async run({ sql, binds }: Statement, signal: AbortSignal): Promise<string> {
    return super.run({ sql, binds: binds.map((bind) => this.bind(bind)) }, signal);
  }
}
class DoublesQuotes extends Binds {
  override bind = (bind: BindValue): BindValue => (typeof bind === 'string' ? bind.replaceAll("'", "''") : bind);
}
class TrimsTexts extends Binds {
  override bind = (bind: BindValue): BindValue => (typeof bind === 'string' ? bind.trim() : bind);
}
class TakesEmptyForNull extends Binds {
  override bind = (bind: BindValue): BindValue => (bind === '' ? null : bind);
}
class WritesNull extends Binds {
  override bind = (bind: BindValue): BindValue => bind ?? 'null';
}
class RoundsNumbers extends Binds {
  override bind = (bind: BindValue): BindValue => (typeof bind === 'number' ? Math.round(bind) : bind);
}
class CutsNumbers extends Binds {
  override bind = (bind: BindValue): BindValue => (typeof bind === 'number' && bind > 1e9 ? bind | 0 : bind);
}
class KnowsNoFalse extends Binds {
  override bind = (bind: BindValue): BindValue => (bind === false ? null : bind);
}
class TakesBindsAway extends SourceFrame {
  override async run(statement: Statement, signal: AbortSignal): Promise<string> {
    const binds = statement.binds as BindValue[];
    return super.run({ sql: statement.sql, binds: binds.splice(0) }, signal);
  }
}

class CountsFromOne extends SourceFrame {
  override result(queryId: string, table: Table): ResultSet {
    return { ...super.result(queryId, table), rowCount: table.rows.length + 1 };
  }
}
class CountsNothing extends SourceFrame {
  override result(queryId: string, table: Table): ResultSet {
    return { ...super.result(queryId, table), rowCount: undefined };
  }
}
class NeedsRows extends SourceFrame {
  override result(queryId: string, table: Table): ResultSet {
    return table.rows.length === 0 ? this.gone(queryId) : super.result(queryId, table);
  }
}
class GivesAnEmptyBatch extends SourceFrame {
  override result(queryId: string, table: Table): ResultSet {
    const result = super.result(queryId, table);
    if (table.rows.length > 0) return result;
    return {
      ...result,
      read: async function* () {
        yield { firstRow: 0, rows: [] };
      },
    };
  }
}
class CachesByStatement extends SourceFrame {
  readonly #ids = new Map<string, string>();
  override async run(statement: Statement, signal: AbortSignal): Promise<string> {
    const key = JSON.stringify(statement);
    const id = this.#ids.get(key) ?? (await super.run(statement, signal));
    this.#ids.set(key, id);
    return id;
  }
}
class KeepsOneStatement extends SourceFrame {
  #statement: Statement | undefined;
  override async run(statement: Statement, signal: AbortSignal): Promise<string> {
    this.#statement = statement;
    await new Promise((resolve) => setImmediate(resolve));
    return super.run(this.#statement, signal);
  }
}

class RefusesPlainly extends SourceFrame {
  override refuse = (): Error => new Error('refused');
}
class RetriesRefused extends SourceFrame {
  override refuse = (): Error => new SourceError('SOURCE_SQL', 'refused', { retryable: true, hint: 'Wait.' });
}
class FailsRefused extends SourceFrame {
  override refuse = (): Error => new SourceError('SOURCE_FAILED', 'refused', { retryable: false, hint: 'Wait.' });
}
class HintsNothing extends SourceFrame {
  override refuse = (): Error => new SourceError('SOURCE_SQL', 'refused', { retryable: false });
}
class StaysRefused extends SourceFrame {
  #refused = false;
  override refuse(): Error {
    this.#refused = true;
    return super.refuse();
  }
  override async run(statement: Statement, signal: AbortSignal): Promise<string> {
    if (this.#refused) throw super.refuse();
    return super.run(statement, signal);
  }
}

class TellsSeconds extends SourceFrame {
  override now = async (): Promise<Date> => new Date(Math.floor(Date.now() / 1000));
}
class TellsLocalTime extends SourceFrame {
  override now = async (): Promise<Date> => new Date(Date.now() + 8 * 3_600_000);
}
class TellsText extends SourceFrame {
  override now = async (): Promise<Date> => new Date().toISOString() as unknown as Date;
}
class HasAStoppedClock extends SourceFrame {
  readonly #made = new Date();
  override now = async (): Promise<Date> => this.#made;
}

/** Faults of statements, binds, columns, values and the clock. */
export const executeMutants: readonly SourceMutant[] = [
  mutant('has an empty name', /has a name/, Nameless),
  mutant('gives names in capitals', /columns with their names/, UpperCasesNames),
  mutant('calls every column a text', /columns with their names/, CallsAllText),
  mutant('does not say what may be null', /columns with their names/, ForgetsNullable),
  mutant('drops zeros behind the point', /the wire text of its type/, DropsZeros),
  mutant('decodes numbers', /the wire text of its type/, DecodesNumbers),
  mutant('drops the offset of a time', /the wire text of its type/, DropsOffsets),
  mutant('leaves null values out of a row', /the wire text of its type/, DropsNullColumns),
  mutant('has one hash for all columns', /one columnsHash for one shape/, HashesNothing),
  mutant('has another hash each time', /one columnsHash for one shape/, HashesTheMoment),
  mutant('writes binds into the statement', /binds a text/, DoublesQuotes),
  mutant('trims texts', /binds a text/, TrimsTexts),
  mutant('takes an empty text for null', /binds null/, TakesEmptyForNull),
  mutant('binds null as a text', /binds null/, WritesNull),
  mutant('rounds numbers', /binds numbers/, RoundsNumbers),
  mutant('cuts numbers to 32 bits', /binds numbers/, CutsNumbers),
  mutant('binds false as null', /binds true and false/, KnowsNoFalse),
  mutant("takes the caller's binds away", /leaves a statement/, TakesBindsAway),
  mutant('counts a row too many', /how many rows/, CountsFromOne),
  mutant('does not count the rows', /how many rows/, CountsNothing),
  mutant('fails without rows', /for an empty result/, NeedsRows),
  mutant('gives a batch without rows', /for an empty result/, GivesAnEmptyBatch),
  mutant('gives the result of the same statement again', /query id of its own/, CachesByStatement),
  mutant('keeps one statement for all callers', /side by side/, KeepsOneStatement),
  mutant('refuses with a plain error', /refuses a wrong statement/, RefusesPlainly),
  mutant('asks to try a wrong statement again', /refuses a wrong statement/, RetriesRefused),
  mutant('calls a wrong statement a failure', /refuses a wrong statement/, FailsRefused),
  mutant('gives no hint', /refuses a wrong statement/, HintsNothing),
  mutant('fails after a refused statement', /goes on working after a refused/, StaysRefused),
  mutant('takes seconds for milliseconds', /within ten minutes/, TellsSeconds),
  mutant('tells the time of another zone', /within ten minutes/, TellsLocalTime),
  mutant('tells the time as a text', /within ten minutes/, TellsText),
  mutant('has a clock that stands still', /a clock that goes on/, HasAStoppedClock),
];
