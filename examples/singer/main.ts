// A Singer tap: writes SCHEMA, RECORD and STATE messages (Singer specification 0.3.0) to stdout, one JSON text per
// line, so that any Singer target can be the destination:
//   node build/examples/singer/main.js --config config.json --state state.json | target-csv >> state.json
import { readFileSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { QueryTemplate, SqlApiSource, toReadable } from 'snowmelt';
import type { SnowflakeConnectionOptions } from 'snowmelt';
import { openShop } from '../shop.js';

// Singer numbers are JSON's, which readers take for doubles: what has to stay exact travels as text.
const query = new QueryTemplate(`
  SELECT TO_VARCHAR(ID) AS "id", EVENT AS "event", TO_VARCHAR(TOTAL) AS "total", CREATED_AT AS "created_at",
    OBJECT_CONSTRUCT_KEEP_NULL('id', TO_VARCHAR(PERSON_ID)) AS "person"
  FROM EVENTS WHERE CREATED_AT >= {{last_sync_time}}`);
const schema = {
  type: 'object',
  properties: {
    id: { type: 'string' },
    event: { type: ['string', 'null'] },
    total: { type: ['string', 'null'], format: 'singer.decimal' },
    created_at: { type: ['string', 'null'], format: 'date-time' },
    person: { type: 'object', properties: { id: { type: ['string', 'null'] } } },
  },
};
const stream = 'events';

// The arguments that Singer runners pass. There is one stream, so a catalog has nothing to choose from.
const { values: args } = parseArgs({
  options: { config: { type: 'string' }, state: { type: 'string' }, catalog: { type: 'string' } },
});
const read = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));
const { last_sync_time: lastSyncTime } = (args.state === undefined ? {} : read(args.state)) as {
  readonly last_sync_time?: number;
};
// A config is the options of a source: { "account": "org-account", "username": …, "privateKeyPath": … }.
const shop = args.config === undefined ? await openShop() : { connection: read(args.config), close: () => undefined };
const source = new SqlApiSource(shop.connection as SnowflakeConnectionOptions);

async function* messages(): AsyncGenerator<string> {
  const line = (message: object): string => `${JSON.stringify(message)}\n`;
  const started = Math.floor((await source.now()).getTime() / 1000);
  yield line({ type: 'SCHEMA', stream, schema, key_properties: ['id'] });
  for await (const record of toReadable(source, query, { lastSyncTime }) as AsyncIterable<object>) {
    yield line({ type: 'RECORD', stream, record });
  }
  // Only now, as in a sync: the window starts where this run started, once every row is out.
  yield line({ type: 'STATE', value: { last_sync_time: started } });
}

try {
  await pipeline(messages, process.stdout);
} catch (error) {
  const isGone = error instanceof Error && 'code' in error && error.code === 'EPIPE';
  // No STATE was written, so the next run sends the same rows again.
  console.error(isGone ? 'The target ended before all rows were written.' : error);
  process.exitCode = 1;
} finally {
  await source.close();
  await shop.close();
}
