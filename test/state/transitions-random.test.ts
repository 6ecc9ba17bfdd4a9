import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSyncState } from '../../src/state/parse-sync-state.js';
import { countsOfRun, overlaps, totalCounts, unsettled } from '../../src/state/settled-ranges.js';
import { HISTORY_LENGTH } from '../../src/state/sync-state.js';
import type { RunCounts, RunSummary, SyncState } from '../../src/state/sync-state.js';
import { deepFreeze, type TransitionName } from './check-cell.js';
import { moved, moves, movesByName, type RandomMove } from './random-moves.js';
import { records } from './random-records.js';

const RUNS = Number(process.env['SNOWMELT_SOAK_RUNS'] ?? 300);

/** Checks each step of random moves that begin with a random record. */
function eachStep(check: (before: SyncState, after: SyncState, by: RandomMove) => void): void {
  const walk = (start: SyncState, some: readonly RandomMove[]): void => {
    some.reduce((before, by) => {
      const after = moved(before, by);
      check(before, after, by);
      return after;
    }, start);
  };
  fc.assert(fc.property(records, fc.array(moves, { minLength: 1, maxLength: 20 }), walk), { numRuns: RUNS });
}

/** What a transition does to the lease. */
type LeaseRule = 'its own' | 'left alone' | 'dropped' | 'dropped with a run';

const leaseRules: Readonly<Record<TransitionName, LeaseRule>> = {
  leased: 'its own',
  renewed: 'its own',
  released: 'dropped',
  shared: 'its own',
  begun: 'left alone',
  planApplied: 'left alone',
  checkpointed: 'left alone',
  claimed: 'left alone',
  rangeBegun: 'left alone',
  rangeSettled: 'left alone',
  claimDropped: 'left alone',
  gathered: 'left alone',
  claimsDropped: 'left alone',
  levelWritten: 'left alone',
  removalsHeld: 'left alone',
  removalsJudged: 'left alone',
  removalsSettled: 'left alone',
  snapshotGrown: 'left alone',
  snapshotLeft: 'left alone',
  givenUp: 'dropped with a run',
  stopAsked: 'left alone',
  abandoned: 'left alone',
  committed: 'dropped with a run',
  failed: 'dropped',
  reset: 'dropped',
  backfillNoted: 'left alone',
  backfillForgotten: 'left alone',
};

function completed(history: readonly RunSummary[]): RunSummary[] {
  return history.filter(({ status }) => status === 'completed');
}

function areBalanced({ read, delivered, rejected, skipped }: RunCounts): boolean {
  return read === delivered + rejected + skipped;
}

