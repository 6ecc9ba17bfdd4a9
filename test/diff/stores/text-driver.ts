import { defineDriver } from 'unstorage';

/** A driver that keeps text only, as those for Redis, MongoDB and key-value stores of the cloud do. */
export const textDriver = defineDriver(() => {
  const texts = new Map<string, string>();
  return {
    name: 'text',
    hasItem: (key) => texts.has(key),
    getItem: (key) => texts.get(key) ?? null,
    setItem: (key, value) => void texts.set(key, value),
    removeItem: (key) => void texts.delete(key),
    getKeys: () => [...texts.keys()],
  };
});
