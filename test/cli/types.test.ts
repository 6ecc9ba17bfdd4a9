import { mkdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startSnowflake, type EmbeddedSnowflake } from 'snowmelt/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildPackage, runNode, type Outcome, type UserFolder } from './build-package.js';

let folder: UserFolder;
let snowflake: EmbeddedSnowflake;

const CONFIG = `
import { defineMapper, identify, MemoryStateStore, QueryTemplate, SqlApiSource, Sync } from 'snowmelt';
import { CallbackSink } from 'snowmelt/sinks';

export const source = new SqlApiSource(JSON.parse(process.env.CONNECTION));
const shared = { source, sink: new CallbackSink(async () => undefined), state: new MemoryStateStore() };
const people = defineMapper((row) => ({ type: 'identify', userId: String(row.ID) }));
export const syncs = [
  new Sync({ ...shared, name: 'people', query: new QueryTemplate('SELECT * FROM people'), mapper: people }),
  new Sync({ ...shared, name: 'emails', query: new QueryTemplate('SELECT ID AS "userId", EMAIL AS "email" FROM people'), mapper: identify() }),
  ...(process.env.BROKEN ? [
    new Sync({ ...shared, name: 'broken', query: new QueryTemplate('SELECT * FROM nowhere'), mapper: people }),
    new Sync({ ...shared, name: 'shown', query: new QueryTemplate('SHOW TABLES'), mapper: people }),
  ] : []),
];
`;

