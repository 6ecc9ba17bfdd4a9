import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SnowflakeSqlError, type RowType } from '../../../../src/testing/snowflake/sql/types/sql-engine.js';
import { CHECKLIST } from './checklist.js';
import { CONSTRUCTS, SEED, type Construct } from './constructs.js';
import { SqlSession } from './sql-session.js';

const DOCS = new URL('../../../../docs/testing.md', import.meta.url);
const [BEGIN, END] = [
  '<!-- sql constructs: written by a test run (UPDATE_DOCS=1) -->',
  '<!-- end of sql constructs -->',
];
/** Signs before the first letter do not count in the alphabet. */
const sortName = ({ name }: Construct): string => name.replace(/^[^\p{L}\p{N}]+(?=.*\p{L})/u, '');
const outcomes = new Map<Construct, 'pass' | 'partial' | 'not supported'>();
let session: SqlSession;

beforeAll(async () => {
  session = await SqlSession.open();
  for (const statement of SEED) await session.run(statement);
});
afterAll(async () => {
  await session.engine.close();
});

const typeOf = ({ type, precision, scale, length }: RowType): string => {
  if (type === 'fixed') return `fixed(${precision},${scale})`;
  if (type === 'text') return `text(${length})`;
  return type.startsWith('time') ? `${type}(${scale})` : type;
};

describe('constructs of Snowflake SQL', () => {
  it.each(CONSTRUCTS)('$name', async (construct) => {
    if (construct.rows === undefined) {
      const error = await session.run(construct.sql).then(
        () => undefined,
        (caught: unknown) => caught,
      );
      expect(error).toBeInstanceOf(SnowflakeSqlError);
      const wanted = construct.unsupported === true ? /^(000002|002140)$/ : new RegExp(construct.error ?? '');
      expect((error as SnowflakeSqlError).code).toMatch(wanted);
      outcomes.set(construct, construct.unsupported === true ? 'not supported' : 'pass');
      return;
    }
    const { rows, columns } = await session.run(construct.sql);
    expect(rows).toEqual(construct.rows);
    if (construct.columns !== undefined) expect(columns.map(({ name }) => name)).toEqual(construct.columns);
    if (construct.types !== undefined) expect(columns.map(typeOf)).toEqual(construct.types);
    outcomes.set(construct, construct.partial === undefined ? 'pass' : 'partial');
  });

  const byName = new Map(CONSTRUCTS.map((construct) => [construct.name, construct]));
  const outcomeOf = (name: string): string | undefined => {
    const construct = byName.get(name);
    return construct === undefined ? undefined : outcomes.get(construct);
  };
  const passed = (): number => CHECKLIST.filter((names) => names.every((name) => outcomeOf(name) === 'pass')).length;

  it('pass for at least 115 of the 122 items of the checklist, and fail with an error for the others', () => {
    expect(CHECKLIST).toHaveLength(122);
    expect(CHECKLIST.flat().filter((name) => !byName.has(name))).toEqual([]);
    expect(passed()).toBeGreaterThanOrEqual(115);
    expect(CHECKLIST.flat().filter((name) => outcomeOf(name) === undefined)).toEqual([]);
  });

  it('are listed in docs/testing.md as this run saw them', () => {
    const escape = (text: string): string => text.replaceAll('|', '\\|');
    const section = (title: string, kind: string): string[] => {
      const lines = CONSTRUCTS.filter((construct) => (outcomes.get(construct) ?? 'FAILED') === kind)
        .toSorted((one, other) => sortName(one).localeCompare(sortName(other), 'en'))
        .map((construct) => {
          const note = construct.partial ?? (construct.unsupported === true ? 'fails with an error that names it' : '');
          const item = CHECKLIST.findIndex((names) => names.includes(construct.name)) + 1;
          return `| ${escape(construct.name)} | ${item === 0 ? '' : item} | ${note} |`;
        });
      return lines.length === 0
        ? []
        : [`#### ${title}`, '', '| Construct | Item | Note |', '| --- | --- | --- |', ...lines, ''];
    };
    const count = (kind: string): number => CONSTRUCTS.filter((construct) => outcomes.get(construct) === kind).length;
    const summary = `${CONSTRUCTS.length} constructs: ${count('pass')} pass, ${count('partial')} partial, ${count('not supported')} not supported.`;
    const listed = `The column “Item” numbers the ${CHECKLIST.length} items of a checklist of what such queries are most often made of: ${passed()} of them pass.`;
    const table = [
      BEGIN,
      '',
      summary,
      listed,
      '',
      ...section('Refused', 'not supported'),
      ...section('With a difference', 'partial'),
      ...section('Failed', 'FAILED'),
      ...section('Works', 'pass'),
      END,
    ].join('\n');
    const docs = readFileSync(DOCS, 'utf8');
    const current = docs.slice(docs.indexOf(BEGIN), docs.indexOf(END) + END.length);
    if (process.env['UPDATE_DOCS'] === '1') {
      writeFileSync(
        DOCS,
        docs.replace(current, () => table),
      );
      return;
    }
    const squeeze = (text: string): string => text.replaceAll(/ +/g, ' ').replaceAll(/-{3,}/g, '---');
    expect(squeeze(current), 'run UPDATE_DOCS=1 npx vitest run test/testing/snowflake/sql/constructs.test.ts').toBe(
      squeeze(table),
    );
  });
});
