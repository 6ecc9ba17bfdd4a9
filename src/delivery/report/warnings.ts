import type { DeliveryEvent, DeliveryWarning } from './delivery-event.js';

/** Warnings of further kinds are dropped: nobody reads so many, and memory has to stay bounded. */
const MAX_KINDS = 100;

/** Gathers warnings by code and column; the first of each kind is told at once. */
export class Warnings {
  readonly #tell: (event: DeliveryEvent) => void;
  readonly #kinds = new Map<string, { code: string; message: string; column: string | undefined; count: number }>();

  constructor(tell: (event: DeliveryEvent) => void) {
    this.#tell = tell;
  }

  /** Counts one occurrence. */
  add(code: string, message: string, column?: string): void {
    const kind = column === undefined ? code : `${code} ${column}`;
    const known = this.#kinds.get(kind);
    if (known !== undefined) {
      known.count += 1;
      return;
    }
    if (this.#kinds.size >= MAX_KINDS) return;
    this.#kinds.set(kind, { code, message, column, count: 1 });
    this.#tell({ type: 'warning', code, message, column, count: 1 });
  }

  /** All kinds so far. */
  list(): DeliveryWarning[] {
    return [...this.#kinds.values()].map((kind) => ({ ...kind }));
  }
}
