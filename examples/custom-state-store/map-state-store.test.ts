import { testStateStore } from 'snowmelt/testing';
import { describe, it } from 'vitest';
import { MapStateStore } from './map-state-store.js';

testStateStore({
  describe,
  it,
  name: 'MapStateStore',
  create: () => {
    const store = new MapStateStore();
    const damage = async (key: string): Promise<void> => {
      store.rows.set(key, { version: 1, text: '{' });
    };
    return { store, capabilities: { damage } };
  },
});