describe('whatever happens to a record, in whatever order', () => {
  it('it stays one that can be read again', () => {
    eachStep((_, after) => {
      expect(parseSyncState('people', JSON.stringify(after), 'a test')).toEqual(after);
    });
  });

  it('its lease changes only by the transitions of the lease, or is dropped', () => {
    eachStep((before, after, { name }) => {
      const rule = leaseRules[name];
      if (rule === 'its own') return;
      const isDropped = rule === 'dropped' || (rule === 'dropped with a run' && before.run !== undefined);
      expect(after.lease).toBe(isDropped ? undefined : before.lease);
    });
  });

  it('its fencing token is the next one when the lease is taken, and changes never else', () => {
    eachStep((before, after, { name }) => {
      expect(after.fencingToken).toBe(name === 'leased' ? before.lastToken + 1 : before.fencingToken);
    });
  });

  it('its last token rises by one when somebody is given one, and never else', () => {
    eachStep((before, after, { name }) => {
      const isGiven = name === 'leased' || name === 'backfillNoted';
      expect(after.lastToken - before.lastToken).toBe(isGiven ? 1 : 0);
      expect(after.fencingToken).toBeLessThanOrEqual(after.lastToken);
    });
  });

  it('a shared lease is never cut short but by who takes or shares it', () => {
    eachStep((before, after, { name }) => {
      if (before.lease?.shared !== true || after.lease === undefined || name === 'leased') return;
      expect(after.lease.shared).toBe(true);
      expect(after.lease.expiresAt).toBeGreaterThanOrEqual(before.lease.expiresAt);
    });
  });

  it('its backfills change only by their own notes, one of each, and are all forgotten by a reset', () => {
    eachStep((before, after, { name }) => {
      if (name === 'reset') expect(after.backfills).toBeUndefined();
      else if (!name.startsWith('backfill')) expect(after.backfills).toBe(before.backfills);
      const ids = (after.backfills ?? []).map(({ runId }) => runId);
      expect(new Set(ids).size).toBe(ids.length);
    });
  });

  it('last_sync_time moves only when a run of the sync is committed, to its start, and by a reset', () => {
    eachStep((before, after, { name, given }) => {
      const isCommitted = name === 'committed' && given[0] === 'run';
      const wanted = name === 'reset' ? given[0] : isCommitted ? before.run?.startedAt : undefined;
      expect(after.lastSyncTime).toBe(wanted ?? before.lastSyncTime);
      if (isCommitted && before.run !== undefined) return;
      expect(after.queryFingerprint).toBe(before.queryFingerprint);
      expect(after.mapperFingerprint).toBe(before.mapperFingerprint);
    });
  });

  it('its history has one entry of a run, no more than it may, and forgets completed runs last', () => {
    eachStep((before, after) => {
      const { history } = after;
      expect(history.length).toBeLessThanOrEqual(HISTORY_LENGTH);
      expect(new Set(history.map(({ runId }) => runId)).size).toBe(history.length);
      if (history === before.history) return;
      const ended = history.at(-1);
      const earlier = before.history.filter(({ runId }) => runId !== ended?.runId);
      expect(history.slice(0, -1)).toEqual(earlier.filter((entry) => history.includes(entry)));
      // The circuit breaker asks for them.
      const usual = [...completed(earlier), ...completed(ended === undefined ? [] : [ended])];
      expect(completed(history).slice(-HISTORY_LENGTH / 2)).toEqual(usual.slice(-HISTORY_LENGTH / 2));
    });
  });

  it('its settled ranges stay ordered, disjoint and merged', () => {
    eachStep((_, after) => {
      const settled = after.run?.settled ?? [];
      for (const { from, to } of settled) expect(from).toBeLessThan(to);
      settled.slice(1).forEach(({ from }, index) => expect(from).toBeGreaterThan(settled[index]!.to));
    });
  });

  it('its books balance: what was read was delivered, rejected or skipped', () => {
    eachStep((_, after) => {
      const settled = after.run?.settled ?? [];
      for (const { from, to, counts } of settled) expect(counts.read).toBe(to - from);
      for (const { counts } of [...settled, ...after.history]) {
        if (counts !== undefined) expect(counts).toSatisfy(areBalanced);
      }
    });
  });

  it('a run that goes on stays the same run, and nothing of it that is settled is lost', () => {
    eachStep((before, after, { name }) => {
      const [one, other] = [before.run, after.run];
      if (one === undefined || other === undefined || name === 'begun') return;
      if (name === 'rangeBegun') {
        expect(other.settled).toEqual(one.settled);
        return;
      }
      const { runId, lastSyncTime, startedAt, syncTime, queryFingerprint, mapperFingerprint, range, plan } = one;
      const same = { runId, lastSyncTime, startedAt, syncTime, queryFingerprint, mapperFingerprint, range, plan };
      expect(other).toMatchObject(same);
      for (const { from, to } of one.settled) {
        expect(other.settled.some((wider) => wider.from <= from && to <= wider.to)).toBe(true);
      }
      expect(totalCounts(other.settled).read).toBeGreaterThanOrEqual(totalCounts(one.settled).read);
      // Nor the row that tells whether the result is still the same, nor why it was given up.
      if (one.ref?.check !== undefined) expect(other.ref?.check).toBeDefined();
      if (one.failure !== undefined) expect(other.failure).toBe(one.failure);
    });
  });

  it('the ranges that are claimed of its run share no rows, and are not of rows that are all settled', () => {
    eachStep((before, after, { name }) => {
      const { claimed = [], settled = [] } = after.run ?? {};
      for (const one of claimed) {
        expect(claimed.filter((other) => overlaps(one, other))).toEqual([one]);
        const isNew = name === 'claimed' && before.run?.claimed.includes(one) === false;
        if (isNew) expect(unsettled(settled, one)).not.toEqual([]);
      }
    });
  });

  it('nothing of its snapshot is lost: whatever ends adds to it or puts another in its place', () => {
    eachStep((before, after, { name, given }) => {
      if (name === 'reset') expect(after.snapshot).toBeUndefined();
      if (before.snapshot === undefined || name === 'reset') return;
      const [one, other] = [before.snapshot.present.levels ?? [], after.snapshot?.present.levels ?? []];
      const isFree = before.run === undefined;
      const isReplaced =
        given[1] != null &&
        (name === 'begun' || (name === 'planApplied' && isFree) || (name === 'committed' && !isFree));
      // Levels that came since it was looked at.
      const kept = isReplaced ? one.slice((given[1] as { known: number }).known) : one;
      expect(kept.every((level) => other.includes(level))).toBe(true);
      if (!isReplaced && name !== 'removalsHeld')
        expect({ ...after.snapshot, present: null }).toEqual({ ...before.snapshot, present: null });
    });
  });

  it('a run that is given up leaves in the snapshot what it has written and may have sent, unless it was a seed', () => {
    eachStep((before, after, { name }) => {
      const { run, snapshot } = before;
      if (run === undefined || after.run !== undefined || snapshot === undefined) return;
      if (name !== 'abandoned' && name !== 'failed') return;
      const { changes } = run;
      const written = changes?.kind === 'seed' ? [] : [changes?.level, changes?.removals?.level];
      const left = written.filter((level) => level !== undefined && (level.count > 0 || level.sending !== undefined));
      const known = snapshot.present.levels ?? [];
      expect(after.snapshot?.present.levels ?? []).toEqual([
        ...known,
        ...left.map((level) => ({ ...level, abandoned: true })),
      ]);
    });
  });

  it('a run leaves it only into the history', () => {
    eachStep((before, after) => {
      if (before.run === undefined || after.run !== undefined || before.run.ref === undefined) return;
      const { runId } = before.run;
      expect(after.history.at(-1)).toMatchObject({ runId, counts: countsOfRun(before.run) });
    });
  });
});

