import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { codeOf } from '../../errors/code-of.js';

/** Name of the n-th full file: `rows.ndjson.gz` gives `rows.1.ndjson.gz`. */
export function rotatedName(path: string, number: number): string {
  const [stem, ending] = parts(basename(path));
  return join(dirname(path), `${stem}.${number}${ending}`);
}

/** Numbers of the full files beside a path, ascending. */
export async function rotatedNumbers(path: string): Promise<number[]> {
  const [stem, ending] = parts(basename(path));
  const names = await readdir(dirname(path)).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  });
  return names
    .filter((name) => name.startsWith(`${stem}.`) && name.endsWith(ending))
    .map((name) => name.slice(stem.length + 1, name.length - ending.length))
    .filter((middle) => /^[1-9]\d*$/.test(middle))
    .map(Number)
    .sort((a, b) => a - b);
}

function parts(name: string): [string, string] {
  const found = /^(.+?)((?:\.(?:ndjson|jsonl|json|txt|log))?(?:\.gz)?)$/.exec(name);
  return found === null ? [name, ''] : [found[1] ?? name, found[2] ?? ''];
}
