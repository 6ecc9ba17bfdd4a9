import type { LevelRef } from '../../src/state/snapshot-refs.js';
import type { Lease, RowRange, RunSummary, StoredRun, StoredSnapshot, SyncState } from '../../src/state/sync-state.js';
import { shapeOf, type Shape } from './shapes.js';

/** All that a record says, in short. */
export interface Facts {
  readonly is: Shape;
  readonly lease: string;
  readonly token: number;
  /** The highest token that anybody was given. */
  readonly lastToken: number;
  readonly lastSyncTime: number;
  /** Fingerprints of the last completed run. */
  readonly prints: string;
  readonly run: string;
  readonly range: string;
  readonly settled: string;
  readonly claimed: string;
  /** The row to compare when the result is read again. */
  readonly check: number | undefined;
  readonly failure: string | undefined;
  /** Entries that the run has written of the snapshot. */
  readonly written: string;
  /** How many removals may go and are settled, and why the others may not. */
  readonly removals: string;
  /** How many removals were reviewed, where it applies a plan. */
  readonly plan: string;
  /** Its manifest, and the entries of the levels that came since. */
  readonly snapshot: string;
  readonly history: string;
  readonly backfills: string;
}

function leaseText({ holder, expiresAt, ttlMs, shared, begun }: Lease): string {
  const by = begun === undefined ? '' : ` by ${begun.id} from ${begun.firstRow}`;
  return `${holder} until ${expiresAt} ttl ${ttlMs}${shared === true ? ' shared' : ''}${by}`;
}

function rows(ranges: readonly RowRange[]): string {
  return ranges.map(({ from, to }) => `${from}-${to}`).join(' ');
}

function ended({ runId, status, reason, counts, begun }: RunSummary): string {
  const by = begun && `by ${begun.id} from ${begun.firstRow} of ${begun.ref.queryId} token ${begun.fencingToken}`;
  return [runId, status, reason, counts?.read, by].filter((word) => word !== undefined).join(' ');
}

function entries({ count, abandoned, sending }: LevelRef): string {
  const onItsWay = sending === undefined ? '' : ` and ${sending.count} on their way`;
  return `+${count}${onItsWay}${abandoned === true ? ' given up' : ''}`;
}

function removalsText({ changes }: StoredRun): string {
  const { removals } = changes ?? {};
  if (removals === undefined) return '';
  const { done, allowed, total, held, level } = removals;
  return [`${done}/${allowed}/${total}`, entries(level), held].filter((word) => word !== undefined).join(' ');
}

function snapshotText({ present, previous, held }: StoredSnapshot): string {
  const levels = (present.levels ?? []).map(entries);
  const before = previous === undefined ? [] : [`after ${previous.manifest ?? previous.id}`];
  return [present.manifest ?? present.id, ...levels, ...before, ...(held === undefined ? [] : [held.reason])].join(' ');
}

/** What a record says. */
export function factsOf(state: SyncState): Facts {
  const { lease, run, fencingToken, lastToken, lastSyncTime, history, backfills } = state;
  return {
    is: shapeOf(state),
    lease: lease === undefined ? '' : leaseText(lease),
    token: fencingToken,
    lastToken,
    lastSyncTime,
    prints: `${state.queryFingerprint ?? ''} ${state.mapperFingerprint ?? ''}`,
    run: run?.runId ?? '',
    range: run?.range === undefined ? '' : rows([run.range]),
    settled: rows(run?.settled ?? []),
    claimed: rows(run?.claimed ?? []),
    check: run?.ref?.check?.row,
    failure: run?.failure,
    written: run?.changes === undefined ? '' : entries(run.changes.level),
    removals: run === undefined ? '' : removalsText(run),
    plan: run?.plan === undefined ? '' : `up to ${run.plan.removals} removals`,
    snapshot: state.snapshot === undefined ? '' : snapshotText(state.snapshot),
    history: history.map(ended).join(', '),
    backfills: (backfills ?? []).map(({ runId }) => runId).join(' '),
  };
}
