import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  sinkMessage,
  startSnowflake,
  testRowMapper,
  testSink,
  testSource,
  testStateStore,
  type EmbeddedSnowflake,
} from 'snowmelt/testing';
import { entries } from '../../scripts/entries.mjs';
import { collectContract } from '../contract/collect-contract.js';
import { root } from '../structure/source-files.js';
import { installNode } from './install-node.js';
import { packPackage, type Consumer } from './pack-package.js';

/** The parts of Jest's `--json` report that are looked at. */
interface JestReport {
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      readonly title: string;
      readonly status: string;
      readonly failureMessages?: readonly string[];
    }[];
  }[];
}

/** The parts of Mocha's JSON report that are looked at. */
interface MochaReport {
  readonly stats: Readonly<Record<string, unknown>>;
  readonly pending: readonly { readonly title: string }[];
}

/** Lines that the plug-ins of the consumer cannot be tested for. */
const SKIPPED = 31;

const specifiers = entries().map(({ specifier }) => specifier);
let consumer: Consumer;

beforeAll(async () => {
  consumer = await packPackage();
}, 300_000);
afterAll(() => consumer.remove());

/** Runs code in the consumer and returns what it prints, read as JSON. */
async function evaluate(code: string, type: 'module' | 'commonjs' = 'module'): Promise<unknown> {
  const { stdout } = await consumer.node(`--input-type=${type}`, '--eval', code);
  return JSON.parse(stdout) as unknown;
}

/** Runs a file of the consumer under Jest, in CommonJS, and returns each test as `passed its title`. */
async function underJest(file: string): Promise<readonly string[]> {
  const config = JSON.stringify({ testMatch: [`**/${file}`], transform: {}, watchman: false, testTimeout: 60_000 });
  const { stdout } = await consumer.node('node_modules/jest/bin/jest.js', '--config', config, '--json');
  const { testResults } = JSON.parse(stdout) as JestReport;
  return testResults.flatMap((file) => file.assertionResults.map(({ title, status }) => `${status} ${title}`));
}

describe('the tarball', () => {
  it('holds the build of every entry in both formats, and nothing but the build and the papers', () => {
    const files = consumer.packed.files.map(({ path }) => path);
    const expected = entries().flatMap(({ name }) =>
      ['.js', '.cjs', '.d.ts', '.d.cts'].map((end) => `dist/${name}${end}`),
    );
    expect(files).toEqual(
      expect.arrayContaining([...expected, 'LICENSE', 'README.md', 'CHANGELOG.md', 'package.json']),
    );
    const others = files.filter((file) => !/^dist\/[\w.-]+\.(js|cjs|d\.ts|d\.cts)$/.test(file));
    expect(others.sort()).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'THIRD-PARTY-NOTICES', 'package.json']);
  });
});

describe.each(specifiers)('%s', (specifier) => {
  it('has the same exports when imported and when required, without any optional peer', async () => {
    const names = `Object.keys(entry).filter((name) => name !== 'default' && name !== 'module.exports').sort()`;
    const imported = await evaluate(
      `const entry = await import('${specifier}'); console.log(JSON.stringify(${names}))`,
    );
    const required = await evaluate(
      `const entry = require('${specifier}'); console.log(JSON.stringify(${names}))`,
      'commonjs',
    );
    expect(imported).toEqual(required);
  });
});

