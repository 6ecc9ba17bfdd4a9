import { MemorySnapshotStore } from 'snowmelt/diff';
import { testSnapshotStore } from 'snowmelt/testing';
import { describe, it } from 'vitest';

testSnapshotStore({ describe, it, name: 'MemorySnapshotStore', create: () => ({ store: new MemorySnapshotStore() }) });
