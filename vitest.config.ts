import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { entries } from './scripts/entries.mjs';

// They put something else in the place of a module, or look at what the driver does when it was just loaded.
const isolated = [
  'test/source/snowflake/other-driver.test.ts',
  'test/state/hard-links.test.ts',
  'test/testing/snowflake/sessions.test.ts',
];

export default defineConfig({
  resolve: {
    alias: entries().map(({ specifier, source }) => ({
      find: new RegExp(`^${specifier}$`),
      replacement: fileURLToPath(new URL(source, import.meta.url)),
    })),
  },
  test: {
    // Only for what hangs: a machine that is busy with other work takes ten times as long as one that is not.
    testTimeout: 60_000,
    hookTimeout: 180_000,
    clearMocks: true,
    expect: { poll: { timeout: 40_000 } },
    // The driver looks for cloud metadata services as soon as it is imported.
    env: { SNOWFLAKE_DISABLE_PLATFORM_DETECTION: 'true' },
    pool: 'forks',
    // Files wait for servers and child processes for most of their time: two workers leave half of two cores idle.
    maxWorkers: 4,
    projects: [
      {
        extends: true,
        test: {
          name: 'source',
          // Files share what they import: loading it anew for each takes a third of the time. Each puts back what it changes.
          isolate: false,
          include: ['test/**/*.test.ts', 'examples/**/*.test.ts'],
          exclude: ['test/package/**', 'test/hosts/**', '**/node_modules/**', ...isolated],
        },
      },
      { extends: true, test: { name: 'isolated', include: isolated } },
      // Needs an account: docs/testing.md, "On a real account".
      { extends: true, test: { name: 'live', include: ['test/live/*.live.ts'], testTimeout: 120_000 } },
      // The full size of a test that `npm test` runs at a fifth of it.
      {
        extends: true,
        test: {
          name: 'large',
          include: ['test/testing/snowflake/large-result.test.ts'],
          env: { SNOWMELT_LARGE_ROWS: '1000000' },
          hookTimeout: 180_000,
        },
      },
      // Needs the built package: `npm run build` first.
      { extends: true, test: { name: 'package', include: ['test/package/*.test.ts'] } },
      // Likewise. Compilers and Next.js take minutes on a machine whose cores are all busy.
      {
        extends: true,
        test: {
          name: 'hosts',
          include: ['test/hosts/*.test.ts'],
          globalSetup: ['test/hosts/set-up.ts'],
          testTimeout: 900_000,
          hookTimeout: 900_000,
        },
      },
    ],
  },
});
