import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { ExplainCode } from 'snowmelt';
import { root } from '../structure/source-files.js';

it('docs/explain.md has every code of an explanation, and no others', () => {
  // The compiler holds the keys to the union.
  const codes: Record<ExplainCode, true> = {
    disabled: true,
    'never-ran': true,
    'not-in-query': true,
    'outside-window': true,
    'run-unfinished': true,
    'run-failed': true,
    skipped: true,
    filtered: true,
    unchanged: true,
    rejected: true,
    changed: true,
    sent: true,
    'should-have-been-sent': true,
  };
  const page = readFileSync(join(root, 'docs', 'explain.md'), 'utf8');
  const answers = page.slice(page.indexOf('## The answers'), page.indexOf('## What it can look into'));
  expect([...answers.matchAll(/^\| `([a-z-]+)`/gm)].map(([, code]) => code)).toEqual(Object.keys(codes));
});
