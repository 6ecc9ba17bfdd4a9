// Begins a run of the sync "people" that never ends, and tells its parent when the first batch is on its way.
import { FileStateStore, Sync } from '../../src/index.js';
import { setUp } from '../sync/set-up.js';

const { options, sink } = setUp({ state: new FileStateStore(process.argv[2] ?? '') });
sink.onWrite = () => {
  process.send?.('writing');
  return new Promise(() => undefined);
};
await new Sync(options).run();
