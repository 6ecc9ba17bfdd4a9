// An HTTP endpoint that triggers a run, for webhooks and other schedulers.
import type { AddressInfo } from 'node:net';
import express, { type ErrorRequestHandler } from 'express';
import { FileStateStore, identify, isSnowmeltError, QueryTemplate, SnowflakeSource, Sync } from 'snowmelt';
import { CustomerIoSink } from 'snowmelt/customerio';
import { openShop } from '../shop.js';

const shop = await openShop();
const source = new SnowflakeSource(shop.connection);
const sync = new Sync({
  name: 'people',
  source,
  query: new QueryTemplate(
    'SELECT ID AS "userId", EMAIL AS "email" FROM people WHERE LAST_UPDATED >= {{last_sync_time}}',
  ),
  mapper: identify(),
  sink: new CustomerIoSink(shop.destination),
  state: new FileStateStore('./.snowmelt'),
});
const shutdown = new AbortController();

const app = express();
app.post('/syncs/people/runs', async (_request, response) => {
  // Two requests at once are no danger: the second finds the lease held, and its report says `skipped`.
  const report = await sync.run({ signal: shutdown.signal });
  report.throwIfFailed();
  response.json({ status: report.status, rows: report.rowsDelivered });
});
app.get('/syncs/people', async (_request, response) => {
  response.json(await sync.status());
});
// Express 5 comes here with what a handler throws. Code and hint are safe to show: they hold no secrets and no rows.
const onError: ErrorRequestHandler = (error, _request, response, next) => {
  if (response.headersSent) next(error);
  else response.status(502).json(isSnowmeltError(error) ? { code: error.code, hint: error.hint } : { code: 'UNKNOWN' });
};
app.use(onError);

const server = app.listen(Number(process.env['PORT'] ?? 0), '127.0.0.1');
const stop = async (): Promise<void> => {
  shutdown.abort();
  server.close();
  await source.close();
  await shop.close();
};
process.once('SIGTERM', () => void stop());
await new Promise((resolve) => server.once('listening', resolve));
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/syncs/people`;
console.log(`POST ${url}/runs starts a run`);

// The example calls itself once and ends.
if (shop.isLocal) {
  const response = await fetch(`${url}/runs`, { method: 'POST' });
  if (!response.ok) process.exitCode = 1;
  console.log(response.status, await response.text());
  await stop();
}
