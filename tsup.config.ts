import { defineConfig, type Options } from 'tsup';
import { commonJs } from './scripts/common-js.mjs';
import { entries } from './scripts/entries.mjs';
import { thirdPartyNotices } from './scripts/third-party-notices.mjs';

const library = Object.fromEntries(entries().map(({ name, source }) => [name, source]));

// Entries only of the build, which is cut where they meet: the root only re-exports, and a bundler takes from it the
// parts that a program uses. It leaves out a file that is not used, not always a statement.
const parts = {
  'parts/mappers': 'src/parts/mappers.ts',
  'parts/sql-api': 'src/source/sql-api/sql-api-source.ts',
  'parts/snowflake': 'src/source/snowflake/snowflake-source.ts',
  'parts/rest': 'src/parts/rest.ts',
};

const types = {
  entry: library,
  // Inlined, so that a user of the types needs no package that is not installed.
  resolve: ['@standard-schema/spec'],
  // tsup 8 passes `baseUrl`, which TypeScript 6 reports as deprecated.
  compilerOptions: { ignoreDeprecations: '6.0' },
};

const notices = thirdPartyNotices(types.resolve);

const base: Options = {
  format: 'esm',
  target: 'node20',
  platform: 'node',
  // One copy of every class per format, so that `instanceof` works across entries.
  splitting: true,
  // Runtimes other than Node know the modules of Node only by this prefix.
  removeNodeProtocol: false,
  sourcemap: false,
  // `npm run build` empties dist first: two configurations that each clean would delete each other's files.
  clean: false,
  shims: false,
  silent: true,
  dts: types,
  esbuildPlugins: [notices],
};

export default defineConfig([
  // The command line has no types, and runs as a program of its own.
  { ...base, entry: { ...library, ...parts, cli: 'src/cli.ts' } },
  {
    ...base,
    entry: library,
    outExtension: () => ({ js: '.cjs' }),
    dts: false,
    plugins: [commonJs],
    // The first two are ESM-only packages: Jest's CommonJS runtime cannot `require` them. zod's own CommonJS build loads
    // every locale and all else it has, a fifth of the time that `require('snowmelt')` takes; its schemas combine with
    // those of another copy, because zod tells them by brand and not by class.
    noExternal: ['p-retry', 'is-network-error', 'zod'],
    // What `createRequire` is given; CommonJS has no `import.meta`.
    define: { 'import.meta.url': '__filename' },
  },
  { ...base, entry: library, format: 'cjs', dts: { ...types, only: true } },
]);
