// What `snowmelt types` does, from code: the types of the rows are written, compared with the queries, and used.
import { readFile, writeFile } from 'node:fs/promises';
import { rowTypes } from 'snowmelt';
import { openShop } from '../shop.js';
import { openPeople } from './people.js';

const FILE = 'snowmelt-rows.d.ts';

const shop = await openShop();
const { sync, source } = openPeople(shop.connection, shop.destination);
try {
  await writeFile(FILE, String(await rowTypes(sync)));
  // In CI: row-types.yml does this with `npx snowmelt types --check`.
  const differences = (await rowTypes(sync)).differences(await readFile(FILE, 'utf8'));
  for (const { message } of differences) console.log(message);
  console.log(`${FILE}: ${differences.length} differences`);
  const report = await sync.run();
  report.throwIfFailed();
  console.log(`${report.rowsDelivered} people delivered`);
} finally {
  await source.close();
  await shop.close();
}
