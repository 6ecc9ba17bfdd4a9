import type { Queue } from 'bullmq';
import { orAborted } from '../../async/or-aborted.js';
import { patiently } from '../../async/patiently.js';
import { sleep } from '../../async/sleep.js';
import { ConfigError, isSnowmeltError } from '../../errors/errors.js';
import type { JobData } from './job-data.js';
import { openBackend, type QueueBackend } from './queue-backend.js';
import { isRefusal, queueUnavailable, reasonOf, type QueueStore } from './queue-fault.js';
import type { QueueSettings } from './queue-options.js';

/** Longest pause between two tries to open the queue. */
const OPEN_AGAIN_MS = 2_000;

/** A question that came to nothing, without the error of a client that has no code of its own. */
class NoAnswer extends Error {}

/** The queue as the host asks it: opened when it is needed, made anew when it could not be, and not waited for for ever. */
export class QueueClient {
  readonly store: QueueStore;
  readonly patienceMs: number;
  readonly #settings: QueueSettings;
  readonly #warn: (reason: string) => void;
  readonly #closing = new AbortController();
  #opening: Promise<QueueBackend> | undefined;

  /** @param warn - told of what goes wrong with the connection */
  constructor(settings: QueueSettings, warn: (reason: string) => void) {
    this.#settings = settings;
    this.#warn = warn;
    this.store = settings.postgres === undefined ? 'Redis' : 'PostgreSQL';
    this.patienceMs = settings.patienceSeconds * 1000;
  }

  /** Aborted by {@link stop}. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /** Ends the questions under way; what workers have of the queue stays open. */
  stop(): void {
    if (!this.closing.aborted) this.#closing.abort(closed());
  }

  /**
   * Asks for what may be asked twice.
   *
   * @param what - names the question in an error
   * @param signal - ends the asking; has to follow {@link closing}
   * @throws SnowmeltError `QUEUE_UNAVAILABLE`; ConfigError `CONFIG_INVALID`, `PEER_MISSING`; the signal's reason
   */
  async ask<T>(what: string, call: (queue: Queue<JobData>) => Promise<T>, signal = this.closing): Promise<T> {
    const { patienceMs, store } = this;
    try {
      return await patiently(async () => call((await this.#ready()).queue), {
        patience: { callMs: patienceMs, totalMs: patienceMs },
        signal,
        late: () => new NoAnswer(),
        isFinal: (error) => isSnowmeltError(error) || isRefusal(store, error),
      });
    } catch (error) {
      signal.throwIfAborted();
      if (isSnowmeltError(error)) throw error;
      // A call that is late ends with the time of all of them.
      const isLate = error instanceof NoAnswer || (error instanceof Error && error.name === 'AbortError');
      throw queueUnavailable(store, what, isLate ? undefined : reasonOf(store, error));
    }
  }

  /**
   * The queue, when it is there: a worker waits for it as long as it takes.
   *
   * @throws ConfigError `CONFIG_INVALID`, `PEER_MISSING`; the signal's reason
   */
  async whenReady(signal: AbortSignal): Promise<QueueBackend> {
    for (let wait = 50; ; wait = Math.min(OPEN_AGAIN_MS, wait * 2)) {
      try {
        return await orAborted(this.#ready(), signal);
      } catch (error) {
        if (signal.aborted || isSnowmeltError(error)) throw error;
        this.#warn(reasonOf(this.store, error));
        await sleep(wait, signal);
      }
    }
  }

  /** Stops, and closes what was opened. */
  async close(): Promise<void> {
    this.stop();
    const opening = this.#opening;
    this.#opening = undefined;
    await (await opening?.catch(() => undefined))?.close();
  }

  async #ready(): Promise<QueueBackend> {
    this.closing.throwIfAborted();
    const opening = (this.#opening ??= openBackend(this.#settings, (error) => {
      this.#warn(reasonOf(this.store, error));
    }));
    try {
      const backend = await opening;
      await backend.queue.waitUntilReady();
      return backend;
    } catch (error) {
      // BullMQ remembers that its first connection failed; and a package that is missing may be installed.
      if (this.#opening === opening) this.#opening = undefined;
      void opening.then((backend) => backend.close()).catch(() => undefined);
      throw error;
    }
  }
}

function closed(): ConfigError {
  return new ConfigError('CONFIG_INVALID', 'The queue was closed.', { hint: 'Make another one with syncQueue().' });
}
