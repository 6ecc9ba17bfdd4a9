import { removalOf } from '../../mapping/semantic/semantic-event-names.js';

/** Calls of one type, for track calls of one event. */
export interface PlannedCalls {
  /** A call type, or `custom` for messages that are none of the six calls. */
  readonly type: string;
  readonly event?: string | undefined;
  readonly messages: number;
}

/** Events have an entry each up to this number; all others are counted together. */
const MAX_EVENTS = 1000;

/** What messages hold, whatever their type. */
interface AnyCall {
  readonly type?: unknown;
  readonly event?: unknown;
  readonly timestamp?: unknown;
}

/** Counts messages by call type and event, and what they remove. */
export class PlanCounts {
  readonly #calls = new Map<string, { type: string; event: string | undefined; messages: number }>();
  #first = Infinity;
  #last = -Infinity;
  deletes = 0;
  suppressions = 0;
  aliases = 0;

  add(message: unknown): void {
    const { type, event, timestamp }: AnyCall = typeof message === 'object' && message !== null ? message : {};
    const kind = typeof type === 'string' ? type : 'custom';
    let name = kind === 'track' && typeof event === 'string' ? event : undefined;
    if (name !== undefined) {
      const removal = removalOf(name);
      if (removal === 'delete') this.deletes += 1;
      if (removal === 'suppress') this.suppressions += 1;
    }
    if (kind === 'alias') this.aliases += 1;
    let key = `${kind} ${name ?? ''}`;
    if (!this.#calls.has(key) && this.#calls.size >= MAX_EVENTS) [key, name] = [`${kind} …`, '(other events)'];
    const known = this.#calls.get(key);
    if (known === undefined) this.#calls.set(key, { type: kind, event: name, messages: 1 });
    else known.messages += 1;
    const time = typeof timestamp === 'string' ? Date.parse(timestamp) : Number.NaN;
    if (time < this.#first) this.#first = time;
    if (time > this.#last) this.#last = time;
  }

  /** Adds what another count has. */
  addAll(other: PlanCounts): void {
    this.deletes += other.deletes;
    this.suppressions += other.suppressions;
    this.aliases += other.aliases;
    for (const [key, { type, event, messages }] of other.#calls) {
      const known = this.#calls.get(key);
      if (known === undefined) this.#calls.set(key, { type, event, messages });
      else known.messages += messages;
    }
    this.#first = Math.min(this.#first, other.#first);
    this.#last = Math.max(this.#last, other.#last);
  }

  /** Most messages first. */
  get calls(): readonly PlannedCalls[] {
    return [...this.#calls.values()].sort((a, b) => b.messages - a.messages);
  }

  /** The earliest and the latest `timestamp` of the messages. */
  get timestamps(): { readonly first: Date; readonly last: Date } | undefined {
    return this.#first > this.#last ? undefined : { first: new Date(this.#first), last: new Date(this.#last) };
  }
}