describe('error classes', () => {
  it('are the same in every entry of one format and keep their names', async () => {
    const code = (load: string): string => `
      const { SnowmeltError, ConfigError } = ${load}('snowmelt');
      const { CustomerIoSink } = ${load}('snowmelt/customerio');
      let error;
      try { new CustomerIoSink({ writeKey: '', region: 'mars' }); } catch (caught) { error = caught; }
      console.log(JSON.stringify([
        error instanceof SnowmeltError, error instanceof ConfigError, error.constructor.name, error.name, error.code,
        CustomerIoSink.name,
      ]));`;
    const expected = [true, true, 'ConfigError', 'ConfigError', 'CONFIG_INVALID', 'CustomerIoSink'];
    expect(await evaluate(code('await import'))).toEqual(expected);
    expect(await evaluate(code('require'), 'commonjs')).toEqual(expected);
  });

  it('are recognised between the formats by their brand', async () => {
    const code = `
      import { createRequire } from 'node:module';
      import * as esm from 'snowmelt';
      const cjs = createRequire(import.meta.resolve('snowmelt'))('snowmelt');
      const make = ({ ConfigError }) => new ConfigError('CONFIG_INVALID', 'x');
      console.log(JSON.stringify([
        make(cjs) instanceof esm.ConfigError, esm.isSnowmeltError(make(cjs)), cjs.isSnowmeltError(make(esm)),
        esm.isSnowmeltError(new Error('x')),
      ]));`;
    expect(await evaluate(code)).toEqual([false, true, true, false]);
  });
});

describe('loading', () => {
  it('takes under 130 ms with require, all of the process', { timeout: 180_000 }, async () => {
    const timed = async (code: string): Promise<number> => {
      const start = performance.now();
      await consumer.node('--eval', code);
      return performance.now() - start;
    };
    const bare: number[] = [];
    const loaded: number[] = [];
    for (let run = 0; run < 15; run++) {
      bare.push(await timed(''));
      loaded.push(await timed(`require('snowmelt')`));
    }
    // The best run: what disturbs a run only ever makes it slower. Where Node alone takes longer than the 50 ms of the
    // machine that the aim was set on, the aim moves with it.
    expect(Math.min(...loaded)).toBeLessThan(Math.max(130, 2.6 * Math.min(...bare)));
  });

  it('takes schemas of any copy of zod', async () => {
    const code = (load: string): string => `(async () => {
      const { defineMapper, messageSchema } = ${load}('snowmelt');
      const z = ${load}('zod');
      const mine = z.array(z.union([messageSchema, z.object({ mine: z.literal(1) })]));
      const { error } = messageSchema.safeParse({});
      const row = z.object({ ID: z.string() });
      const mapper = defineMapper(({ ID }) => ({ type: 'identify', userId: ID }), { schema: row });
      console.log(JSON.stringify([
        messageSchema instanceof z.ZodType, error instanceof z.ZodError,
        mine.safeParse([{ mine: 1 }, { type: 'identify', userId: '1' }]).success,
        mine.safeParse([{ type: 'identify' }]).success, z.toJSONSchema(messageSchema).oneOf.length,
        mapper.map({ ID: '1' }).userId,
      ]));
    })()`;
    const expected = [true, true, true, false, 6, '1'];
    expect(await evaluate(code('await import'))).toEqual(expected);
    expect(await evaluate(code('require'), 'commonjs')).toEqual(expected);
  });

  it('loads no client library', async () => {
    const code = (load: string): string => `
      ${load};
      const { createRequire } = process.getBuiltinModule('node:module');
      const cache = Object.keys(createRequire(process.cwd() + '/x.js').cache);
      console.log(JSON.stringify(cache.map((file) => file.split('node_modules/').at(-1).split('/')[0])));`;
    const allowed = ['snowmelt', 'zod', 'eventemitter3'];
    const loaded = (await evaluate(code(`require('snowmelt')`), 'commonjs')) as string[];
    expect(loaded).toContain('snowmelt');
    expect([...new Set(loaded)].filter((name) => !allowed.includes(name))).toEqual([]);
    const byImport = (await evaluate(code(`await import('snowmelt')`))) as string[];
    expect([...new Set(byImport)].filter((name) => !allowed.includes(name))).toEqual([]);
  });

  it('says which package to install when ActionDestinationSink finds no destinations', async () => {
    const code = (load: string): string => `(async () => {
      const { ActionDestinationSink } = ${load}('snowmelt/action-destinations');
      const error = await new ActionDestinationSink({ destination: 'braze', action: 'x' }).open().catch((caught) => caught);
      console.log(JSON.stringify({ code: error.code, hint: error.hint }));
    })()`;
    const expected = { code: 'PEER_MISSING', hint: 'npm install @segment/actions-core' };
    expect(await evaluate(code('await import'))).toEqual(expected);
    expect(await evaluate(code('require'), 'commonjs')).toEqual(expected);
  });

  it('says which package to install when SnowflakeSource finds no driver', async () => {
    const code = (load: string): string => `(async () => {
      const { SnowflakeSource } = ${load}('snowmelt');
      const { generateKeyPairSync } = await import('node:crypto');
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
      const source = new SnowflakeSource({
        account: 'org-account', username: 'u', privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }),
      });
      const error = await source.now().catch((caught) => caught);
      console.log(JSON.stringify({ code: error.code, hint: error.hint }));
    })()`;
    const expected = { code: 'PEER_MISSING', hint: expect.stringContaining('npm install snowflake-sdk') as unknown };
    expect(await evaluate(code('await import'))).toEqual(expected);
    expect(await evaluate(code('require'), 'commonjs')).toEqual(expected);
  });
});

