import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, inject, it } from 'vitest';
import { entries } from '../../scripts/entries.mjs';
import { root } from '../structure/source-files.js';

const hosts = inject('hosts');

// Below 5.4 the types of zod, which the schema of messages shows, cannot be read ("NoInfer").
const OLDEST = 'ts54';
/** The first one in which `Uint8Array` takes a type. */
const BYTES = 'ts57';
const NEWEST = 'typescript';

const program = [
  ...entries().map(({ specifier }, index) => `import * as entry${index} from '${specifier}'; void entry${index};`),
  `import { identify, SnowmeltError, type HttpFetch, type Message, type Sink } from 'snowmelt';
   const message: Message | readonly Message[] | undefined = identify().map({ userId: '1' });
   const sink: Sink = { name: 'mine', write: async (batch) => ({ accepted: batch.length }) };
   // @ts-expect-error a sink has to say what it accepted
   const wrong: Sink = { name: 'mine', write: async () => ({}) };
   export const proxied: HttpFetch = (url, init) => fetch(url, init);
   const error = new SnowmeltError('CONFIG_INVALID', 'x');
   // @ts-expect-error codes are a closed list
   if (error.code === 'NO_SUCH_CODE') void [message, sink, wrong];`,
].join('\n');

// Nothing is left out by skipLibCheck: our own types have to be right, too.
it.each([
  { compiler: OLDEST, module: 'commonjs', moduleResolution: 'node', file: 'types.ts' },
  { compiler: OLDEST, module: 'node16', moduleResolution: 'node16', file: 'types.mts' },
  { compiler: OLDEST, module: 'node16', moduleResolution: 'node16', file: 'types.cts' },
  { compiler: OLDEST, module: 'esnext', moduleResolution: 'bundler', file: 'types.ts' },
  { compiler: BYTES, module: 'commonjs', moduleResolution: 'node', file: 'types.ts' },
  { compiler: BYTES, module: 'nodenext', moduleResolution: 'nodenext', file: 'types.mts' },
  { compiler: NEWEST, module: 'nodenext', moduleResolution: 'nodenext', file: 'types.mts' },
  { compiler: NEWEST, module: 'nodenext', moduleResolution: 'nodenext', file: 'types.cts' },
  { compiler: NEWEST, module: 'esnext', moduleResolution: 'bundler', file: 'types.ts' },
])('$compiler reads the types: $moduleResolution, $file', async ({ compiler, file, ...resolution }) => {
  const config = `tsconfig.${compiler}.${resolution.moduleResolution}.${file}.json`;
  const paths = { '@opentelemetry/api': [join(root, 'node_modules/@opentelemetry/api/build/src/index.d.ts')] };
  const compilerOptions = {
    ...resolution,
    target: 'es2022',
    lib: ['es2022', 'dom'],
    types: ['node'],
    strict: true,
    noEmit: true,
    // zod's types need it where a file is CommonJS.
    esModuleInterop: true,
    ...(compiler === NEWEST ? {} : { baseUrl: '.' }),
    paths,
  };
  await writeFile(join(hosts, file), program);
  await writeFile(join(hosts, config), JSON.stringify({ compilerOptions, files: [file] }));
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(hosts, 'node_modules', compiler, 'bin/tsc'), '-p', config],
    { cwd: hosts },
  ).catch((error: unknown) => error as { stdout: string });
  expect(stdout).toBe('');
});
