import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { startSnowflake, type EmbeddedSnowflake } from 'snowmelt/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildExamples } from './build-examples.js';

const rows = 5_000;
// Row 0 has the values that are easily spoiled; the others make more output than a pipe holds.
const seedSql = `
  CREATE TABLE EVENTS (ID NUMBER(38, 0), PERSON_ID NUMBER(38, 0), EVENT VARCHAR, TOTAL NUMBER(38, 10), CREATED_AT TIMESTAMP_TZ(9));
  INSERT INTO EVENTS VALUES
    (12345678901234567890123456789012345678, 9007199254740993, 'Zahlung "ü" ' || CHR(10) || '雪', 1234567890123456789.0123456789, '2024-02-29 13:37:00.123456789 +05:30'),
    (1, NULL, NULL, NULL, '2024-03-01 00:00:00 +00:00');
  INSERT INTO EVENTS SELECT SEQ4() + 2, SEQ4(), 'Bought', 1.5, '2024-03-02 00:00:00 +00:00' FROM TABLE(GENERATOR(ROWCOUNT => ${rows - 2}));`;

interface SingerMessage {
  readonly type: string;
  readonly stream?: string;
  readonly schema?: { readonly properties: Readonly<Record<string, { readonly type: string | readonly string[] }>> };
  readonly key_properties?: readonly string[];
  readonly record?: Readonly<Record<string, unknown>>;
  readonly value?: { readonly last_sync_time: number };
}

let snowflake: EmbeddedSnowflake;
let folder: string;
let main: string;

beforeAll(async () => {
  snowflake = await startSnowflake({ databases: ['SHOP'], seedSql, resultChunkRows: 500 });
  folder = await mkdtemp(join(tmpdir(), 'snowmelt-singer-'));
  await writeFile(join(folder, 'config.json'), JSON.stringify(snowflake.connection({ database: 'SHOP' })));
  main = join(await buildExamples('examples-singer-test'), 'singer', 'main.js');
});
afterAll(async () => {
  await snowflake.close();
  await rm(folder, { recursive: true, force: true });
});

/** Starts the tap as a Singer runner does: with a config, and the last STATE where there is one. */
async function startTap(state?: object) {
  const args = [main, '--config', join(folder, 'config.json')];
  if (state !== undefined) {
    await writeFile(join(folder, 'state.json'), JSON.stringify(state));
    args.push('--state', join(folder, 'state.json'));
  }
  const child = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  return { child, said: text(child.stderr), ended: once(child, 'exit') as Promise<[code: number | null]> };
}

async function runTap(state?: object): Promise<readonly SingerMessage[]> {
  const { child, said, ended } = await startTap(state);
  const output = await text(child.stdout);
  expect([await said, ...(await ended)]).toEqual(['', 0, null]);
  expect(output.endsWith('\n')).toBe(true);
  return output
    .slice(0, -1)
    .split('\n')
    .map((line) => JSON.parse(line) as SingerMessage);
}

describe('the Singer tap', { timeout: 240_000 }, () => {
  it('writes the schema, then each row with its exact values, then the state', async () => {
    const before = Math.floor(Date.now() / 1000);
    const messages = await runTap();
    expect(messages.map(({ type }) => type)).toEqual(['SCHEMA', ...Array<string>(rows).fill('RECORD'), 'STATE']);
    const [schema, ...others] = messages;
    expect(Object.keys(schema!).sort()).toEqual(['key_properties', 'schema', 'stream', 'type']);
    expect(schema?.key_properties).toEqual(['id']);
    const records = others.slice(0, -1);
    expect(new Set(records.map(({ stream }) => stream))).toEqual(new Set([schema?.stream]));
    const byId = new Map(records.map(({ record }) => [record?.['id'], record]));
    expect(byId.size).toBe(rows);
    expect(byId.get('12345678901234567890123456789012345678')).toEqual({
      id: '12345678901234567890123456789012345678',
      event: 'Zahlung "ü" \n雪',
      total: '1234567890123456789.0123456789',
      created_at: '2024-02-29T13:37:00.123456789+05:30',
      person: { id: '9007199254740993' },
    });
    expect(byId.get('1')).toEqual({
      id: '1',
      event: null,
      total: null,
      created_at: '2024-03-01T00:00:00+00:00',
      person: { id: null },
    });
    const { last_sync_time: lastSyncTime } = messages.at(-1)!.value!;
    expect(messages.at(-1)).toEqual({ type: 'STATE', value: { last_sync_time: lastSyncTime } });
    expect(lastSyncTime).toBeGreaterThanOrEqual(before);
    expect(lastSyncTime).toBeLessThanOrEqual(Date.now() / 1000);
  });

  it('describes every property of a record, and gives values of the types it describes', async () => {
    const [schema, ...others] = await runTap();
    const { properties } = schema!.schema!;
    const kind = (value: unknown): string => (value === null ? 'null' : typeof value);
    for (const { record } of others.filter(({ type }) => type === 'RECORD')) {
      expect(Object.keys(record!)).toEqual(Object.keys(properties));
      for (const [name, { type }] of Object.entries(properties)) expect([type].flat()).toContain(kind(record![name]));
    }
    expect(Object.keys(properties)).toEqual(expect.arrayContaining([...schema!.key_properties!]));
  });

  it('writes no RECORD when nothing changed since the STATE that it is given, and then only what did', async () => {
    const state = (await runTap()).at(-1)!.value!;
    const again = await runTap(state);
    expect(again.map(({ type }) => type)).toEqual(['SCHEMA', 'STATE']);
    const next = again.at(-1)!.value!;
    expect(next.last_sync_time).toBeGreaterThanOrEqual(state.last_sync_time);
    await snowflake.query(`UPDATE SHOP.PUBLIC.EVENTS SET CREATED_AT = SYSDATE() WHERE ID = 7`);
    const changed = (await runTap(next)).filter(({ type }) => type === 'RECORD');
    expect(changed.map(({ record }) => record?.['id'])).toEqual(['7']);
    await snowflake.query(`UPDATE SHOP.PUBLIC.EVENTS SET CREATED_AT = '2024-03-02 00:00:00 +00:00' WHERE ID = 7`);
  });

  it('ends with one line when its target dies, and has written no STATE', async () => {
    const { child, said, ended } = await startTap();
    const read: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      read.push(line);
      if (read.length === 10) break;
    }
    child.stdout.destroy();
    expect(await ended).toEqual([1, null]);
    expect(await said).toBe('The target ended before all rows were written.\n');
    expect(read.map((line) => (JSON.parse(line) as SingerMessage).type)).not.toContain('STATE');
  });

  it('waits for a slow target, and loses nothing', async () => {
    const { child, said, ended } = await startTap();
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    // It waits with the pipe full.
    expect(child.exitCode).toBeNull();
    const lines = (await text(child.stdout)).trimEnd().split('\n');
    expect(lines).toHaveLength(rows + 2);
    expect([await said, ...(await ended)]).toEqual(['', 0, null]);
  });

  it('writes no STATE when the result is lost in the middle, and says why', async () => {
    const { child, said, ended } = await startTap();
    const types: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      types.push((JSON.parse(line) as SingerMessage).type);
      if (types.length === 10) snowflake.faults.expireResults();
    }
    expect(types.length).toBeLessThan(rows);
    expect(types).not.toContain('STATE');
    expect(await ended).toEqual([1, null]);
    expect(await said).toContain('RESULT_EXPIRED');
  });
});
