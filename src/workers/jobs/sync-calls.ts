import type { KnownSync, QueuedSync } from '../queue/queue-options.js';

/** The calls of syncs under way in a process: what a worker that stops has to wait for. */
export class SyncCalls {
  readonly #underWay = new Set<Promise<unknown>>();
  /** So many have begun or ended. */
  count = 0;

  /** The same syncs, whose calls are seen here. */
  watched(syncs: ReadonlyMap<string, KnownSync>): ReadonlyMap<string, KnownSync> {
    return new Map([...syncs].map(([name, known]) => [name, { ...known, sync: this.#watchedSync(known.sync) }]));
  }

  /** Resolves when none is under way. */
  async whenIdle(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay);
  }

  #watchedSync(sync: QueuedSync): QueuedSync {
    return {
      name: sync.name,
      begin: (...args) => this.#see(sync.begin(...args)),
      deliverRange: (...args) => this.#see(sync.deliverRange(...args)),
      finish: (...args) => this.#see(sync.finish(...args)),
      release: (...args) => this.#see(sync.release(...args)),
    };
  }

  async #see<T>(call: Promise<T>): Promise<T> {
    this.count += 1;
    this.#underWay.add(call);
    try {
      return await call;
    } finally {
      this.#underWay.delete(call);
      this.count += 1;
    }
  }
}
