import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { blocksOf, Newcomer } from './newcomer.js';

let newcomer: Newcomer;
beforeAll(async () => {
  newcomer = await Newcomer.arrive(
    `CREATE TABLE PEOPLE (ID NUMBER(38, 0), EMAIL VARCHAR, PLAN VARCHAR);
     INSERT INTO PEOPLE VALUES (1, 'ada@shop.example', 'pro'), (2, 'bob@shop.example', 'pro'),
       (2, 'bob@other.example', 'pro'), (3, 'cleo@shop.example', 'internal')`,
  );
}, 300_000);
afterAll(async () => newcomer.leave());

it('docs/explain.md works word for word, from an empty folder', { timeout: 240_000 }, async () => {
  const { collector, folder } = newcomer;
  const blocks = blocksOf('explain.md');
  // The walk begins in an empty folder; what stands before it shows the command.
  const start = blocks.findIndex(({ text }) => text.includes('npm init'));
  const printed: string[] = [];
  for (const block of blocks.slice(start)) {
    if (block.language === 'ts') break;
    const before = collector.messages.length;
    printed.push(await newcomer.follow(block));
    const sends = block.text.includes('snowmelt run') ? before === 0 : false;
    expect(collector.messages.length > before, block.text).toBe(sends);
  }
  expect(collector.messages.map(({ userId }) => userId)).toEqual(['1']);
  expect(await readFile(join(folder, 'snowmelt-rows.d.ts'), 'utf8')).toContain('userId: number | string');
  const output = printed.join('\n');
  expect(output).toContain('snowmelt run people --plan plan.json');
  const answers = [...output.matchAll(/^people userId=(\d+): (.*)$/gm)].map(([, id, said]) => `${id} ${said}`);
  expect(answers).toEqual(['1 sent', '1 unchanged', '2 2 rows', '3 filtered', '999 not-in-query']);
  expect(output).toMatch(/Row 1: rejected\n {2}It was rejected in run [\w-]+: DUPLICATE_KEY[\s\S]*Row 2: rejected/);
  expect(output).toContain('A filter leaves its messages out');
  expect(output).toMatch(/Sent in run [\w-]+ at \d{4}-/);
});
