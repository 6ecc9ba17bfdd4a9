import { FileStateStore, type SyncState } from 'snowmelt';
import { expect } from 'vitest';
import { rangeKey } from '../../../src/state/record-keys.js';
import type { Mirrored } from './mirrored.js';

/** What was stored as done when a process died: nothing of it may be sent from then on. */
interface Barrier {
  /** Messages that had arrived. */
  readonly arrived: number;
  readonly runId: string | undefined;
  readonly settled: readonly { readonly from: number; readonly to: number }[];
  /** Removals that were settled. */
  readonly removed: number;
  /** Runs that had ended. */
  readonly ended: ReadonlySet<string>;
}

/** Looks at what arrives and what is stored, and tells what must not be. */
export class Witness {
  readonly #mirrored: Mirrored;
  readonly #store: FileStateStore;
  readonly #barriers: Barrier[] = [];
  readonly #texts = new Map<string, string>();
  /** What the destination knows of everybody. */
  readonly #known = new Map<string, unknown>();
  /** People of whom nobody knows what they were sent last. */
  readonly #inDoubt = new Set<string>();
  #checked = 0;
  /** Messages that came again. */
  repeated = 0;

  constructor(mirrored: Mirrored) {
    this.#mirrored = mirrored;
    this.#store = new FileStateStore(mirrored.setup.folder);
  }

  async state(): Promise<SyncState | undefined> {
    return (await this.#store.get('people'))?.value;
  }

  /** Remembers what is stored now. @returns it */
  async note(): Promise<Barrier> {
    const arrived = this.#mirrored.collector.messages.length;
    const { run, history = [] } = (await this.state()) ?? {};
    const settled = [...(run?.settled ?? [])];
    for (const range of run?.claimed ?? []) {
      const own = await this.#store.get(rangeKey('people', run?.runId ?? '', range));
      settled.push(...(own?.value.run?.settled ?? []));
    }
    const removed = run?.changes?.removals?.done ?? 0;
    const ended = new Set(
      history.filter(({ status }) => status === 'completed' || status === 'abandoned').map(({ runId }) => runId),
    );
    const barrier = { arrived, runId: run?.runId, settled, removed, ended };
    this.#barriers.push(barrier);
    return barrier;
  }

  /** The open run is about to be lost: whom it may have sent something is in doubt, and may be told the same again. */
  async lose(): Promise<void> {
    const barrier = await this.note();
    const rows = this.#mirrored.results.get(barrier.runId ?? '') ?? [];
    const there = new Set(rows.map(([id]) => id));
    rows.forEach(([id], row) => {
      if (this.#isLoose(barrier, `${barrier.runId}-${row}`)) this.#inDoubt.add(id);
    });
    // Removals come in the order of keys, which is nobody's business here: any of them may be under way.
    for (const id of this.#known.keys()) if (!there.has(id)) this.#inDoubt.add(id);
  }

  /** After a check: a completed run has told everybody who was in doubt. */
  async settle(): Promise<void> {
    const { run, history = [] } = (await this.state()) ?? {};
    if (run === undefined && history.at(-1)?.status === 'completed') this.#inDoubt.clear();
  }

  /** Checks all that has arrived since the last time. The results of the runs have to be known. */
  check(): void {
    const { messages } = this.#mirrored.collector;
    const idsOf = new Map<string, ReadonlySet<string>>();
    for (; this.#checked < messages.length; this.#checked += 1) {
      const { type, messageId = '', userId, traits, event } = messages[this.#checked]!;
      const { runId, row } = parsed(messageId);
      const rows = this.#mirrored.results.get(runId);
      if (rows === undefined) throw new Error(`message ${messageId} is of a run that nobody told of`);
      if (row < rows.length) {
        const { email } = traits as { email?: unknown };
        expect([type, userId, email], messageId).toEqual(['identify', ...rows[row]!]);
      } else {
        expect([type, event], messageId).toEqual(['track', 'User Deleted']);
        const ids = idsOf.get(runId) ?? new Set(rows.map(([id]) => id));
        idsOf.set(runId, ids);
        // Nobody is removed who is there.
        expect(ids.has(userId as string), `somebody who is there is removed by ${messageId}`).toBe(false);
      }
      const text = `${type} ${userId as string}`;
      const before = this.#texts.get(messageId);
      if (before !== undefined) this.repeated += 1;
      expect(before ?? text, messageId).toBe(text);
      this.#texts.set(messageId, text);
      const { email } = (traits ?? {}) as { email?: unknown };
      // What the snapshot has is not sent again, nor removed twice, but for what is in doubt: once.
      const isInDoubt = before === undefined && this.#inDoubt.delete(userId as string);
      if (before === undefined && !isInDoubt) expect(this.#known.get(userId as string), messageId).not.toBe(email);
      this.#known.set(userId as string, email);
      for (const barrier of this.#barriers) {
        if (barrier.arrived > this.#checked) break;
        if (barrier.ended.has(runId)) throw new Error(`message ${messageId} is of a run that had ended`);
        if (barrier.runId === runId && !this.#isLoose(barrier, messageId)) {
          throw new Error(`message ${messageId} had been stored as settled: ${JSON.stringify(barrier.settled)}`);
        }
      }
    }
  }

  #isLoose({ runId, settled, removed }: Barrier, messageId: string): boolean {
    const { runId: own, row } = parsed(messageId);
    const rows = this.#mirrored.results.get(own)?.length ?? 0;
    if (own !== runId) return false;
    if (row >= rows) return row - rows >= removed;
    return !settled.some(({ from, to }) => row >= from && row < to);
  }
}

/** `<run id>-<row>` */
function parsed(messageId: string): { readonly runId: string; readonly row: number } {
  const at = messageId.lastIndexOf('-');
  return { runId: messageId.slice(0, at), row: Number(messageId.slice(at + 1)) };
}
