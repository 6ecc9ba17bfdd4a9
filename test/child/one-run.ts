// Runs the sync "people" once and tells its parent how it ended.
import { FileStateStore, Sync } from '../../src/index.js';
import { setUp } from '../sync/set-up.js';

const { options } = setUp({ state: new FileStateStore(process.argv[2] ?? '') });
const { status, skipReason } = await new Sync(options).run();
process.send?.({ status, skipReason });
