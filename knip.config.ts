import type { KnipConfig } from 'knip';
import { entries } from './scripts/entries.mjs';

const config: KnipConfig = {
  entry: [
    ...entries().map(({ source }) => source),
    'src/parts/*.ts',
    'test/**/*.{test,test-d,live}.ts',
    'test/child/*.ts',
    'test/package/consumer/**',
    'test/hosts/*.mjs',
    'examples/**/*.ts',
    'bench/contestants/*.mjs',
    'bench/servers/*.mjs',
    'bench/snapshot.mjs',
    'bench/snapshot/*.ts',
    'scripts/*.mjs',
  ],
  project: ['src/**/*.ts', 'test/**/*.{ts,mjs}', 'examples/**/*.ts', 'bench/**/*.mjs', 'scripts/**/*.mjs'],
  // Looked for on the PATH; its tests are skipped without it.
  ignoreBinaries: ['redis-server', 'unshare'],
  // Competitors, installed by bench/package.json.
  ignoreDependencies: ['@customerio/cdp-analytics-node', '@segment/analytics-node'],
  ignoreExportsUsedInFile: true,
};

export default config;
