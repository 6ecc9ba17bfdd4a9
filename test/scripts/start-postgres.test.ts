import { execFile } from 'node:child_process';
import { expect, it } from 'vitest';
import { root } from '../structure/source-files.js';

/** The exit code of a program. */
function exitCode(program: string): Promise<unknown> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, ['--input-type=module', '-e', program], { cwd: root });
    child.on('exit', (code, signal) => resolve(code ?? signal));
  });
}

it.each([0, 1, 3])('a process that had a PostgreSQL server ends with its own exit code, %i', async (code) => {
  const program = `
    import { startPostgres } from './scripts/start-postgres.mjs';
    const { stop } = await startPostgres();
    await stop();
    process.exitCode = ${code};`;
  expect(await exitCode(program)).toBe(code);
});
