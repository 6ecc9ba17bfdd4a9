import { randomBytes } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { codeOf } from '../../errors/code-of.js';
import { ConfigError } from '../../errors/errors.js';
import { shownPath } from '../../options/shown-name.js';
import { looksLikePlan } from '../../sync/apply/check-plan.js';
import type { PlanToken } from '../../sync/options/plan-token.js';

/**
 * Keeps the token of a plan in a file, in the place of an older one.
 *
 * @throws ConfigError `CONFIG_INVALID` when the file holds something else, which is left as it is
 */
export async function writePlan(path: string, token: PlanToken): Promise<void> {
  await refuseOtherFile(path);
  const beside = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await writeFile(beside, `${JSON.stringify(token, undefined, 2)}\n`, { flag: 'wx' });
    await rename(beside, path);
  } catch (cause) {
    await rm(beside, { force: true });
    throw new ConfigError(
      'CONFIG_INVALID',
      `The plan ${shownPath(path)} cannot be written (${codeOf(cause) ?? '?'}).`,
      {
        hint: 'Pass --out <file> in a folder that exists and may be written to.',
      },
    );
  }
}

/**
 * What a file of a plan holds.
 *
 * @throws ConfigError `PLAN_INVALID` when it cannot be read or is no JSON
 */
export async function readPlan(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new ConfigError('PLAN_INVALID', `The plan ${shownPath(path)} cannot be read (${codeOf(cause) ?? '?'}).`, {
      hint: 'Make one first: snowmelt plan <sync> --out plan.json',
    });
  }
  const found = parsed(text);
  if (found !== undefined) return found;
  throw new ConfigError('PLAN_INVALID', `The plan ${shownPath(path)} is not JSON.`, {
    hint: 'Make it anew: snowmelt plan <sync> --out plan.json',
  });
}

async function refuseOtherFile(path: string): Promise<void> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    // Whatever else is wrong with the place is told when the plan is written there.
    if (codeOf(error) !== 'EISDIR') return;
    text = '';
  }
  if (looksLikePlan(parsed(text))) return;
  throw new ConfigError('CONFIG_INVALID', `${shownPath(path)} exists and is no plan; it was left as it is.`, {
    hint: 'Pass another name: --out plan.json.',
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
