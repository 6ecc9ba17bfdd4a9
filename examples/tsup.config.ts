import { defineConfig } from 'tsup';

// Compiles the examples together with the sources of snowmelt, so that they run from a clone without a build of the
// package. `EXAMPLES_OUT` lets tests that run side by side have a folder each.
export default defineConfig({
  entry: ['examples/**/*.ts', '!examples/**/*.test.ts', '!examples/*.config.ts'],
  outDir: process.env['EXAMPLES_OUT'] ?? 'build/examples',
  format: 'esm',
  target: 'node20',
  platform: 'node',
  splitting: true,
  keepNames: true,
  skipNodeModulesBundle: true,
  clean: true,
  silent: true,
  esbuildOptions(options) {
    options.outbase = 'examples';
  },
});
