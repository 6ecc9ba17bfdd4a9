// The long forms of the tests in test/faults. `node test/soak.mjs <file>` runs one of them; SEED repeats a failure.
import { spawn } from 'node:child_process';

const files = process.argv.slice(2);
const child = spawn('npx', ['vitest', 'run', '--project', 'source', ...(files.length > 0 ? files : ['test/faults'])], {
  stdio: 'inherit',
  env: { ...process.env, SOAK: '1' },
});
child.on('close', (code) => (process.exitCode = code ?? 1));