const snowmelt = async (args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> =>
  runNode([folder.cli, ...args], folder.path, {
    ...process.env,
    CONNECTION: JSON.stringify(snowflake.connection({ database: 'SHOP' })),
    ...env,
  });
const file = (name = 'snowmelt-rows.d.ts'): string => join(folder.path, name);

beforeAll(async () => {
  [folder, snowflake] = await Promise.all([buildPackage(), startSnowflake({ databases: ['SHOP'] })]);
  await writeFile(file('snowmelt.config.mjs'), CONFIG);
}, 300_000);
afterAll(async () => {
  await Promise.all([folder.remove(), snowflake.close()]);
});
beforeEach(async () => {
  await rm(file(), { force: true });
  await snowflake.query(
    'CREATE OR REPLACE TABLE SHOP.PUBLIC.PEOPLE (ID NUMBER(38,0) NOT NULL, EMAIL VARCHAR, AGE NUMBER(3,0))',
  );
});

describe('snowmelt types', { timeout: 240_000 }, () => {
  it('writes the types of all syncs, and leaves them alone when they are up to date', async () => {
    const first = await snowmelt(['types']);
    expect(first).toEqual({
      code: 0,
      stdout: 'snowmelt-rows.d.ts is written:\n  EmailsRow: 2 columns\n  PeopleRow: 3 columns\n',
      stderr: '',
    });
    const text = await readFile(file(), 'utf8');
    expect(text).toContain('export type PeopleRow = {\n  /** NUMBER(38,0) NOT NULL */ readonly ID: number | string;\n');
    const past = new Date('2020-01-01');
    // As a formatter leaves it.
    await writeFile(file(), text.replaceAll("'", '"'));
    await utimes(file(), past, past);
    const second = await snowmelt(['types', '--json']);
    expect(JSON.parse(second.stdout)).toMatchObject({
      out: 'snowmelt-rows.d.ts',
      written: false,
      differences: [],
      types: [
        { sync: 'emails', name: 'EmailsRow' },
        { sync: 'people', fields: [{ name: 'ID', type: 'number | string' }, {}, {}] },
      ],
    });
    expect((await stat(file())).mtime).toEqual(past);
    expect(await snowmelt(['types', '--check'])).toEqual({
      code: 0,
      stdout: 'snowmelt-rows.d.ts is up to date.\n',
      stderr: '',
    });
  });

  it('with --check ends with 1, tells what is otherwise, and writes nothing', async () => {
    expect((await snowmelt(['types'])).code).toBe(0);
    const text = await readFile(file(), 'utf8');
    await snowflake.query(`ALTER TABLE SHOP.PUBLIC.PEOPLE RENAME COLUMN AGE TO YEARS;
      ALTER TABLE SHOP.PUBLIC.PEOPLE ADD COLUMN PLAN VARCHAR`);
    const { code, stdout, stderr } = await snowmelt(['types', '--check']);
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(stdout).toBe(
      [
        'people: column "AGE" is gone.',
        'people: column "YEARS" is new: number | null (NUMBER(3,0)).',
        'people: column "PLAN" is new: string | null (VARCHAR).',
        'snowmelt-rows.d.ts is out of date. To write it again: snowmelt types\n',
      ].join('\n'),
    );
    expect(await readFile(file(), 'utf8')).toBe(text);
    await snowflake.query('ALTER TABLE SHOP.PUBLIC.PEOPLE DROP COLUMN PLAN');
    const renamed = await snowmelt(['types', '--check', '--json']);
    expect(renamed.code).toBe(1);
    expect(JSON.parse(renamed.stdout)).toEqual({
      out: 'snowmelt-rows.d.ts',
      current: false,
      differences: [
        {
          kind: 'column-renamed',
          sync: 'people',
          column: 'AGE',
          message: 'people: column "AGE" is named "YEARS" now.',
        },
      ],
    });
    expect((await snowmelt(['types'])).code).toBe(0);
    expect((await snowmelt(['types', '--check'])).code).toBe(0);
  });

  it('with --check ends with 1 when there is no file', async () => {
    const { code, stdout } = await snowmelt(['types', 'people', '--check', '--out', 'people.d.ts']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^There is no people\.d\.ts in .*\n.*: snowmelt types people --out people\.d\.ts\n$/);
  });

  it('writes the types of the named syncs into the named file', async () => {
    await mkdir(file('src'), { recursive: true });
    expect((await snowmelt(['types', 'people', '--out', 'src/rows.ts'])).code).toBe(0);
    const text = await readFile(file('src/rows.ts'), 'utf8');
    expect(text.match(/export type \w+/g)).toEqual(['export type PeopleRow']);
    await expect(stat(file())).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('looks at every sync, and writes nothing when one cannot be described', async () => {
    const { code, stdout, stderr } = await snowmelt(['types'], { BROKEN: '1' });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/SOURCE_SQL: Sync "broken": .*NOWHERE/);
    expect(stderr).toContain('CONFIG_INVALID: Sync "shown": the query cannot be described without running it.');
    expect(stderr).toMatch(/Nothing was written to snowmelt-rows\.d\.ts\.\n$/);
    await expect(stat(file())).rejects.toMatchObject({ code: 'ENOENT' });
    const asJson = await snowmelt(['types', '--check', '--json'], { BROKEN: '1' });
    expect(asJson.code).toBe(1);
    expect(
      asJson.stdout
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as { sync: string; error: { code: string } }).error.code),
    ).toEqual(['SOURCE_SQL', 'CONFIG_INVALID']);
  });

  it.each<[string, string[], RegExp]>([
    [
      'a file that is another one',
      ['--out', 'mine.ts'],
      /mine\.ts is there and is not as snowmelt types wrote it\.\nIt is not written over/,
    ],
    [
      'a folder that is not there',
      ['--out', 'no/where/rows.d.ts'],
      /cannot be written \(ENOENT\)\.\nMake its folder: mkdir -p no\/where/,
    ],
    ['a folder', ['--out', 'folder.ts'], /folder\.ts cannot be read \(EISDIR\)/],
    ['a file of another language', ['--out', 'rows.json'], /--out rows\.json is no file of TypeScript/],
    ['the home of another', ['--out', '~nobody/rows.d.ts'], /--out begins with ~ and a name/],
    ['an option of another command', ['--limit', '5'], /snowmelt types has no option --limit/],
    ['a sync that is not there', ['nobody'], /There is no sync "nobody"/],
  ])('refuses %s', async (_what, args, said) => {
    await writeFile(file('mine.ts'), 'export const mine = 1;\n');
    await mkdir(file('folder.ts'), { recursive: true });
    const { code, stderr } = await snowmelt(['types', ...args]);
    expect(stderr).toMatch(said);
    expect(code).toBe(2);
    expect(await readFile(file('mine.ts'), 'utf8')).toBe('export const mine = 1;\n');
  });
});
