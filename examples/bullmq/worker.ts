// A worker: works on jobs until SIGTERM. Any number of them, on any number of machines.
import { openPeople, type PeopleSetup } from './people.js';

const { queue, close } = openPeople(JSON.parse(process.env['PEOPLE_SETUP'] ?? '{}') as PeopleSetup);
queue.on('range:settled', ({ from, to }) => {
  console.log(`worker ${process.pid}: rows ${from} to ${to}`);
  process.send?.('settled');
});

const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
await queue.work({ signal: stop.signal });
await close();
process.disconnect();
