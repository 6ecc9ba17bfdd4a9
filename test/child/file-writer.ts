// Counts up the record of a state folder for ever, telling its parent about each update that was acknowledged.
import { FileStateStore, isSnowmeltError } from '../../src/index.js';

const store = new FileStateStore(process.argv[2] ?? '');
for (;;) {
  const read = await store.get('people');
  if (read === undefined) throw new Error('the record vanished');
  const value = { ...read.value, lastSyncTime: read.value.lastSyncTime + 1 };
  try {
    await store.compareAndSet('people', read.version, value);
    // Waited for: a kill may take only the last message with it.
    await new Promise((resolve) => process.send?.('written', resolve));
  } catch (error) {
    if (!isSnowmeltError(error) || error.code !== 'STATE_CONFLICT') throw error;
  }
}
