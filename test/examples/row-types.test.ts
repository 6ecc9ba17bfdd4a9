import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rowTypes } from 'snowmelt';
import { startSnowflake } from 'snowmelt/testing';
import { describe, expect, it } from 'vitest';
import { openPeople, people } from '../../examples/row-types/people.js';
import { shopSql } from '../../examples/shop.js';
import { readArguments } from '../../src/cli/arguments.js';
import { root } from '../structure/source-files.js';

const read = async (file: string): Promise<string> => readFile(join(root, 'examples/row-types', file), 'utf8');

describe('the example of row types', () => {
  it('has the types of its query', async () => {
    const snowflake = await startSnowflake({ databases: ['SHOP'], seedSql: shopSql });
    const { sync, source } = openPeople(snowflake.connection({ database: 'SHOP' }), { writeKey: 'none', region: 'us' });
    try {
      expect(String(await rowTypes(sync))).toBe(await read('snowmelt-rows.d.ts'));
    } finally {
      await source.close();
      await snowflake.close();
    }
  });

  it('maps a row of the type', () => {
    expect(people.map({ ID: 7, EMAIL: 'ada@shop.example', PLAN: 'pro' })).toEqual({
      type: 'identify',
      userId: '7',
      traits: { email: 'ada@shop.example', plan: 'PRO' },
    });
    expect(() => people.map({ ID: null, EMAIL: null, PLAN: null })).toThrow(
      expect.objectContaining({ code: 'MAPPING_ROW' }),
    );
  });

  it('has a step for CI with a command that is there', async () => {
    const commands = [...(await read('row-types.yml')).matchAll(/run: npx snowmelt (.*)/g)].map(
      ([, args = '']) => args,
    );
    expect(commands.map((args) => readArguments(args.split(' ')))).toMatchObject([
      { command: 'types', names: [], values: { check: true } },
    ]);
  });
});
