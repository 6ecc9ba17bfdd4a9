import { messageOf, type Item } from './item.js';

/** The messages of items that are only texts: read back from them all, the first time that any is looked at. */
export function lazyBatch<M>(items: readonly Item<M>[]): readonly M[] {
  const messages = new Array<M>(items.length);
  let made = false;
  const make = (): M[] => {
    if (!made) {
      made = true;
      for (const [index, item] of items.entries()) messages[index] = messageOf(item);
    }
    return messages;
  };
  return new Proxy(messages, {
    get: (target, key) => Reflect.get(key === 'length' ? target : make(), key) as unknown,
    has: (_target, key) => Reflect.has(make(), key),
    ownKeys: () => Reflect.ownKeys(make()),
    getOwnPropertyDescriptor: (_target, key) => Reflect.getOwnPropertyDescriptor(make(), key),
  });
}
