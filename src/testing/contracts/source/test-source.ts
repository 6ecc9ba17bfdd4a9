import { abortLines } from './abort-lines.js';
import { closeLines } from './close-lines.js';
import { executeLines } from './execute-lines.js';
import { readLines } from './read-lines.js';
import { reopenLines } from './reopen-lines.js';
import { sourceLines } from './source-lines.js';
import type { TestSourceOptions } from './source-under-test.js';

/**
 * The contract of a `Source`, as tests: any source that passes it can stand in for any other. Lines about what a
 * source or its server cannot do (see `SourceCapabilities`) are skipped; Jest has to know them before, by `abilities`.
 *
 * @example
 * testSource({ describe, it, name: 'SnowflakeSource', create: () => ({ source: new SnowflakeSource(options) }) });
 *
 * @throws ConfigError `CONFIG_INVALID` for an ability that there is none of
 */
export function testSource(options: TestSourceOptions): void {
  options.describe(`${options.name} keeps the contract of a source`, () => {
    const lines = sourceLines(options);
    executeLines(lines);
    readLines(lines);
    abortLines(lines);
    reopenLines(lines);
    closeLines(lines);
    lines.finish();
  });
}
