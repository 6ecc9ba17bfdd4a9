import { describe, expect, it, vi } from 'vitest';
import { deliver, identify, SnowflakeSource } from 'snowmelt';
import { CallbackSink } from 'snowmelt/sinks';
import { startSnowflake } from 'snowmelt/testing';
import type { Driver, DriverColumn, DriverComplete } from '../../../src/source/snowflake/driver.js';
import { closing, counting, readAll, startPrepared } from '../start-prepared.js';

const other = vi.hoisted<{ columns: 'known' | 'lacking' | 'unmoved' }>(() => ({ columns: 'known' }));

/** A column as another version of the driver may have it: without the function, or not listening to a new one. */
function otherColumn(column: DriverColumn): DriverColumn {
  if (other.columns === 'known') return column;
  return new Proxy(column, {
    get: (target, key) =>
      key === '_getRowValue' && other.columns === 'lacking' ? undefined : (Reflect.get(target, key) as unknown),
    set: () => true,
  });
}

// The real driver, but for the one place where another version might differ.
vi.mock(import('../../../src/source/snowflake/load-driver.js'), async (original) => {
  const { loadDriver } = await original();
  const changed = (complete: DriverComplete): DriverComplete =>
    function (error, statement) {
      if (error == null) {
        const getColumns = statement.getColumns;
        statement.getColumns = () => getColumns()?.map(otherColumn);
      }
      complete.call(this, error, statement);
    };
  return {
    loadDriver: async (level): Promise<Driver> => {
      const driver = await loadDriver(level);
      return {
        configure: (options) => driver.configure(options),
        createConnection: (options) => {
          const connection = driver.createConnection(options);
          const execute = connection.execute.bind(connection);
          const fetchResult = connection.fetchResult.bind(connection);
          connection.execute = (call) => execute({ ...call, complete: changed(call.complete) });
          connection.fetchResult = (call) => fetchResult({ ...call, complete: changed(call.complete) });
          return connection;
        },
      };
    },
  };
});

const ROWS = 6000;
const WARNING = { code: 'ROWS_DECODED_BY_DRIVER', message: expect.stringContaining('several times slower') as string };

async function start(columns: typeof other.columns): Promise<SnowflakeSource> {
  other.columns = columns;
  return closing(new SnowflakeSource((await startPrepared()).connection()));
}

describe('a driver with other internals', () => {
  it.each(['lacking', 'unmoved'] as const)('gives the same rows, with a warning (%s)', async (columns) => {
    const source = await start(columns);
    const result = await counting(source, ROWS);
    expect(result.warnings).toEqual([]);
    expect(await readAll(result)).toBe(ROWS);
    expect(result.warnings).toEqual([WARNING]);
    // From then on no result is tried the other way.
    expect(await readAll(await counting(source, ROWS))).toBe(ROWS);
  });

  it.each(['lacking', 'unmoved'] as const)('gives every digit, from the first result on (%s)', async (columns) => {
    other.columns = columns;
    const snowflake = closing(await startSnowflake());
    const source = closing(new SnowflakeSource(snowflake.connection()));
    const sql = `SELECT '13:37:00.123456789'::TIME, '2023-11-14 22:13:20.123456789'::TIMESTAMP_NTZ, 1.50::NUMBER(5,2)`;
    const result = await source.execute({ sql, binds: [] });
    for await (const { rows } of result.read()) {
      expect(rows).toEqual([['49020.123456789', '1700000000.123456789', '1.50']]);
    }
    expect(result.warnings).toEqual([WARNING]);
  });

  it('is told by the report of a delivery', async () => {
    const rows = await (await start('lacking')).execute({ sql: 'SELECT ROWCOUNT => 10', binds: [] });
    const mapper = identify({ rename: { [rows.columns[0]?.name ?? '']: 'userId' } });
    const report = await deliver({ rows, mapper, sink: new CallbackSink(() => Promise.resolve()) });
    expect(report).toMatchObject({ status: 'completed', rowsDelivered: 10, warnings: [WARNING] });
  });

  it('is not supposed of one that has the known ones', async () => {
    const result = await counting(await start('known'), ROWS);
    expect(await readAll(result)).toBe(ROWS);
    expect(result.warnings).toEqual([]);
  });
});
