import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromAsyncIterable, QueryTemplate, SqlApiSource, toReadable, toReadableStream } from 'snowmelt';
import { startSnowflake, type EmbeddedSnowflake } from 'snowmelt/testing';

let snowflake: EmbeddedSnowflake;
let source: SqlApiSource;
beforeAll(async () => {
  snowflake = await startSnowflake({ resultChunkRows: 500 });
  source = new SqlApiSource(snowflake.connection());
});
afterAll(async () => {
  await source.close();
  await snowflake.close();
});

const query = new QueryTemplate(
  `SELECT SEQ4() AS "id", 19.99::NUMBER(5,2) AS "price", '2024-02-29'::DATE AS "day", PARSE_JSON('{"a":[1]}') AS "v" FROM TABLE(GENERATOR(ROWCOUNT => 3000)) WHERE {{last_sync_time:epoch}} = 7`,
);
const first = { price: 19.99, day: '2024-02-29', v: { a: [1] } };

describe('toReadable', () => {
  it('streams every row of a query with its values decoded', async () => {
    const rows: unknown[] = await toReadable(source, query, { lastSyncTime: 7 }).toArray();
    expect(rows).toHaveLength(3000);
    expect(rows[0]).toMatchObject(first);
  });

  it('is a web stream too, and a statement is enough', async () => {
    const rows: unknown[] = [];
    for await (const row of toReadableStream(source, query.render({ lastSyncTime: 7, syncTime: 0 }))) rows.push(row);
    expect(rows).toHaveLength(3000);
    expect(rows[0]).toMatchObject(first);
  });

  it('fails with the error of the source', async () => {
    const wrong = { sql: 'SELECT * FROM NOWHERE.PUBLIC.NOTHING', binds: [] };
    await expect(toReadable(source, wrong).toArray()).rejects.toMatchObject({ code: 'SOURCE_SQL' });
    await expect(toReadableStream(source, wrong).getReader().read()).rejects.toMatchObject({ code: 'SOURCE_SQL' });
  });

  it('reads no more rows than are taken, and stops the source when it is left', async () => {
    let made = 0;
    let stopped = 0;
    const endless = fromAsyncIterable(
      async function* () {
        try {
          for (;;) yield { id: made++ };
        } finally {
          stopped++;
        }
      },
      { columns: ['id'], batchRows: 10 },
    );
    const nothing = { sql: '', binds: [] };
    for await (const row of toReadable(endless, nothing)) if ((row as { id: number }).id === 25) break;
    const reader = toReadableStream(endless, nothing).getReader();
    await reader.read();
    await reader.cancel();
    expect(stopped).toBe(2);
    expect(made).toBeLessThan(60);
  });

  it('ends with the reason of its signal', async () => {
    const reason = new Error('enough');
    const signal = AbortSignal.abort(reason);
    await expect(toReadable(source, query, { signal }).toArray()).rejects.toBe(reason);
    await expect(toReadableStream(source, query, { signal }).getReader().read()).rejects.toBe(reason);
  });
});
