import { StateError } from '../errors/errors.js';
import { SYNC_STATE_SCHEMA, syncStateSchema } from './sync-state.js';
import type { SyncState } from './sync-state.js';

type StoredRecord = Record<string, unknown>;

/** Moves a record one schema version up; the key is the version it starts from. */
const migrations: Readonly<Record<number, (record: StoredRecord) => StoredRecord>> = {
  // Version 1 kept one row number instead of settled ranges. Its open run starts again from the same
  // `last_sync_time`; rows settled before are sent again, none is lost.
  1: (record) => ({ ...record, schema: 2, run: undefined, lease: undefined }),
  // Version 2 knew neither when a backfill was noted nor what had run before: one that is called again begins anew.
  2: (record) => ({ ...record, schema: 3, lastToken: record['fencingToken'], backfills: ofUnknownAge(record) }),
};

function ofUnknownAge({ backfills }: StoredRecord): unknown {
  if (!Array.isArray(backfills)) return backfills;
  return (backfills as unknown[]).map((entry) => (typeof entry === 'object' ? { ...entry, notedAt: 0 } : entry));
}

function unreadable(key: string, where: string, reason: string, cause?: unknown): StateError {
  return new StateError('STATE_UNREADABLE', `The state of "${key}" in ${where} cannot be read: ${reason}.`, {
    hint: `Restore the record from a copy, or remove it to start from the beginning. It was left as it is.`,
    details: { key },
    cause,
  });
}

/**
 * Reads a stored record: checks its shape and brings an older one to the current schema.
 *
 * @param key the record's key, for the error
 * @param stored the parsed record, or its JSON text
 * @param where the place in the store, for the error
 * @throws StateError `STATE_UNREADABLE`
 */
export function parseSyncState(key: string, stored: unknown, where: string): SyncState {
  let record = stored;
  if (typeof stored === 'string') {
    try {
      record = JSON.parse(stored);
    } catch {
      // The parser's own message quotes the text.
      throw unreadable(key, where, 'it is not JSON');
    }
  }
  if (typeof record !== 'object' || record === null || Array.isArray(record)) {
    throw unreadable(key, where, 'it is not a JSON object');
  }
  let current = record as StoredRecord;
  const version = current['schema'];
  if (typeof version !== 'number' || !Number.isInteger(version))
    throw unreadable(key, where, 'it has no schema version');
  if (version > SYNC_STATE_SCHEMA) {
    throw unreadable(key, where, `it has schema version ${version}, made by a later release of snowmelt`);
  }
  for (let from = version; from < SYNC_STATE_SCHEMA; from++) {
    const migrate = migrations[from];
    if (migrate === undefined) throw unreadable(key, where, `it has the unknown schema version ${version}`);
    current = migrate(current);
  }
  const parsed = syncStateSchema.safeParse(current);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.slice(0, 3).map((issue) => `${issue.path.join('.')}: ${issue.code}`);
  throw unreadable(key, where, `it does not have the expected shape (${issues.join('; ')})`);
}