describe('types', () => {
  it.each([
    { module: 'node16', moduleResolution: 'node16', file: 'esm.mts' },
    { module: 'node16', moduleResolution: 'node16', file: 'cjs.cts' },
    { module: 'nodenext', moduleResolution: 'nodenext', file: 'esm.mts' },
    { module: 'nodenext', moduleResolution: 'nodenext', file: 'cjs.cts' },
    { module: 'esnext', moduleResolution: 'bundler', file: 'bundled.ts' },
    // What Next.js 15 writes into a new project; it knows no `exports`.
    { module: 'commonjs', moduleResolution: 'node10', file: 'node10.ts' },
  ])('check in a strict consumer: $moduleResolution, $file', { timeout: 180_000 }, async ({ file, ...resolution }) => {
    // `import x = require()` would not show the CommonJS types any better: in a .cts file `import` means require.
    const lines = specifiers.map((specifier, index) => `import * as entry${index} from '${specifier}';`);
    const uses = specifiers.map((_, index) => `void entry${index};`);
    const typed = `import { identify, SnowmeltError, type Sink, type Message } from 'snowmelt';
      const message: Message | readonly Message[] | undefined = identify().map({ userId: '1' });
      const sink: Sink = { name: 'mine', write: async (batch) => ({ accepted: batch.length }) };
      // @ts-expect-error a sink has to say what it accepted
      const wrong: Sink = { name: 'mine', write: async () => ({}) };
      const error = new SnowmeltError('CONFIG_INVALID', 'x');
      // @ts-expect-error codes are a closed list
      if (error.code === 'NO_SUCH_CODE') void [message, sink, wrong];`;
    await writeFile(join(consumer.folder, file), [...lines, typed, ...uses].join('\n'));
    const config = `tsconfig.${resolution.moduleResolution}.${file}.json`;
    // Who imports `snowmelt/otel` has its peer; all other types stand without any.
    const paths = { '@opentelemetry/api': [join(root, 'node_modules/@opentelemetry/api/build/src/index.d.ts')] };
    // TypeScript 6 calls node10 deprecated; zod's types need the other one there.
    const isOld = resolution.moduleResolution === 'node10';
    const legacy = isOld ? { ignoreDeprecations: '6.0', esModuleInterop: true } : {};
    const compilerOptions = {
      ...resolution,
      target: 'es2022',
      strict: true,
      noEmit: true,
      types: ['node'],
      paths,
      ...legacy,
    };
    await writeFile(join(consumer.folder, config), JSON.stringify({ compilerOptions, files: [file] }));
    const { stdout } = await consumer
      .node('node_modules/typescript/bin/tsc', '-p', config)
      .catch((error: unknown) => error as { stdout: string });
    expect(stdout).toBe('');
  });
});

