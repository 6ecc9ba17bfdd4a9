import type { SnapshotStore } from 'snowmelt/diff';

/** A correct little store whose parts a mutant replaces. */
export class MemoryMutant implements SnapshotStore {
  readonly objects = new Map<string, Uint8Array>();
  isAway = false;

  /** What is stored of some bytes. */
  kept(bytes: Uint8Array): Uint8Array {
    return Uint8Array.from(bytes);
  }

  /** What is given of what is stored. */
  given(bytes: Uint8Array): Uint8Array {
    return Uint8Array.from(bytes);
  }

  key(name: string): string {
    return name;
  }

  matches(name: string, prefix: string): boolean {
    return name.startsWith(prefix);
  }

  reach(): void {
    if (this.isAway) throw new Error('away');
  }

  async write(name: string, bytes: Uint8Array, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    this.objects.set(this.key(name), this.kept(bytes));
  }

  readonly put: SnapshotStore['put'] = async (name, bytes, options) => {
    this.reach();
    await this.write(name, bytes, options?.signal);
  };

  readonly get: SnapshotStore['get'] = async (name) => {
    this.reach();
    const found = this.objects.get(this.key(name));
    return found === undefined ? undefined : this.given(found);
  };

  readonly delete: SnapshotStore['delete'] = async (name) => {
    this.reach();
    this.remove(name);
  };

  remove(name: string): void {
    this.objects.delete(this.key(name));
  }

  readonly list: SnapshotStore['list'] = async (prefix) => {
    this.reach();
    return [...this.objects.keys()].filter((name) => this.matches(name, prefix));
  };
}
