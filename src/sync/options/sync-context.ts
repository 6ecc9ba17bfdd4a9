import { createHash } from 'node:crypto';
import type { Clock } from '../record/clock.js';
import type { ProcessIdentity } from '../record/process-identity.js';
import { RecordClient } from '../record/record-client.js';
import type { Patience } from '../../async/patiently.js';
import type { SyncEmitter } from '../journal/sync-emitter.js';
import type { SyncSettings } from './sync-settings.js';

/** Key of an option that only the tests of the state machine set. */
export const SURROUNDINGS = Symbol('surroundings');

/** Under which a sync keeps its parts for the rest of the package, whichever build of it made the sync. */
const CONTEXT = Symbol.for('snowmelt.sync-context');

/** Lets other parts of the package find the parts of a sync. */
export function shareContext<M>(sync: object, context: SyncContext<M>): void {
  Object.defineProperty(sync, CONTEXT, { value: context });
}

/** The parts of a sync; `undefined` when the value is no sync. */
export function contextOf<M>(sync: object): SyncContext<M> | undefined {
  return Reflect.get(sync, CONTEXT) as SyncContext<M> | undefined;
}

/** What a sync takes from its surroundings. */
export interface SyncSurroundings {
  readonly clock: Clock;
  readonly identity: ProcessIdentity;
  /** @default from the lease's ttl */
  readonly patience?: Patience | undefined;
}

/** What all parts of a sync share. */
export interface SyncContext<M> extends SyncSurroundings {
  readonly settings: SyncSettings<M>;
  readonly emitter: SyncEmitter;
  readonly fingerprints: { readonly query: string; readonly mapper: string };
  /** The sync's own record. */
  readonly record: RecordClient;
}

/** Puts the shared parts together. */
export function syncContext<M>(
  settings: SyncSettings<M>,
  emitter: SyncEmitter,
  { clock, identity, patience }: SyncSurroundings,
): SyncContext<M> {
  const { name, state, query, mapper, ttlMs } = settings;
  const most = patience ?? { callMs: ttlMs / 3, totalMs: ttlMs };
  const digest = (text: string): string => createHash('sha256').update(text).digest('base64url').slice(0, 22);
  return {
    settings,
    emitter,
    clock,
    identity,
    fingerprints: { query: query?.fingerprint ?? 'none', mapper: digest(mapper.fingerprint ?? mapper.callType) },
    record: new RecordClient(state, name, most, ({ code, message }) => {
      settings.logger?.warn({ sync: name, code }, message);
      emitter.emit('warning', { sync: name, runId: undefined, code, message, count: 1 });
    }),
  };
}
