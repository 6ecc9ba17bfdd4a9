/** A source that a host program reads from. */
export type HostSource = 'SnowflakeSource' | 'SqlApiSource';

/** What a host program prints when it has run. */
export interface HostReport {
  readonly status: string;
  readonly rows: number;
  readonly error: { readonly code: string; readonly hint: string } | null;
}

const parts = ['CustomerIoSink', 'identify', 'MemoryStateStore', 'QueryTemplate', 'Sync'] as const;

/**
 * One run of a sync as a function of the entries that it is made of: the same code in every host, however it gets at
 * them.
 */
const run = `
  async function run(parts, { connection, endpoint, writeKey }) {
    const { Source, ${parts.join(', ')} } = parts;
    const source = new Source(connection);
    const sync = new Sync({
      name: 'people',
      source,
      query: new QueryTemplate('SELECT ID AS "userId", EMAIL AS "email", PAID AS "paid", SEEN AS "seen" FROM PEOPLE'),
      mapper: identify(),
      sink: new CustomerIoSink({ writeKey, region: 'us', endpoint }),
      state: new MemoryStateStore(),
    });
    try {
      const { status, rowsDelivered: rows, error } = await sync.run();
      return { status, rows, error: error === undefined ? null : { code: error.code, hint: error.hint ?? error.message } };
    } finally {
      await source.close();
    }
  }`;

const fromRoot = parts.filter((part) => part !== 'CustomerIoSink').join(', ');

function imports(source: HostSource): string {
  return `import { ${source} as Source, ${fromRoot} } from 'snowmelt';\nimport { CustomerIoSink } from 'snowmelt/customerio';`;
}

/** A function `runSync(settings)` in a module of its own, for a framework to call. */
export function hostModule(source: HostSource): string {
  return `${imports(source)}\n${run}\n
    export const runSync = (settings) => run({ Source, CustomerIoSink, ${fromRoot} }, settings);`;
}

/** A program that takes its settings from the environment and prints a {@link HostReport}. */
export function hostProgram(source: HostSource, format: 'esm' | 'cjs' = 'esm'): string {
  const load =
    format === 'esm'
      ? imports(source)
      : `const { ${source}: Source, ${fromRoot} } = require('snowmelt');
         const { CustomerIoSink } = require('snowmelt/customerio');`;
  return `${load}\n${run}\n
    run({ Source, CustomerIoSink, ${fromRoot} }, JSON.parse(process.env.SNOWMELT_HOST)).then(
      (report) => console.log(JSON.stringify(report)),
    );`;
}
