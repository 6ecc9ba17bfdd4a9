import { Buffer } from 'node:buffer';
import { setImmediate } from 'node:timers/promises';
import type { SnapshotStore } from 'snowmelt/diff';
import type { SnapshotStoreUnderTest } from 'snowmelt/testing';
import { MemoryMutant } from './memory-mutant.js';

/** A deliberately broken store, and the line of the contract that catches it. */
export interface SnapshotStoreMutant {
  readonly fault: string;
  readonly caughtBy: RegExp;
  readonly create: () => SnapshotStoreUnderTest;
}

const of = (fault: string, caughtBy: RegExp, make: () => MemoryMutant): SnapshotStoreMutant => ({
  fault,
  caughtBy,
  create: () => ({ store: make() }),
});

const asText = (bytes: Uint8Array): Uint8Array => Buffer.from(Buffer.from(bytes).toString('utf8'));
const joined = (first: Uint8Array, then: Uint8Array): Uint8Array => Buffer.concat([first, then]);

class StartsWithSomething extends MemoryMutant {
  override readonly objects = new Map([['a1b2/0-old', new Uint8Array(1)]]);
}
class EmptyForNothing extends MemoryMutant {
  override readonly get: SnapshotStore['get'] = async (name) => this.objects.get(name) ?? new Uint8Array(0);
}
class Text extends MemoryMutant {
  override kept = asText;
}
class Trims extends MemoryMutant {
  override kept(bytes: Uint8Array): Uint8Array {
    const end = bytes.findLastIndex((byte) => byte !== 0);
    return bytes.slice(0, end + 1);
  }
}
class NothingForEmpty extends MemoryMutant {
  override readonly get: SnapshotStore['get'] = async (name) => {
    const found = this.objects.get(name);
    return found === undefined || found.length === 0 ? undefined : this.given(found);
  };
}
class GivesNumbers extends MemoryMutant {
  override given = (bytes: Uint8Array): Uint8Array => [...bytes] as never;
}
class CutsAtOneMegabyte extends MemoryMutant {
  override kept = (bytes: Uint8Array): Uint8Array => bytes.slice(0, 1024 * 1024);
}
class StoresWholeBuffers extends MemoryMutant {
  override kept = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes.buffer.slice(0));
}
class KeepsTheCallersBytes extends MemoryMutant {
  override kept = (bytes: Uint8Array): Uint8Array => bytes;
}
class GivesItsOwnBytes extends MemoryMutant {
  override given = (bytes: Uint8Array): Uint8Array => bytes;
}
class Appends extends MemoryMutant {
  override async write(name: string, bytes: Uint8Array): Promise<void> {
    this.objects.set(name, joined(this.objects.get(name) ?? new Uint8Array(0), bytes));
  }
}
class WritesInto extends MemoryMutant {
  override async write(name: string, bytes: Uint8Array): Promise<void> {
    const before = this.objects.get(name) ?? new Uint8Array(0);
    this.objects.set(name, joined(bytes, before.slice(bytes.length)));
  }
}
class KeepsTheFirst extends MemoryMutant {
  override async write(name: string, bytes: Uint8Array): Promise<void> {
    if (!this.objects.has(name)) this.objects.set(name, this.kept(bytes));
  }
}
class WritesLater extends MemoryMutant {
  override async write(name: string, bytes: Uint8Array): Promise<void> {
    const kept = this.kept(bytes);
    setTimeout(() => this.objects.set(name, kept), 20);
  }
}
class RemembersMisses extends MemoryMutant {
  readonly misses = new Set<string>();
  override readonly get: SnapshotStore['get'] = async (name) => {
    const found = this.misses.has(name) ? undefined : this.objects.get(name);
    if (found === undefined) this.misses.add(name);
    return found;
  };
}
class ListsWhatWasRemoved extends MemoryMutant {
  readonly all = new Set<string>();
  override async write(name: string, bytes: Uint8Array): Promise<void> {
    this.all.add(name);
    this.objects.set(name, this.kept(bytes));
  }
  override readonly list: SnapshotStore['list'] = async (prefix) =>
    [...this.all].filter((name) => name.startsWith(prefix));
}
class CachesReads extends MemoryMutant {
  readonly cache = new Map<string, Uint8Array | undefined>();
  override readonly objects: Map<string, Uint8Array>;
  constructor(objects: Map<string, Uint8Array>) {
    super();
    this.objects = objects;
  }
  override readonly get: SnapshotStore['get'] = async (name) => {
    const found = this.cache.get(name) ?? this.objects.get(name);
    this.cache.set(name, found);
    return found;
  };
}
class OnlyTheLastPart extends MemoryMutant {
  override key = (name: string): string => name.split('/').at(-1) ?? name;
}
class CutsNames extends MemoryMutant {
  override key = (name: string): string => name.slice(0, 64);
}
class FlattensNames extends MemoryMutant {
  override key = (name: string): string => name.replace('/', '-');
}
class ListsByFolder extends MemoryMutant {
  override matches = (name: string, prefix: string): boolean =>
    prefix === '' || name.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`);
}
class ListsEverything extends MemoryMutant {
  override matches = (): boolean => true;
}
class ListsRests extends MemoryMutant {
  override readonly list: SnapshotStore['list'] = async (prefix) =>
    [...this.objects.keys()].filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
}
class ListsOnePage extends MemoryMutant {
  override readonly list: SnapshotStore['list'] = async (prefix) =>
    [...this.objects.keys()].filter((name) => name.startsWith(prefix)).slice(0, 1000);
}
class RemovesByPrefix extends MemoryMutant {
  override remove(name: string): void {
    for (const each of [...this.objects.keys()]) if (each.startsWith(name)) this.objects.delete(each);
  }
}
class NeverRemoves extends MemoryMutant {
  override remove = (): void => undefined;
}
class RefusesToRemoveNothing extends MemoryMutant {
  override remove(name: string): void {
    if (!this.objects.delete(name)) throw new Error('not there');
  }
}
class RemovesForEver extends MemoryMutant {
  readonly removed = new Set<string>();
  override remove(name: string): void {
    this.removed.add(name);
    this.objects.delete(name);
  }
  override async write(name: string, bytes: Uint8Array): Promise<void> {
    if (!this.removed.has(name)) this.objects.set(name, this.kept(bytes));
  }
}
class LosesConcurrentWrites extends MemoryMutant {
  index: Readonly<Record<string, Uint8Array>> = {};
  override async write(name: string, bytes: Uint8Array): Promise<void> {
    const before = this.index;
    const kept = this.kept(bytes);
    await setImmediate();
    this.index = { ...before, [name]: kept };
  }
  override readonly get: SnapshotStore['get'] = async (name) => this.index[name];
}
class RemovesTheFolder extends MemoryMutant {
  override readonly delete: SnapshotStore['delete'] = async (name) => {
    this.objects.delete(name);
    const folder = name.slice(0, name.indexOf('/') + 1);
    const isEmpty = ![...this.objects.keys()].some((each) => each.startsWith(folder));
    await setImmediate();
    if (isEmpty) for (const each of [...this.objects.keys()]) if (each.startsWith(folder)) this.objects.delete(each);
  };
}
class WritesInHalves extends MemoryMutant {
  override async write(name: string, bytes: Uint8Array): Promise<void> {
    const whole = this.kept(bytes);
    this.objects.set(name, whole.slice(0, whole.length / 2));
    await setImmediate();
    this.objects.set(name, whole);
  }
}
class RemovesBeforeItReplaces extends MemoryMutant {
  override async write(name: string, bytes: Uint8Array): Promise<void> {
    const kept = this.kept(bytes);
    this.objects.delete(name);
    await setImmediate();
    this.objects.set(name, kept);
  }
}
class StopsInTheMiddle extends MemoryMutant {
  override async write(name: string, bytes: Uint8Array, signal: AbortSignal | undefined): Promise<void> {
    const kept = this.kept(bytes);
    await setImmediate();
    this.objects.set(name, signal?.aborted === true ? kept.slice(0, kept.length / 2) : kept);
    signal?.throwIfAborted();
  }
}
class FallsOverASignal extends MemoryMutant {
  override async write(name: string, bytes: Uint8Array, signal: AbortSignal | undefined): Promise<void> {
    if (signal !== undefined && !signal.aborted) throw new TypeError('signal is not allowed');
    this.objects.set(name, this.kept(bytes));
  }
}
class EmptyWhenAway extends MemoryMutant {
  override reach = (): void => {
    if (this.isAway) this.objects.clear();
  };
}
class ListsNothingWhenAway extends MemoryMutant {
  override readonly list: SnapshotStore['list'] = async (prefix) =>
    this.isAway ? [] : [...this.objects.keys()].filter((name) => name.startsWith(prefix));
}

const withAway = (fault: string, caughtBy: RegExp, make: () => MemoryMutant): SnapshotStoreMutant => ({
  fault,
  caughtBy,
  create: () => {
    const store = make();
    return {
      store,
      capabilities: {
        takeAway: async () => {
          store.isAway = true;
        },
      },
    };
  },
});

/** The mutants, in the order of the contract. */
export const snapshotStoreMutants: readonly SnapshotStoreMutant[] = [
  of('is not empty at first', /has nothing under a name/, () => new StartsWithSomething()),
  of('gives no bytes where there is no object', /has nothing under a name/, () => new EmptyForNothing()),
  of('keeps bytes as text', /exactly the bytes/, () => new Text()),
  of('drops zeros at the end', /exactly the bytes/, () => new Trims()),
  of('takes an empty object for none', /exactly the bytes/, () => new NothingForEmpty()),
  of('gives an array of numbers', /exactly the bytes/, () => new GivesNumbers()),
  of('cuts what is large', /large object/, () => new CutsAtOneMegabyte()),
  of('stores the buffer behind a view', /only what it shows/, () => new StoresWholeBuffers()),
  of("keeps the caller's bytes", /its own copy/, () => new KeepsTheCallersBytes()),
  of('gives its own bytes', /its own copy/, () => new GivesItsOwnBytes()),
  of('appends to an object', /replaces an object as a whole/, () => new Appends()),
  of('writes into an object', /replaces an object as a whole/, () => new WritesInto()),
  of('keeps the first bytes of a name', /replaces an object as a whole/, () => new KeepsTheFirst()),
  of('confirms before it writes', /shows at once/, () => new WritesLater()),
  of('remembers what was not there', /shows at once/, () => new RemembersMisses()),
  of('goes on listing what was removed', /shows at once/, () => new ListsWhatWasRemoved()),
  {
    fault: 'gives what it read before',
    caughtBy: /to every store over the same ones/,
    create: () => {
      const objects = new Map<string, Uint8Array>();
      return { store: new CachesReads(objects), capabilities: { reopen: () => new CachesReads(objects) } };
    },
  },
  {
    fault: 'keeps objects to itself',
    caughtBy: /to every store over the same ones/,
    create: () => ({ store: new MemoryMutant(), capabilities: { reopen: () => new MemoryMutant() } }),
  },
  of('looks at the last part of a name', /names apart/, () => new OnlyTheLastPart()),
  of('cuts names', /names apart/, () => new CutsNames()),
  of('takes a slash for a dash', /names apart/, () => new FlattensNames()),
  of('lists whole folders only', /begin with a prefix/, () => new ListsByFolder()),
  of('lists everything', /begin with a prefix/, () => new ListsEverything()),
  of('lists what comes after the prefix', /begin with a prefix/, () => new ListsRests()),
  of('lists one page', /than a page has/, () => new ListsOnePage()),
  of('removes all that begins with the name', /removes an object, and no other/, () => new RemovesByPrefix()),
  of('removes nothing', /removes an object, and no other/, () => new NeverRemoves()),
  of('fails to remove what is not there', /without an error/, () => new RefusesToRemoveNothing()),
  of('never takes a removed name again', /under a name that was removed/, () => new RemovesForEver()),
  of('loses writes beside each other', /many writers store at once/, () => new LosesConcurrentWrites()),
  of('removes a folder that is in use again', /last one beside it is removed/, () => new RemovesTheFolder()),
  of('writes in two steps', /half of an object/, () => new WritesInHalves()),
  of('removes before it replaces', /half of an object/, () => new RemovesBeforeItReplaces()),
  of('leaves half of what it was told to stop', /ended early/, () => new StopsInTheMiddle()),
  of('falls over a signal', /ended early/, () => new FallsOverASignal()),
  withAway('is empty when it is away', /instead of being empty/, () => new EmptyWhenAway()),
  withAway('lists nothing when it is away', /instead of being empty/, () => new ListsNothingWhenAway()),
];
