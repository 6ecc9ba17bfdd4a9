import { EventEmitter } from 'eventemitter3';
import type { ErrorCode } from '../../errors/errors.js';
import type { RowRange } from '../../state/sync-state.js';
import type { RunReport } from '../../sync/journal/run-report.js';

/** What an event of a range says. */
export interface RangeEvent extends RowRange {
  readonly sync: string;
  readonly runId: string;
}

/** What an event of a run's end says. */
export interface QueueRunEvent {
  readonly sync: string;
  readonly report: RunReport;
}

/** Events of a queue, each in the process that did it. None carries row values. A listener that throws never touches it. */
export interface SyncQueueEvents {
  /** A run was begun, or is gone on with. */
  readonly 'run:begin': {
    readonly sync: string;
    readonly runId: string;
    readonly rowCount: number;
    readonly firstRow: number;
  };
  /** A range is settled; `report` is that of `deliverRange`. */
  readonly 'range:settled': RangeEvent & { readonly report: RunReport };
  /** A range goes back into the queue: another worker has it, this one is stopping or of another version, or it failed. */
  readonly 'range:retry': RangeEvent & { readonly reason: ErrorCode | 'lease-held' };
  /** A range has failed for good, and its run with it. */
  readonly 'range:fail': RangeEvent & { readonly reason: ErrorCode };
  /** A run is completed; the report is the whole run's. */
  readonly 'run:complete': QueueRunEvent;
  /** A run did not begin. */
  readonly 'run:skip': QueueRunEvent;
  /** A run failed. */
  readonly 'run:fail': QueueRunEvent;
  /** BullMQ has trouble with its connection or with a job; it tries again by itself. */
  readonly warning: { readonly code: 'QUEUE_UNAVAILABLE'; readonly reason: string };
}

/** Emits events to listeners that may throw or reject. */
export class QueueEmitter {
  readonly #emitter = new EventEmitter();

  /** Returns the function that ends the listening. */
  readonly on = <K extends keyof SyncQueueEvents>(
    event: K,
    listener: (event: SyncQueueEvents[K]) => unknown,
  ): (() => void) => {
    // A listener is the host's affair: its fault, thrown or rejected, must not end the work.
    const guarded = (value: SyncQueueEvents[K]): void => {
      void (async () => listener(value))().catch(() => undefined);
    };
    this.#emitter.on(event, guarded);
    return () => this.#emitter.off(event, guarded);
  };

  /** Never throws. */
  emit<K extends keyof SyncQueueEvents>(event: K, value: SyncQueueEvents[K]): void {
    this.#emitter.emit(event, value);
  }
}
