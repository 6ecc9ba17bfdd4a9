import { messageLines } from './message-lines.js';
import { refusalLines } from './refusal-lines.js';
import { rowMapperLines } from './row-mapper-lines.js';
import type { TestRowMapperOptions } from './row-mapper-under-test.js';
import { textLines } from './text-lines.js';

/**
 * The contract of a `RowMapper`, as tests. Passing it is what lets the engine map a row again after a failure and get the
 * same messages. Lines about what a mapper is not shown (see `RowMapperCapabilities`) are skipped; Jest has to know them
 * before, by `abilities`.
 *
 * @example
 * testRowMapper({ describe, it, name: 'myMapper', create: () => ({ mapper: myMapper(), rows: [first, second] }) });
 *
 * @throws ConfigError `CONFIG_INVALID` for an ability that there is none of
 */
export function testRowMapper<M>(options: TestRowMapperOptions<M>): void {
  options.describe(`${options.name} keeps the contract of a row mapper`, () => {
    const lines = rowMapperLines(options);
    messageLines(lines);
    textLines(lines);
    refusalLines(lines);
    lines.finish();
  });
}
