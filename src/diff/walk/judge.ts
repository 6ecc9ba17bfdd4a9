import type { RecordedEntry } from '../level/pending-chunk.js';
import type { SnapshotCursor } from '../merge/snapshot-cursor.js';
import { isSame16 } from '../segment/compare-keys.js';
import { ABSENT, ACCEPTED, LEFT_OUT, PARTLY, REJECTED, SKIPPED } from '../segment/flags.js';
import type { ChangesMode, RowOutcome, Verdict, WalkRow } from './verdict.js';

/** What a row is judged by. */
export interface JudgeOptions {
  readonly mode: ChangesMode;
  /** Whether the level is to be the whole snapshot, so that unchanged keys are written too. */
  readonly writesAll: boolean;
  /** Whether every row is delivered, whatever the snapshot says. */
  readonly resend: boolean;
}

/** A verdict and the entry that goes with it. */
export interface Judgement {
  readonly is: Exclude<Verdict['is'], 'duplicate' | 'rejected'>;
  readonly entry?: RecordedEntry;
}

/** Judges the row of a key. @param old - a cursor at the key's entry; `undefined` when the snapshot has none */
export function judge(
  row: WalkRow,
  key: Uint8Array,
  old: SnapshotCursor | undefined,
  options: JudgeOptions,
): Judgement {
  const isEqual = old !== undefined && isSame16(old.hashes, old.hashAt, row.hash, 0);
  if (row.skipped === true) return judgeSkipped(row, key, old, isEqual, options);
  const wasAccepted = old !== undefined && (old.flags & ACCEPTED) !== 0;
  const isFormer = !isEqual && hasFormerHash(row, old);
  const isKnown = isEqual || isFormer || (options.mode === 'append' && wasAccepted);
  if (options.resend || !isKnown || old === undefined) {
    return { is: wasAccepted ? 'changed' : 'added', entry: entryOf(row, key, old, 0, true) };
  }
  const lacksText = row.text !== undefined && old.text === undefined;
  if (!options.writesAll && !isFormer && !lacksText) return UNCHANGED;
  const kept = entryOf(row, key, old, old.flags, false);
  // What was appended once keeps the hash of what was sent.
  const isNewer = isEqual || isFormer;
  return { is: 'unchanged', entry: isNewer ? kept : { ...kept, hashes: old.hashes, hashAt: old.hashAt } };
}

const UNCHANGED: Judgement = { is: 'unchanged' };

/** A row without messages: where something was sent before, a mirror removes it. */
function judgeSkipped(
  row: WalkRow,
  key: Uint8Array,
  old: SnapshotCursor | undefined,
  isEqual: boolean,
  { mode, writesAll }: JudgeOptions,
): Judgement {
  const oldFlags = old?.flags ?? 0;
  const entry = entryOf(row, key, old, SKIPPED | (oldFlags & ACCEPTED), false);
  if (mode === 'mirror' && entry.wasAccepted && entry.text !== undefined) {
    return { is: 'skipped', entry: { ...entry, flags: entry.flags | ABSENT | LEFT_OUT } };
  }
  const isKnown = isEqual && (oldFlags & SKIPPED) !== 0;
  return isKnown && !writesAll ? { is: 'skipped' } : { is: 'skipped', entry };
}

function hasFormerHash({ formerHash }: WalkRow, old: SnapshotCursor | undefined): boolean {
  return old !== undefined && formerHash !== undefined && isSame16(old.hashes, old.hashAt, formerHash, 0);
}

function entryOf(
  row: WalkRow,
  key: Uint8Array,
  old: SnapshotCursor | undefined,
  flags: number,
  isOpen: boolean,
): RecordedEntry {
  return {
    row: row.row,
    keys: key,
    keyAt: 0,
    hashes: row.hash,
    hashAt: 0,
    flags,
    text: row.text?.() ?? old?.text,
    wasAccepted: old !== undefined && (old.flags & ACCEPTED) !== 0,
    isOpen,
  };
}

/** The entry that stays as it is, where its rows are rejected for having one key. */
export function keptEntry(row: number, old: SnapshotCursor): RecordedEntry {
  const { keys, keyAt, hashes, hashAt, flags, text } = old;
  const wasAccepted = (flags & ACCEPTED) !== 0;
  return { row, keys, keyAt, hashes, hashAt, flags, text, wasAccepted, isOpen: false };
}

/** The flags of an entry by what became of its row. A key that was accepted once stays so. */
export function flagsAfter(outcome: RowOutcome, wasAccepted: boolean): number {
  const sticky = wasAccepted ? ACCEPTED : 0;
  switch (outcome) {
    case 'accepted':
      return ACCEPTED;
    case 'partly':
      return ACCEPTED | REJECTED | PARTLY;
    case 'rejected':
      return REJECTED | sticky;
    case 'skipped':
      return SKIPPED | sticky;
  }
}
