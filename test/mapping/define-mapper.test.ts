import type { StandardSchemaV1 } from '@standard-schema/spec';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { defineMapper, type Column, type Message } from 'snowmelt';

const columns: readonly Column[] = [
  { name: 'ID', type: 'fixed', nullable: false },
  { name: 'SEEN_AT', type: 'timestamp_ntz', nullable: true },
];
const values = ['7', '1700000000.5'];

describe('defineMapper', () => {
  it('hands out decoded rows under their column names', () => {
    const mapper = defineMapper((row) => ({ type: 'host', row }), { columnCase: 'camel', numbers: 'string' });
    expect(mapper.callType).toBe('custom');
    expect(mapper.bind(columns)(values, { row: 0 })).toStrictEqual({
      type: 'host',
      row: { id: '7', seenAt: '2023-11-14T22:13:20.5Z' },
    });
  });

  it('turns one row into several messages, or into none', () => {
    const mapper = defineMapper((row): Message[] | undefined =>
      row['id'] === 'skip'
        ? undefined
        : [
            { type: 'identify', userId: 'u' },
            { type: 'track', userId: 'u', event: 'e' },
          ],
    );
    expect(mapper.map({ id: 'x' })).toHaveLength(2);
    expect(mapper.map({ id: 'skip' })).toBeUndefined();
  });

  it('gives rows the type and the values of a Standard Schema', () => {
    const schema = z.object({ ID: z.number().transform(String), SEEN_AT: z.string() });
    const mapper = defineMapper(
      (row) => ({ type: 'identify', userId: row.ID, traits: { seen: row.SEEN_AT } }) as const,
      { schema },
    );
    expect(mapper.bind(columns)(values, { row: 0 })).toStrictEqual({
      type: 'identify',
      userId: '7',
      traits: { seen: '2023-11-14T22:13:20.5Z' },
    });
  });

  it('rejects a row that does not fit the schema, naming the column and no value', () => {
    const schema = z.object({ ID: z.literal(8, { error: (issue) => `not ${String(issue.input)}` }) });
    const mapper = defineMapper(() => undefined, { schema });
    expect(() => mapper.bind(columns)(values, { row: 3 })).toThrow(
      expect.objectContaining({
        code: 'MAPPING_ROW',
        message: 'Row 3, column ID: expected what the schema (zod) describes.',
        details: { row: 3, column: 'ID' },
      }),
    );
  });

  it('refuses a schema or a function that has to be waited for', () => {
    const schema: StandardSchemaV1<unknown, object> = {
      '~standard': { version: 1, vendor: 'slow', validate: () => Promise.reject(new Error('nobody waits')) },
    };
    expect(() => defineMapper(() => undefined, { schema }).map({})).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        message: expect.stringContaining('schema returned a promise'),
      }),
    );
    expect(() => defineMapper(async () => undefined).map({})).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        message: expect.stringContaining('function returned a promise'),
      }),
    );
  });

  it('checks messages of the six calls and leaves others alone', () => {
    const bad = () => ({ type: 'identify', userId: 7 });
    expect(() => defineMapper(bad).map({}, { row: 4 })).toThrow(
      expect.objectContaining({ code: 'MAPPING_ROW', details: { row: 4, column: 'userId' } }),
    );
    expect(() => defineMapper(() => [{ type: 'host' }, bad()]).map({})).toThrow(
      expect.objectContaining({ code: 'MAPPING_ROW' }),
    );
    expect(defineMapper(bad, { checkMessages: false }).map({})).toStrictEqual({ type: 'identify', userId: 7 });
    expect(defineMapper(() => 5n).map({})).toBe(5n);
  });

  it('has the key of the six calls, none for others, or its own', () => {
    const mapper = defineMapper((): unknown => undefined);
    expect(mapper.key?.({ type: 'identify', userId: 'u' })).toBe('u');
    expect(mapper.key?.({ type: 'host', userId: 'u' })).toBeUndefined();
    expect(defineMapper(() => ({ n: 1 }), { key: ({ n }) => String(n) }).key?.({ n: 2 })).toBe('2');
  });

  it("changes its fingerprint with the function's text", () => {
    expect(defineMapper(() => 1).fingerprint).not.toBe(defineMapper(() => 2).fingerprint);
    expect(defineMapper(() => 1, { fingerprint: 'v1' }).fingerprint).toBe('v1');
  });

  it.each<[string, () => unknown]>([
    ['no function', () => defineMapper('x' as never)],
    ['an unknown option', () => defineMapper(() => 1, { kye: 1 } as never)],
    ['a messageId option', () => defineMapper(() => 1, { messageId: { from: ['ID'] } } as never)],
    ['a schema that is none', () => defineMapper(() => 1, { schema: {} } as never)],
  ])('refuses %s', (_name, make) => {
    expect(make).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  });
});
