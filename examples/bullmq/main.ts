// One run over two workers, of which one is killed: BullMQ hands out the ranges of its rows, and the other worker
// delivers what is left. The report is the whole run's.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { openPostgres } from '../postgres.js';
import { openShop } from '../shop.js';
import { openPeople, type PeopleSetup } from './people.js';

const shop = await openShop();
const postgres = await openPostgres();
const setup: PeopleSetup = {
  connection: shop.connection,
  destination: shop.destination,
  connectionString: postgres.connectionString,
};
const { queue, close } = openPeople(setup);

const program = fileURLToPath(new URL('worker.js', import.meta.url));
if (!existsSync(program)) throw new Error('Build the examples first: npm run build:examples');
const [killed, other] = [1, 2].map(() =>
  // The key goes through the environment, not through the queue.
  fork(program, { env: { ...process.env, PEOPLE_SETUP: JSON.stringify(setup) } }),
);

try {
  if (killed === undefined || other === undefined) throw new Error('There are no workers.');
  const reported = queue.run('people');
  await once(killed, 'message');
  killed.kill('SIGKILL');
  console.log(`worker ${killed.pid ?? ''}: killed`);
  const report = await reported;
  report.throwIfFailed();
  console.log(`${report.status}: ${report.rowsDelivered} rows`);
  const ended = once(other, 'exit');
  other.kill('SIGTERM');
  await ended;
} finally {
  other?.kill();
  await close();
  await postgres.close();
  await shop.close();
}
