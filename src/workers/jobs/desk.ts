import { isSnowmeltError, type ErrorCode, type SnowmeltError } from '../../errors/errors.js';
import { asHostError } from '../../errors/host-call.js';
import type { QueueBackend, QueueJob } from '../queue/queue-backend.js';
import type { QueueEmitter } from '../queue/queue-emitter.js';
import type { KnownSync, QueueSettings } from '../queue/queue-options.js';

/** What a process works on jobs with. */
export interface Desk {
  readonly settings: QueueSettings;
  readonly syncs: ReadonlyMap<string, KnownSync>;
  readonly backend: QueueBackend;
  readonly emitter: QueueEmitter;
}

/** A job under way in this process. */
export interface JobAtWork<Data> {
  readonly job: QueueJob;
  readonly data: Data;
  readonly known: KnownSync;
  /** By which BullMQ knows who has the job. */
  readonly token: string;
  /** Aborted when this process is to stop. */
  readonly signal: AbortSignal;
}

/** How long a job waits for a worker of the right version, or for the one that is busy with its rows. */
export const BUSY_MS = 2_000;
/** Starts of a job after which no worker of the right version is to be expected any more: some minutes. */
export const MOST_STARTS = 200;

/** Puts a job back, at once or for later, without counting it as failed. What it returns is to be thrown. */
export async function putBack({ backend: { bull } }: Desk, job: QueueJob, token: string, ms: number): Promise<Error> {
  if (ms === 0) {
    await job.moveToWait(token);
    return new bull.WaitingError();
  }
  await job.moveToDelayed(Date.now() + ms, token);
  return new bull.DelayedError();
}

/** An error of ours, whatever was thrown. */
export function ownError(error: unknown): SnowmeltError {
  return asHostError(error, 'Work on a job');
}

/** What the queue stores of an error. */
export function failureText({ code, message }: SnowmeltError): string {
  return `${code}: ${message}`;
}

/** Whether trying again in the same way can help. */
export function isFinal(error: SnowmeltError): boolean {
  // By its name: the sync may be of the other build of the package.
  return error.name === 'ConfigError' || ('retryable' in error && error.retryable === false);
}

/** Whether a job that fails now is tried again. */
export function hasTriesLeft({ attemptsMade, opts }: QueueJob): boolean {
  return attemptsMade + 1 < (opts.attempts ?? 1);
}

/** Whether an error has one of these codes. */
export function hasCode(error: unknown, ...codes: readonly ErrorCode[]): boolean {
  return isSnowmeltError(error) && codes.includes(error.code);
}

const TOLD: ReadonlySet<string> = new Set([
  'DelayedError',
  'WaitingError',
  'WaitingChildrenError',
  'UnrecoverableError',
]);

/** Whether an error tells BullMQ what to do with a job. By its name: the class may be of another copy of the package. */
export function isTold(error: unknown): error is Error {
  return error instanceof Error && TOLD.has(error.name);
}
