import type { Lease, RowRange, RunSummary, SyncState } from '../../src/state/sync-state.js';
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
    history: history.map(ended).join(', '),
    backfills: (backfills ?? []).map(({ runId }) => runId).join(' '),
  };
}
