import { randomUUID } from 'node:crypto';
import type { BindValue, Column, Statement } from 'snowmelt';
import type { SourceUnderTest, TestSourceOptions } from 'snowmelt/testing';

/** A stored result. */
export interface Table {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly unknown[])[];
}

const column = (name: string, type: Column['type']): Column => ({ name, type, nullable: true });

const typed: NonNullable<Exclude<TestSourceOptions['types'], false>> = {
  statement: { sql: 'types', binds: [] },
  columns: [
    { name: 'keptScale', type: 'fixed', value: '1.50' },
    { name: 'nothing', type: 'text', value: null },
    { name: 'UPPER', type: 'timestamp_tz', value: '1700000000.000000000 1785' },
  ],
};

/** A server of statements in this process: `count`, `types`, `echo`, `slow`; all others are refused. */
export class Warehouse {
  readonly results = new Map<string, Table>();
  running = 0;

  async run({ sql, binds }: Statement, signal: AbortSignal, refuse: () => Error): Promise<string> {
    await new Promise((resolve) => setImmediate(resolve));
    const table = sql === 'slow' ? await this.wait(signal) : answer(sql, binds[0] ?? null);
    if (table === undefined) throw refuse();
    const queryId = randomUUID();
    this.results.set(queryId, table);
    return queryId;
  }

  get(queryId: string): Table | undefined {
    return this.results.get(queryId);
  }

  async wait(signal: AbortSignal): Promise<Table> {
    this.running += 1;
    try {
      await new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      });
    } finally {
      this.running -= 1;
    }
    return { columns: [], rows: [] };
  }
}

function answer(sql: string, bind: BindValue): Table | undefined {
  if (sql === 'count') {
    const rows = Array.from({ length: Number(bind) }, (_, index) => [String(index)]);
    return { columns: [column('N', 'fixed')], rows };
  }
  if (sql === 'types') {
    const { columns } = typed;
    return { columns: columns.map(({ name, type }) => column(name, type)), rows: [columns.map(({ value }) => value)] };
  }
  if (sql !== 'echo') return undefined;
  return { columns: [column('V', 'text')], rows: [[bind === null ? null : String(bind)]] };
}

/** The statements of a warehouse, as the suite takes them. */
export const statements: Pick<TestSourceOptions, 'counting' | 'types' | 'echo' | 'refused' | 'rows'> = {
  counting: (rowCount) => ({ sql: 'count', binds: [rowCount] }),
  types: typed,
  echo: (bind) => ({ sql: 'echo', binds: [bind] }),
  refused: { sql: 'wrong', binds: [] },
  rows: 50,
};

/** What a warehouse can be made to do. */
export function capabilitiesOf(warehouse: Warehouse): NonNullable<SourceUnderTest['capabilities']> {
  return {
    expire: (queryId) => void warehouse.results.delete(queryId),
    reorder: (queryId) => {
      const table = warehouse.get(queryId);
      if (table !== undefined) warehouse.results.set(queryId, { ...table, rows: table.rows.toReversed() });
    },
    slow: { statement: { sql: 'slow', binds: [] }, running: () => warehouse.running },
  };
}
