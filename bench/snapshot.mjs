// How long the merge of a result with its snapshot takes, and how much memory: `node bench/snapshot.mjs [rows]`.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'tsup';

const root = fileURLToPath(new URL('..', import.meta.url));
const rows = process.argv[2] ?? '10000000';
const folder = mkdtempSync(join(tmpdir(), 'snowmelt-snapshot-'));
try {
  await build({
    config: false,
    silent: true,
    entry: { merge: join(root, 'bench/snapshot/merge.ts') },
    outDir: join(folder, 'built'),
    format: 'esm',
    target: 'node20',
    noExternal: [/./],
    outExtension: () => ({ js: '.mjs' }),
  });
  const script = join(folder, 'built/merge.mjs');
  for (const [mode, phase] of [
    ['upsert', 'first'],
    ['upsert', 'merge'],
    ['mirror', 'first'],
    ['mirror', 'merge'],
  ]) {
    const args = [script, phase, mode, join(folder, mode), rows];
    console.log(execFileSync(process.execPath, args, { encoding: 'utf8' }).trim());
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
