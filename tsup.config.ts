import { defineConfig, type Options } from 'tsup';
import { entries } from './scripts/entries.mjs';
import { thirdPartyNotices } from './scripts/third-party-notices.mjs';

const library = Object.fromEntries(entries().map(({ name, source }) => [name, source]));
const types = {
  // Inlined, so that a user of the types needs no package that is not installed.
  resolve: ['@standard-schema/spec'],
  // tsup 8 passes `baseUrl`, which TypeScript 6 reports as deprecated.
  compilerOptions: { ignoreDeprecations: '6.0' },
};

const notices = thirdPartyNotices(types.resolve);

const base: Options = {
  entry: library,
  target: 'node20',
  platform: 'node',
  // One copy of every class per format, with its name, so that `instanceof` works across entries.
  splitting: true,
  keepNames: true,
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
  { ...base, format: 'esm', entry: { ...library, cli: 'src/cli.ts' }, dts: { ...types, entry: library } },
  {
    ...base,
    format: 'cjs',
    // The first two are ESM-only packages: Jest's CommonJS runtime cannot `require` them. zod's own CommonJS build loads
    // every locale and all else it has, a fifth of the time that `require('snowmelt')` takes; its schemas combine with
    // those of another copy, because zod tells them by brand and not by class.
    noExternal: ['p-retry', 'is-network-error', 'zod'],
    // What `createRequire` is given; CommonJS has no `import.meta`.
    define: { 'import.meta.url': '__filename' },
  },
]);
