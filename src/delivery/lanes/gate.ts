/** Lets one waiter sleep until somebody says that something has changed. */
export class Gate {
  #open: (() => void) | undefined;

  /** Resolves at the next {@link notify}. */
  wait(): Promise<void> {
    return new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  /** Wakes the waiter, if there is one. */
  notify(): void {
    const open = this.#open;
    this.#open = undefined;
    open?.();
  }
}
