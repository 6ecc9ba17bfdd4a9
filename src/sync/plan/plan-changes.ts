import type { KeyValues } from '../../diff/key/key-text.js';
import { keyedResult } from '../../diff/key/keyed-result.js';
import type { SnapshotDiff } from '../../diff/snapshot-diff.js';
import { PatientSnapshotStore } from '../../diff/stores/patient-snapshot-store.js';
import type { BatchLimits } from '../../delivery/read/batch-limits.js';
import type { ResultSet } from '../../source/source.js';
import type { SyncState } from '../../state/sync-state.js';
import { checkComparable } from '../changes/begin-changes.js';
import { comparedWith } from '../changes/compared-with.js';
import { DryChanges, type DryChangesParts } from '../changes/dry-changes.js';
import { judgeHeld } from '../changes/judge-removals.js';
import { keyedQuery } from '../changes/keyed-query.js';
import { refuseMirror } from '../changes/refuse-mirror.js';
import type { SyncContext } from '../options/sync-context.js';
import type { DryWindow } from '../dry/dry-window.js';
import { PlanTally } from './plan-tally.js';
import type { PlannedChanges } from './plan-report.js';

/** A plan of a sync with `changes` whose query has run. */
export interface ChangesToPlan {
  readonly result: ResultSet;
  /** Reads and maps every row, compares it, and adds it up. */
  readonly count: (tally: PlanTally, pause: () => Promise<void>) => Promise<CountedChanges>;
}

/** What a comparison came to. */
export interface CountedChanges {
  readonly changes: PlannedChanges;
  /** How many removals the guards let go. */
  readonly allowed: number;
}

/** Keys of removals that a plan shows. */
const SAMPLES = 10;

/**
 * Runs the query with its key, to be compared with the snapshot as it is.
 *
 * @throws ConfigError, SourceError, StateError, SnowmeltError `SNAPSHOT_KEY_CHANGED`, `SNAPSHOT_UNREADABLE`
 */
export async function planChanges<M>(
  context: SyncContext<M>,
  changes: SnapshotDiff<M>,
  window: DryWindow & { readonly state: SyncState },
  parts: { readonly maker: DryChangesParts<M>['maker']; readonly limits: BatchLimits },
): Promise<ChangesToPlan> {
  const { signal, options, state } = window;
  const { source, name } = context.settings;
  const startedAt = Math.floor(window.now.getTime() / 1000);
  const { statement = { sql: '', binds: [] } } = window;
  const keyed = await keyedQuery(source, statement, changes.key, options);
  if (changes.mode === 'mirror') refuseMirror(context.settings.mapper, keyed.columns, keyed.key.parts);
  if (state.snapshot !== undefined) checkComparable(name, state.snapshot, keyed.key, changes.hasher.version);
  const result = keyedResult(await window.execute('The query', keyed.statement));
  const store = new PatientSnapshotStore(changes.snapshots);
  return {
    result,
    count: async (tally, pause) => {
      const removals = new PlanTally(parts.limits);
      const removedKeys: KeyValues[] = [];
      const onRemoval: DryChangesParts<M>['onRemoval'] = (made, row, key) => {
        removals.addMade(row, made);
        if (removedKeys.length === SAMPLES || key.includes(undefined)) return;
        removedKeys.push(Object.fromEntries(changes.key.map((name, index) => [name, key[index]])) as KeyValues);
      };
      const snapshot = comparedWith(state);
      const dry = await DryChanges.open({ context, result, snapshot, store, signal, maker: parts.maker, onRemoval });
      const found = await addRows(dry, tally, pause);
      const judged = await judge(dry.removals);
      const areSent = judged.allowed > 0;
      if (areSent) tally.addMessagesOf(removals);
      const held = dry.removals - judged.allowed;
      const removed = areSent ? removals.rowsSent : 0;
      const removalsRejected = areSent && removals.rowsRejected > 0 ? removals.rowsRejected : undefined;
      const planned = { ...found, removed, held, removalsRejected, reason: judged.held, removedKeys };
      const until = areSent ? new Date((startedAt + changes.removalsMaxAge) * 1000) : undefined;
      return { changes: { ...planned, removalsUntil: until }, allowed: judged.allowed };
    },
  };

  async function judge(total: number): ReturnType<typeof judgeHeld> {
    const { snapshot } = state;
    if (snapshot === undefined) return { allowed: total, held: undefined };
    // A run that has begun meanwhile has a higher token.
    const lastToken = async (): Promise<number> => ((await context.record.read(signal))?.value ?? state).lastToken;
    const { rowCount, ref } = result;
    const { queryId, columnsHash } = ref;
    const run = { startedAt, ref: { queryId, columnsHash, rowCount }, queryFingerprint: context.fingerprints.query };
    return judgeHeld({ context, signal, store, lastToken, run, snapshot, total, upTo: undefined });
  }
}

async function addRows<M>(
  dry: DryChanges<M>,
  tally: PlanTally,
  pause: () => Promise<void>,
): Promise<Pick<PlannedChanges, 'added' | 'changed' | 'unchanged'>> {
  const found = { added: 0, changed: 0, unchanged: 0 };
  for await (const judged of dry.rows()) {
    for (const each of judged) {
      const { mapped } = each;
      if (each.is === 'sent') {
        found[each.change] += 1;
        dry.maker.makeOf(mapped);
        tally.addMade(mapped.row, dry.maker);
      } else if (each.is === 'rejected') tally.addRejected(mapped.row, each.rejection);
      else if (each.is === 'skipped') tally.addSkipped();
      else {
        found.unchanged += 1;
        tally.rowsRead += 1;
      }
      await pause();
    }
  }
  return found;
}
