import type { SnapshotStore } from '../../../src/diff/stores/snapshot-store.js';

/** What a process dies of. */
export class Crash extends Error {}

/** Counts what a process does outside of itself, and kills it before or after one of these steps. */
export class Steps {
  #done = 0;
  #crashes: number[];

  /** @param crashes - how many half steps go well before each crash */
  constructor(crashes: readonly number[]) {
    this.#crashes = [...crashes];
  }

  /** Does a step: may die before it, or behind it without seeing the answer. */
  async step<T>(work: () => T): Promise<T> {
    this.#half();
    await Promise.resolve();
    const result = work();
    this.#half();
    return result;
  }

  #half(): void {
    this.#done += 1;
    const next = this.#crashes[0];
    if (next === undefined || this.#done <= next) return;
    this.#crashes.shift();
    this.#done = 0;
    throw new Crash();
  }
}

/** A store in memory whose calls are steps. */
export function steppingStore(objects: Map<string, Uint8Array>, steps: Steps): SnapshotStore {
  return {
    put: (name, bytes) => steps.step(() => void objects.set(name, bytes.slice())),
    get: (name) => steps.step(() => objects.get(name)?.slice()),
    delete: (name) => steps.step(() => void objects.delete(name)),
    list: (prefix) => steps.step(() => [...objects.keys()].filter((name) => name.startsWith(prefix))),
  };
}
