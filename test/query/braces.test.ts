import { describe, expect, it } from 'vitest';
import type { ConfigError } from 'snowmelt';
import { identify, MemoryStateStore, QueryTemplate, SqlApiSource, Sync } from 'snowmelt';
import { recordingSink, startSnowflake } from 'snowmelt/testing';

function errorOf(sql: string): ConfigError {
  try {
    new QueryTemplate(sql);
  } catch (error) {
    return error as ConfigError;
  }
  throw new Error('the template was accepted');
}

describe('braces that are none of ours', () => {
  it.each([
    ["SELECT 'Dear {{customer.first_name}}' AS greeting", "'{' || '{customer.first_name}}'"],
    ["SELECT 'Dear {{ customer.first_name | upcase }}' AS greeting", "'{' || '{customer.first_name | upcase}}'"],
    ["SELECT 'Dear {{name}}' AS greeting", "'{' || '{name}}'"],
    ['SELECT $$Dear {{customer.first_name}}$$ AS greeting', "'{' || '{customer.first_name}}'"],
    ['SELECT NAME AS "{{customer.name}}" FROM people', "'{' || '{customer.name}}'"],
    ["SELECT * FROM {{ ref('people') }}", 'dbt'],
    ["SELECT * FROM {{ source('shop', 'people') }}", 'dbt'],
    ['{% set x = 1 %} SELECT 1', 'not rendered'],
    ['SELECT 1 {# a note #}', 'not rendered'],
    ['SELECT {{customer.first_name}} FROM people', 'letters, digits and _ only'],
    ['SELECT {{country}} FROM people', 'params: { name: value }'],
  ])('%s', (sql, hint) => {
    const error = errorOf(sql);
    expect(error).toMatchObject({ code: 'QUERY_TEMPLATE', hint: expect.stringContaining(hint) });
    if (/\{\{\s*customer/.test(sql) && hint.startsWith("'")) expect(error.hint).not.toContain('params');
  });

  it('written as the hint says, they reach the destination', async () => {
    const snowflake = await startSnowflake();
    const source = new SqlApiSource(snowflake.connection());
    const sink = recordingSink();
    const query = new QueryTemplate(`SELECT 'a' AS "userId", 'Dear ' || '{' || '{customer.first_name}}' AS "greeting"`);
    const sync = new Sync({ name: 's', source, query, mapper: identify(), sink, state: new MemoryStateStore() });
    (await sync.run()).throwIfFailed();
    expect(sink.messages).toMatchObject([{ traits: { greeting: 'Dear {{customer.first_name}}' } }]);
    await source.close();
    await snowflake.close();
  });
});
