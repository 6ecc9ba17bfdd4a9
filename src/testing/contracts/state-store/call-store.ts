import { isSnowmeltError } from '../../../errors/errors.js';
import type { StateStore } from '../../../state/state-store.js';
import type { SyncState } from '../../../state/sync-state.js';
import { held, same } from '../rule.js';
import { shown } from '../shown.js';

/** The code that an action is refused with, or what happened instead. */
export async function outcomeOf(action: Promise<unknown>): Promise<string> {
  try {
    await action;
  } catch (error) {
    return isSnowmeltError(error) ? error.code : `${shown(error)} (no error of snowmelt)`;
  }
  return 'no error';
}

/** Holds an action to being refused because the record has another version. */
export async function conflicts(action: Promise<unknown>, what: string): Promise<void> {
  const outcome = await outcomeOf(action);
  held(outcome === 'STATE_CONFLICT', `${what} ended in ${outcome} instead of STATE_CONFLICT`);
}

/** Compared as JSON: a store may drop keys that are undefined. */
export function sameRecord(actual: unknown, expected: SyncState, what: string): void {
  held(actual !== undefined, `${what} nothing`);
  same(JSON.parse(JSON.stringify(actual)), JSON.parse(JSON.stringify(expected)), what);
}

/** Holds a store to having a record of this version and time, or none. */
export async function stores(
  store: StateStore,
  key: string,
  expected: { readonly version?: number; readonly lastSyncTime?: number } | undefined,
  when: string,
): Promise<void> {
  const read = await store.get(key);
  if (expected === undefined || read === undefined) {
    held(expected === read, `${when}, get gave ${read === undefined ? 'nothing' : 'a record'}`);
    return;
  }
  const found = { version: read.version, lastSyncTime: read.value.lastSyncTime };
  same(found, { ...found, ...expected }, `${when}, get gave`);
}
