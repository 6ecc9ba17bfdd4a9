import { asHostError } from '../../errors/host-call.js';
import { ConfigError, isSnowmeltError, SnowmeltError } from '../../errors/errors.js';
import { RunJournal } from '../journal/run-journal.js';
import type { RunReport, SkipReason } from '../journal/run-report.js';
import type { SyncContext } from '../options/sync-context.js';
import type { LeaseKeeper } from '../record/lease-keeper.js';

/** What a run works with while it holds its lease. */
export interface RunFrame<M> {
  readonly context: SyncContext<M>;
  readonly journal: RunJournal;
  /** Holds the record that has the run. */
  readonly keeper: LeaseKeeper;
  /** Also held from the beginning to the end: the lease of the sync, under which a backfill has one of its own. */
  readonly above: LeaseKeeper | undefined;
  /** Aborted by the caller, and when one of the leases is lost. */
  readonly signal: AbortSignal;
}

/** How a run leaves its frame. */
export type FrameEnd =
  | { readonly status: 'completed' }
  /** Its workers go on with it, and the last of them tells the end. */
  | { readonly status: 'begun' }
  | { readonly status: 'skipped'; readonly reason: SkipReason }
  | { readonly status: 'failed'; readonly error: SnowmeltError };

/** What goes into a frame. */
export interface FrameParts<M> {
  readonly context: SyncContext<M>;
  /** The caller's. */
  readonly signal: AbortSignal | undefined;
  /** Takes or joins the lease, or tells why there is nothing to do. What is the caller's mistake is thrown here. */
  readonly hold: (journal: RunJournal) => Promise<Held | FrameEnd>;
  /** The run itself; when it completes it has given the lease back. */
  readonly inside: (frame: RunFrame<M>) => Promise<FrameEnd>;
  /** Stores how the run ended early, and lets go of its lease. Never throws. */
  readonly giveBack: (keeper: LeaseKeeper, error: SnowmeltError, journal: RunJournal) => Promise<void>;
  /** Whether the run was completed after all, by this process or another one. Never throws. */
  readonly wasCompleted: (error: SnowmeltError, journal: RunJournal) => Promise<boolean>;
}

/** Leases that a run holds. */
export interface Held {
  readonly keeper: LeaseKeeper;
  readonly above?: LeaseKeeper | undefined;
}

/**
 * The frame of every run: lease, journal, joined signal, errors as values, the event of the end, the lease given back.
 *
 * @throws ConfigError, and SnowmeltError `RUN_UNFINISHED`: what the caller did wrong, before anything has happened
 */
export async function inFrame<M>(parts: FrameParts<M>): Promise<RunReport> {
  const { context, signal } = parts;
  const { settings, emitter, clock } = context;
  const journal = new RunJournal(settings.name, emitter, clock, settings.logger);
  journal.hasChanges = settings.changes !== undefined;
  let held: Held | undefined;
  let end: FrameEnd;
  try {
    const taken = await parts.hold(journal);
    journal.endPhase('leaseMs');
    if ('keeper' in taken) held = taken;
    end = 'keeper' in taken ? await parts.inside({ context, journal, ...joined(taken, signal) }) : taken;
  } catch (error) {
    if (held === undefined && isMisuse(error)) throw error;
    end = { status: 'failed', error: asHostError(error, 'Code passed to the sync') };
  }
  if (end.status === 'failed') {
    const error = explained(end.error, held, signal);
    if (held !== undefined) await parts.giveBack(held.keeper, error, journal);
    end = (await parts.wasCompleted(error, journal)) ? { status: 'completed' } : { status: 'failed', error };
  }
  // A lease that can't be given back expires.
  await held?.above?.release().catch(() => undefined);
  return tellEnd(journal, end);
}

function joined(
  { keeper, above }: Held,
  signal: AbortSignal | undefined,
): Pick<RunFrame<never>, keyof Held | 'signal'> {
  const signals = [signal, keeper.signal, above?.signal].filter((each) => each !== undefined);
  return { keeper, above, signal: AbortSignal.any(signals) };
}

function isMisuse(error: unknown): boolean {
  return error instanceof ConfigError || (isSnowmeltError(error) && error.code === 'RUN_UNFINISHED');
}

/** What a run's end was caused by, in the order of what explains most. */
function explained(error: SnowmeltError, held: Held | undefined, signal: AbortSignal | undefined): SnowmeltError {
  const lost = [held?.keeper.signal, held?.above?.signal].find((each) => each?.aborted === true);
  if (lost !== undefined) return asHostError(lost.reason, 'The lease');
  if (signal?.aborted !== true) return error;
  return new SnowmeltError('ABORTED', 'The run was aborted by its signal.', {
    cause: signal.reason,
    hint: 'Run again: it resumes at the first unsettled row.',
  });
}

function tellEnd(journal: RunJournal, end: FrameEnd): RunReport {
  switch (end.status) {
    case 'begun':
      return journal.report('completed');
    case 'completed':
      return journal.end('completed');
    case 'skipped':
      return journal.end('skipped', { skipReason: end.reason });
    case 'failed':
      return journal.end(end.error.code === 'ABORTED' ? 'aborted' : 'failed', { error: end.error });
  }
}
