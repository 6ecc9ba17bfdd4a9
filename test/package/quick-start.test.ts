import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { blocksOf, Newcomer } from './newcomer.js';

let newcomer: Newcomer;
beforeAll(async () => {
  newcomer = await Newcomer.arrive(
    `CREATE TABLE PEOPLE AS SELECT SEQ4() + 1 AS ID, 'person-' || ID || '@shop.example' AS EMAIL, 'pro' AS PLAN,
      DATEADD('hour', -1, SYSDATE()) AS LAST_UPDATED FROM TABLE(GENERATOR(ROWCOUNT => 50))`,
  );
}, 300_000);
afterAll(async () => newcomer.leave());

/** `node schedule.mjs` runs until it is ended. */
async function runSchedule(): Promise<void> {
  const child = spawn(process.execPath, ['schedule.mjs'], { cwd: newcomer.folder, env: newcomer.environment });
  let printed = '';
  await new Promise<void>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      printed += chunk.toString();
      if (/people: completed/.test(printed)) resolve();
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('exit', () => reject(new Error(printed)));
  });
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
}

it('docs/quick-start.md works word for word', { timeout: 240_000 }, async () => {
  const { collector } = newcomer;
  const printed: string[] = [];
  for (const block of blocksOf('quick-start.md')) {
    if (block.text.startsWith('node schedule.mjs')) await runSchedule();
    else printed.push(await newcomer.follow(block));
    if (block.language === 'sh' && block.text.includes('plan')) expect(collector.messages).toHaveLength(0);
  }
  const output = printed.join('\n');
  expect(output).toContain('nothing was sent');
  expect(output).toContain('people: completed: 50 rows delivered');
  expect(output).toMatch(/people: last_sync_time \d{10}/);
  expect(collector.messages).toHaveLength(50);
  expect(collector.messages[0]).toMatchObject({
    type: 'identify',
    userId: '1',
    traits: { email: 'person-1@shop.example', plan: 'pro' },
  });
});
