// `npm run bench`: servers and contestants each in a process of their own, contestants interleaved, medians with spread.
//   --check   only the contests that the promised ratios need, 3 runs each; exit code 1 when one is missed
//   --quick   one run each; writes nothing
//   --only=id,id   only these contestants; writes nothing
import { fork, execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { groups as allGroups, promises } from './contests.mjs';
import { costs } from './costs.mjs';
import { startRedis } from './redis.mjs';
import { chart, table } from './report.mjs';
import { startPostgres } from '../scripts/start-postgres.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const flags = new Set(process.argv.slice(2));
const check = flags.has('--check');
const only = process.argv
  .find((flag) => flag.startsWith('--only='))
  ?.slice(7)
  .split(',');
const CONTEST_TIMEOUT_MS = 600_000;

if (!existsSync(`${here}node_modules`)) execFileSync('npm', ['ci', '--prefix', here], { stdio: 'inherit' });
if (!existsSync(`${here}../dist/index.js`)) throw new Error('build first: npm run build');

function startServer(file, ...args) {
  return new Promise((resolve, reject) => {
    const child = fork(here + file, args);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`${file} ended with code ${code}`)));
    child.once('message', ({ port, ...told }) =>
      resolve({ url: `http://127.0.0.1:${port}`, told, stop: () => child.connected && child.disconnect() }),
    );
  });
}

function contest(contestant, servers) {
  return new Promise((resolve, reject) => {
    const settings = {
      ...contestant,
      warehouse: servers.warehouse.url,
      collector: servers.collector.url,
      postgres: servers.postgres?.url,
      redis: servers.redis?.path,
      stateWarehouse: servers.stateWarehouse?.told,
      folder,
    };
    const child = fork(`${here}contestants/${contestant.file}`, [JSON.stringify(settings)], {
      execArgv: [],
      env: {
        ...process.env,
        NODE_OPTIONS: '',
        SNOWFLAKE_DISABLE_PLATFORM_DETECTION: 'true',
        NO_PROXY: '127.0.0.1,localhost',
        NODE_NO_WARNINGS: '1',
      },
    });
    const timer = setTimeout(() => child.kill('SIGKILL'), CONTEST_TIMEOUT_MS);
    let result;
    child.once('message', (message) => (result = message));
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      if (result === undefined || code !== 0)
        reject(
          new Error(`${contestant.label} ended with ${code ?? signal}, ${result ? 'after' : 'before'} its result`),
        );
      else resolve(result);
    });
  });
}

