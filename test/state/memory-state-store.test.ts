import { MemoryStateStore } from 'snowmelt';
import { testStateStore } from 'snowmelt/testing';
import { describe, it } from 'vitest';

testStateStore({ describe, it, name: 'MemoryStateStore', create: () => ({ store: new MemoryStateStore() }) });
