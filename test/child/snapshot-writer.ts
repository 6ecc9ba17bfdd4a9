// Stores objects in a folder for ever, each under a new name and again under one that stays, and tells its parent about
// each that was confirmed. An object says how long it is and is filled with its own number.
import { FileSnapshotStore } from '../../src/diff.js';

const [, , folder = '', writer = ''] = process.argv;
const store = new FileSnapshotStore(folder);
for (let number = 1; ; number += 1) {
  const bytes = new Uint8Array(20_000 + number).fill(number % 256);
  await store.put(`${writer}/${number}-x`, bytes);
  await store.put('shared/1-x', bytes);
  // Its folder goes with it each time, and comes back.
  await store.put(`brief-${writer}/1-x`, bytes);
  await store.delete(`brief-${writer}/1-x`);
  // Waited for: a kill may take only the last message with it.
  await new Promise((resolve) => process.send?.(number, resolve));
}