async function verified(contestant, servers) {
  const { warehouse, collector } = servers;
  const delay = `/delay/${contestant.delayMs ?? 0}`;
  await Promise.all([warehouse, collector].map(({ url }) => fetch(url + delay, { method: 'PUT' })));
  await fetch(collector.url, { method: 'DELETE' });
  const { phase } = contestant;
  if (phase !== undefined) await fetch(`${warehouse.url}/keyed/${contestant.rows}/${phase}`, { method: 'PUT' });
  const result = await contest(contestant, servers);
  if (result.rows !== contestant.rows)
    throw new Error(`${contestant.label}: ${result.rows} of ${contestant.rows} rows`);
  if (contestant.delivers !== false) {
    const counted = await (await fetch(collector.url)).json();
    if (counted.messages !== (contestant.messages ?? contestant.rows))
      throw new Error(`${contestant.label}: ${counted.messages} messages arrived`);
  }
  return { ...result, rate: result.rows / result.seconds };
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

async function hold(group, servers) {
  const runs = new Map(group.contestants.map(({ id }) => [id, []]));
  const rounds = flags.has('--quick') ? 1 : Math.min(group.runs, check ? 3 : Infinity);
  for (let round = 0; round < rounds; round++) {
    for (const contestant of group.contestants) {
      if (round >= (contestant.runs ?? rounds)) continue;
      const result = await verified(contestant, servers);
      runs.get(contestant.id).push(result);
      const { rate, cpuSeconds, peakRssMb } = result;
      const cost = `${whole(rate)} rows/s, ${cpuSeconds.toFixed(1)} CPU s, ${whole(peakRssMb)} MB`;
      console.log(`${contestant.label} (${contestant.rows} × ${contestant.columns}): ${cost}`);
    }
  }
  return group.contestants.map((contestant) => {
    const own = runs.get(contestant.id);
    const rates = own.map(({ rate }) => rate);
    return {
      ...contestant,
      rate: median(rates),
      low: Math.min(...rates),
      high: Math.max(...rates),
      cpu: median(own.map(({ cpuSeconds }) => cpuSeconds)),
      rss: median(own.map(({ peakRssMb }) => peakRssMb)),
      checkpoints: median(own.map(({ checkpoints }) => checkpoints)),
      snapshotBytes: median(own.map(({ snapshotBytes }) => snapshotBytes)),
    };
  });
}

const whole = (value) => Math.round(value).toLocaleString('en-US');

function wanted() {
  const needed = new Set(promises.flatMap(({ needs }) => needs));
  const isWanted = ({ id }) => (only === undefined ? !check || needed.has(id) : only.includes(id));
  return allGroups
    .map((group) => ({ ...group, contestants: group.contestants.filter(isWanted) }))
    .filter(({ contestants }) => contestants.length > 0);
}

const groups = wanted();
const contestants = groups.flatMap((group) => group.contestants);
const stores = new Set(contestants.map(({ store }) => store));
const wide = contestants.some(({ columns }) => columns === 200);
const startedAt = performance.now();
const [load] = loadavg();
const servers = {};
const held = [];
/** What one contestant leaves for the next. */
const folder = mkdtempSync(join(tmpdir(), 'snowmelt-bench-'));
try {
  servers.warehouse = await startServer('servers/warehouse.mjs', wide ? '10,200' : '10');
  servers.collector = await startServer('servers/collector.mjs');
  if (stores.has('postgres')) servers.postgres = await startPostgres();
  if (stores.has('redis')) servers.redis = await startRedis();
  if (stores.has('snowflake')) servers.stateWarehouse = await startServer('servers/state-warehouse.mjs');
  if (stores.has('redis') && servers.redis === undefined) {
    console.log('no redis-server on the PATH: its store is not measured');
    for (const group of groups) group.contestants = group.contestants.filter(({ store }) => store !== 'redis');
  }
  for (const group of groups) held.push({ ...group, results: await hold(group, servers) });
} finally {
  for (const server of Object.values(servers)) await server?.stop();
  rmSync(folder, { recursive: true, force: true });
}

const results = new Map(held.flatMap((group) => group.results.map((result) => [result.id, result])));
const verdicts = promises
  .filter(({ needs }) => needs.every((id) => results.has(id)))
  .map((promise) => {
    const value = promise.value(results);
    return { ...promise, value, kept: promise.kept(value) };
  });
const minutes = ((performance.now() - startedAt) / 60_000).toFixed(0);
const hardware = `${cpus().length} × ${cpus()[0].model}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`;
const machine = `${hardware}, ${new Date().toISOString().slice(0, 10)}, ${minutes} minutes, load ${load.toFixed(1)} before it`;
const text = table(held, verdicts, costs(), machine);
console.log(`\n${text}`);
if (!check && !flags.has('--quick') && only === undefined) {
  const file = `${here}RESULTS.md`;
  const [before, rest] = readFileSync(file, 'utf8').split(/(?<=<!-- measured -->\n)/);
  const after = rest.slice(rest.indexOf('<!-- /measured -->'));
  writeFileSync(file, `${before}\n${text}\n\n${after}`);
  writeFileSync(`${here}rates.svg`, chart(held[0].results));
}
if (check && verdicts.some(({ kept }) => !kept)) process.exitCode = 1;
