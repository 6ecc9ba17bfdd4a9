import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FileStateStore, SnowflakeSource, Sync, type RunReport } from 'snowmelt';
import { CustomerIoSink } from 'snowmelt/customerio';
import { progressBar } from 'snowmelt/report';
import { ProgressLines } from './progress-lines.js';
import { shopSyncs } from './queries.js';
import { reportTable } from './report-table.js';
import type { Servers } from './servers.js';
import { changesSql } from './shop.js';
import { verify } from './verify.js';

const WHAT_NEXT = `
What just happened: six syncs sent a shop to an API, and then only what had changed in it.
The rates above are those of this demo: it sends 100 messages at a time and adds 25 ms to each request, so that there is
something to watch. What the library does without that: bench/RESULTS.md.
Next: README.md, or docs/quick-start.md for a sync of your own. The queries of this demo: examples/demo/queries.ts.`;

/** Runs all syncs, changes one row in a hundred, runs them again and compares the collector with the tables. */
export async function runDemo(servers: Servers, folder: string, signal: AbortSignal): Promise<void> {
  const { snowflake, collector } = servers;
  const source = new SnowflakeSource({
    accessUrl: snowflake.facts.accessUrl,
    account: snowflake.facts.account,
    username: 'SNOWMELT_READER',
    privateKeyPath: join(folder, 'rsa_key.p8'),
    role: 'READER',
    warehouse: 'COMPUTE_WH',
    database: 'SHOP',
    schema: 'PUBLIC',
  });
  const state = new FileStateStore(join(folder, 'state'));
  const syncs = shopSyncs.map(({ name, query, mapper }) => {
    const { endpoint, writeKey } = collector.facts;
    // Small requests, so that there is something to watch; without `maxMessages` they are as large as the API takes.
    const sink = new CustomerIoSink({ endpoint, writeKey, maxMessages: 100, fetch: distantFetch });
    return new Sync({ name, source, query, mapper, sink, state, checkpoint: { everyRows: 500 } });
  });
  try {
    console.log('\nFirst run: every row.');
    await runAll(syncs, signal);

    for (const sql of changesSql()) await snowflake.ask('query', sql);
    console.log('\nThe shop has changed one row in a hundred. Second run: only those.');
    await runAll(syncs, signal);

    console.log(`\n${await verify(servers)}`);
    console.log(WHAT_NEXT);
  } finally {
    await source.close();
  }
}

async function runAll(syncs: readonly Sync[], signal: AbortSignal): Promise<void> {
  const runs: { name: string; report: RunReport; ms: number }[] = [];
  for (const sync of syncs) {
    const start = performance.now();
    const report = await runWithBar(sync, signal);
    report.throwIfFailed();
    if (report.resumedFromRow !== undefined) console.log(`${sync.name}: resumed at row ${report.resumedFromRow}`);
    runs.push({ name: sync.name, report, ms: performance.now() - start });
  }
  console.log(`\n${reportTable(runs)}`);
}

async function runWithBar(sync: Sync, signal: AbortSignal): Promise<RunReport> {
  const { stdout } = process;
  const lines = new ProgressLines(sync.name);
  const takeAway = progressBar(sync, { stream: stdout });
  if (!stdout.isTTY) sync.on('progress', ({ settledBelow, totalRows }) => lines.show(settledBelow, totalRows ?? 0));
  try {
    return await sync.run({ signal });
  } finally {
    takeAway();
  }
}

/** A fetch that takes as long as one over a network, where each request is on its way for a while. */
async function distantFetch(url: string, init: RequestInit & { readonly signal: AbortSignal }): Promise<Response> {
  await sleep(25, undefined, { signal: init.signal });
  return fetch(url, init);
}
