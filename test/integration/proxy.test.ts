import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { fetch as undiciFetch, ProxyAgent } from 'undici';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { identify, MemoryStateStore, QueryTemplate, SqlApiSource, Sync, type HttpFetch } from 'snowmelt';
import { CustomerIoSink } from 'snowmelt/customerio';
import { startCollector, startSnowflake, type Collector, type EmbeddedSnowflake } from 'snowmelt/testing';

let snowflake: EmbeddedSnowflake;
let collector: Collector;
let proxy: Server;
let dispatcher: ProxyAgent;
/** Where tunnels were asked for. */
const tunnels: string[] = [];

beforeAll(async () => {
  snowflake = await startSnowflake({
    seedSql: ['CREATE TABLE PEOPLE (ID NUMBER)', 'INSERT INTO PEOPLE VALUES (1), (2), (3)'],
  });
  collector = await startCollector();
  proxy = createServer();
  proxy.on('connect', (request, client) => {
    tunnels.push(request.url ?? '');
    const { hostname, port } = new URL(`http://${request.url}`);
    const server = connect(Number(port), hostname, () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      server.pipe(client).pipe(server);
    });
    server.on('error', () => client.destroy());
    client.on('error', () => server.destroy());
  });
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  dispatcher = new ProxyAgent(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}`);
});
afterAll(async () => {
  await dispatcher.close();
  proxy.closeAllConnections();
  proxy.close();
  await collector.close();
  await snowflake.close();
});

it('the SQL API and sinks go through a proxy by the fetch that is passed in, as documented', async () => {
  const fetch: HttpFetch = (url, init) => undiciFetch(url, { ...init, dispatcher });
  const source = new SqlApiSource({ ...snowflake.connection(), fetch });
  const { endpoint, writeKey } = collector;
  const sync = new Sync({
    name: 'people',
    source,
    query: new QueryTemplate('SELECT ID AS "userId" FROM PEOPLE'),
    mapper: identify(),
    sink: new CustomerIoSink({ writeKey, endpoint, fetch }),
    state: new MemoryStateStore(),
  });
  expect(await sync.run()).toMatchObject({ status: 'completed', rowsDelivered: 3 });
  await source.close();
  const hosts = [snowflake.connection().accessUrl, endpoint].map((url) => new URL(url).host);
  expect(new Set(tunnels)).toEqual(new Set(hosts));
});