describe('one mapping test', () => {
  it('runs under vitest', { timeout: 180_000 }, async () => {
    const { stdout } = await consumer.node('node_modules/vitest/vitest.mjs', 'run', 'mapping.test.mjs');
    expect(stdout).toMatch(/Tests .*1 passed/);
  });

  it('runs under node:test', async () => {
    const { stdout } = await consumer.node('--test', '--test-reporter=tap', 'mapping.test.mjs');
    expect(stdout).toMatch(/^# pass 1$/m);
  });

  it('runs under Jest, in CommonJS', { timeout: 180_000 }, async () => {
    expect(await underJest('mapping.test.cjs')).toEqual(['passed a row becomes an identify message']);
  });
});

describe('the contract suites', () => {
  const unused = { name: 'any', create: () => expect.unreachable() };
  const namesOf = (suite: Parameters<typeof collectContract>[0]): readonly string[] =>
    collectContract(suite).map(({ name }) => name);
  const sinkLines = namesOf((runner) => testSink({ ...runner, ...unused, message: sinkMessage }));
  const storeLines = namesOf((runner) => testStateStore({ ...runner, ...unused }));
  const mapperLines = namesOf((runner) => testRowMapper({ ...runner, ...unused }));
  const sourceLines = namesOf((runner) => testSource({ ...runner, ...unused }));
  const suites = [sinkLines, sinkLines, storeLines, mapperLines, sourceLines];
  const lines = suites.flat();
  const why = / \(skipped: (no (?:capability|member) `.*`)\)$/;

  let snowflake: EmbeddedSnowflake;
  beforeAll(async () => {
    snowflake = await startSnowflake({ resultChunkRows: 700, resultInlineRows: 300 });
    process.env['SNOWMELT_TEST_CONNECTION'] = JSON.stringify(snowflake.connection());
  });
  afterAll(async () => {
    delete process.env['SNOWMELT_TEST_CONNECTION'];
    await snowflake.close();
  });

  it('run under node:test', { timeout: 180_000 }, async () => {
    const { stdout } = await consumer.node('--test', '--test-reporter=tap', 'contracts.test.mjs');
    expect(stdout).toMatch(/^# fail 0$/m);
    const passed = [...stdout.matchAll(/^ {4}ok \d+ - (.*?)(?: # SKIP .*)?$/gm)].map(([, line]) => line);
    expect(passed).toEqual(lines);
    // What these sinks and stores cannot do is shown, not passed over.
    const skipped = [...stdout.matchAll(/^ {4}ok \d+ - .*? # SKIP (.*)$/gm)].map(([, reason]) => reason);
    expect(skipped).toHaveLength(SKIPPED);
    expect(skipped.filter((reason) => !/^no (capability|member) `/.test(reason ?? ''))).toEqual([]);
  });

  it('run under vitest, which skips as many', { timeout: 180_000 }, async () => {
    const vitest = ['node_modules/vitest/vitest.mjs', 'run', 'contracts.test.mjs', '--reporter=json'];
    const { testResults } = JSON.parse((await consumer.node(...vitest, '--testTimeout=60000')).stdout) as JestReport;
    const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
    expect(tests.map(({ title }) => title)).toEqual(lines);
    expect(tests.filter(({ status }) => status === 'skipped')).toHaveLength(SKIPPED);
    expect(tests.filter(({ status }) => status === 'passed')).toHaveLength(lines.length - SKIPPED);
  });

  it('run under Mocha, in CommonJS, which skips as many and shows why', { timeout: 300_000 }, async () => {
    const mocha = ['node_modules/mocha/bin/mocha.js', 'contracts.test.cjs', '--reporter', 'json', '--timeout', '60000'];
    const { stdout } = await consumer.node(...mocha);
    const { stats, pending } = JSON.parse(stdout) as MochaReport;
    expect(stats).toMatchObject({ passes: lines.length - SKIPPED, pending: SKIPPED, failures: 0 });
    expect(pending.filter(({ title }) => !why.test(title))).toEqual([]);
  });

  it('run under Jest, in CommonJS, which skips as many and shows why', { timeout: 300_000 }, async () => {
    const told = await underJest('contracts.test.cjs');
    const all = suites.flatMap((suite) => [...suite, 'is tested for all that it can do']);
    expect(told.map((line) => line.replace(/^\w+ /, '').replace(why, ''))).toEqual(all);
    const skipped = told.filter((line) => !line.startsWith('passed '));
    expect(skipped).toHaveLength(SKIPPED);
    expect(skipped.filter((line) => !(line.startsWith('pending ') && why.test(line)))).toEqual([]);
  });

  it('fail under Jest where a plug-in could be tested for more, and say what to write', async () => {
    await writeFile(
      join(consumer.folder, 'unsaid.test.cjs'),
      `const { FileStateStore } = require('snowmelt');
      const { testStateStore } = require('snowmelt/testing');
      const { mkdtempSync } = require('node:fs');
      const { join } = require('node:path');
      const create = () => {
        const folder = mkdtempSync(join(__dirname, 'records-'));
        const open = () => new FileStateStore(folder);
        return { store: open(), capabilities: { reopen: open } };
      };
      testStateStore({ describe, it, name: 'any', create });`,
    );
    const failed: unknown = await underJest('unsaid.test.cjs').catch((error: unknown) => error);
    const { testResults } = JSON.parse((failed as { stdout: string }).stdout) as JestReport;
    const [failure, ...others] = testResults
      .flatMap(({ assertionResults }) => assertionResults)
      .flatMap(({ failureMessages }) => failureMessages ?? []);
    expect(failure).toContain("testStateStore({ …, abilities: ['reopen'] })");
    expect(others).toEqual([]);
  });
});

describe('snowmelt.config.ts', () => {
  const typed = `
    import { fromAsyncIterable, identify, MemoryStateStore, Sync, type Row } from 'snowmelt';
    import { CallbackSink } from 'snowmelt/sinks';
    const rows: readonly Row[] = [{ userId: 1 }, { userId: 2 }];
    export const source = fromAsyncIterable(async function* () { yield* rows; }, { columns: ['userId'] });
    const sink = new CallbackSink(async () => undefined);
    export const syncs: readonly Sync[] = [
      new Sync({ name: 'people', source, mapper: identify(), sink, state: new MemoryStateStore() }),
    ];`;
  const snowmelt = async (node: string, ...args: string[]): Promise<{ stdout: string; stderr: string }> =>
    promisify(execFile)(node, ['node_modules/snowmelt/dist/cli.js', ...args], { cwd: consumer.folder });

  it('is loaded where Node strips types, and elsewhere the error says what to do', { timeout: 300_000 }, async () => {
    await writeFile(join(consumer.folder, 'snowmelt.config.ts'), typed);
    await writeFile(join(consumer.folder, 'enum.ts'), 'enum Sync { people }\nexport const syncs = [Sync.people];');
    const stripping = await installNode(consumer.folder, '24');
    expect((await snowmelt(stripping, 'run')).stdout).toMatch(/^people: completed: 2 rows delivered/);
    await expect(snowmelt(stripping, 'run', '--config', 'enum.ts')).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/CONFIG_INVALID: Node does not load enum\.ts: .*enum.*\n.*compile/) as unknown,
    });
    // The last one that does not.
    await expect(snowmelt(await installNode(consumer.folder, '22.17'), 'run')).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringMatching(
        /does not load snowmelt\.config\.ts\.\n.*snowmelt\.config\.mjs, or use Node 22\.18/,
      ) as unknown,
    });
  });
});
