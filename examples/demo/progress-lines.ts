const WIDTH = 30;

/** Shows progress where there is no terminal: a line each fifth of the way. */
export class ProgressLines {
  readonly #label: string;
  #lastFifth = -1;

  constructor(label: string) {
    this.#label = label;
  }

  /** Shows that `done` of `total` rows are settled. */
  show(done: number, total: number): void {
    const share = total === 0 ? 1 : done / total;
    const filled = Math.round(share * WIDTH);
    const bar = '█'.repeat(filled) + '░'.repeat(WIDTH - filled);
    const line = `${this.#label.padEnd(12)} ${bar} ${String(done).padStart(6)} of ${total} rows`;
    const fifth = Math.floor(share * 5);
    if (fifth > this.#lastFifth) process.stdout.write(`${line}\n`);
    this.#lastFifth = Math.max(this.#lastFifth, fifth);
  }
}