describe('what is told twice', () => {
  const idempotent = [
    'levelWritten',
    'removalsHeld',
    'removalsJudged',
    'removalsSettled',
    'released',
    'checkpointed',
    'claimed',
    'rangeSettled',
    'gathered',
    'givenUp',
    'committed',
  ] as const;
  const more = ['claimsDropped', 'abandoned', 'reset', 'renewed', 'shared', 'stopAsked', 'backfillForgotten'] as const;

  // A job that was delivered twice, a write whose answer was lost and that is made again on a record read anew.
  it.each([...idempotent, ...more])('%s: happens once', (name) => {
    const twice = (state: SyncState, by: RandomMove): void => {
      const once = moved(state, by);
      expect(moved(once, by)).toEqual(once);
    };
    fc.assert(fc.property(records, movesByName[name], twice), { numRuns: RUNS });
  });

  // `RecordClient.change` writes nothing where it gets the same record back.
  it('backfillForgotten: makes no second write', () => {
    const twice = (state: SyncState, by: RandomMove): void => {
      const once = deepFreeze(moved(state, by));
      expect(moved(once, by)).toBe(once);
    };
    fc.assert(fc.property(records, movesByName.backfillForgotten, twice), { numRuns: RUNS });
  });

  // Two calls may both believe that they noted it: each then has a token of its own, and the later the higher one.
  it('backfillNoted: notes it once, with a token for each time', () => {
    const twice = (state: SyncState, by: RandomMove): void => {
      const once = moved(state, by);
      expect(moved(once, by)).toEqual({ ...once, lastToken: once.lastToken + 1 });
    };
    fc.assert(fc.property(records, movesByName.backfillNoted, twice), { numRuns: RUNS });
  });
});
