import { describe, expect, it } from 'vitest';
import { comparedColumns } from '../../src/query/compared-column.js';

const found = (query: string) =>
  comparedColumns(query).map(({ column, table, form }) => [column, table, form].map(String).join(' | '));

describe('the columns compared with {{last_sync_time}}', () => {
  it.each([
    ['SELECT ID FROM people WHERE LAST_UPDATED >= {{last_sync_time}}', 'LAST_UPDATED | people | '],
    ['select id from db.s."My Table" where "when" > {{ last_sync_time : epoch }};', '"when" | db.s."My Table" | epoch'],
    ['SELECT ID FROM people WHERE {{last_sync_time}} <= LAST_UPDATED', 'LAST_UPDATED | people | '],
    ["SELECT ID FROM people WHERE (A > 1 AND (L >= '{{last_sync_time:iso}}'))", 'L | people | iso'],
    ['SELECT ID FROM people WHERE L >= TO_TIMESTAMP_NTZ({{last_sync_time}})', 'L | people | function'],
    ['SELECT ID FROM people WHERE L BETWEEN {{last_sync_time}} AND {{sync_time}}', 'L | people | '],
    [
      "SELECT ID FROM people WHERE L >= {{last_sync_time:timestamp_ntz('Europe/Vienna')}}",
      "L | people | timestamp_ntz('Europe/Vienna')",
    ],
    ['SELECT * FROM a JOIN s.b AS x ON a.ID = x.ID WHERE x.L >= {{last_sync_time}}', 'x.L | s.b | '],
    ['SELECT * FROM (SELECT * FROM t WHERE L >= {{last_sync_time}}) u WHERE u.A > 1', 'L | t | '],
    ['WITH c AS (SELECT * FROM t WHERE L > {{last_sync_time}}) SELECT * FROM c', 'L | t | '],
    // Where it is not clear which table is meant, nothing is guessed.
    ['SELECT * FROM a JOIN b ON a.ID = b.ID WHERE L >= {{last_sync_time}}', 'L | undefined | '],
    ['WITH c AS (SELECT * FROM t) SELECT * FROM c WHERE L >= {{last_sync_time}}', 'L | undefined | '],
    ['SELECT * FROM (SELECT 1) u WHERE L >= {{last_sync_time}}', 'L | undefined | '],
    ['SELECT * FROM TABLE(F()) WHERE L >= {{last_sync_time}}', 'L | undefined | '],
  ])('%s', (query, column) => {
    expect(found(query)).toEqual([column]);
  });

  it.each([
    'SELECT * FROM t',
    'SELECT * FROM t WHERE DATEADD(day, 1, L) >= {{last_sync_time}}',
    'SELECT * FROM t WHERE L + 1 >= {{last_sync_time}} - 1',
    'SELECT * FROM t WHERE 1 + L >= {{last_sync_time}}',
    '-- L >= {{last_sync_time}}\nSELECT * FROM t WHERE L >= {{sync_time}}',
  ])('leaves expressions alone: %s', (query) => {
    expect(found(query)).toEqual([]);
  });
});
