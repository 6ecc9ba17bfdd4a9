import { deliveryLines } from './delivery-lines.js';
import { outageLines } from './outage-lines.js';
import { refusalLines } from './refusal-lines.js';
import { sinkLines } from './sink-lines.js';
import type { TestSinkOptions } from './sink-under-test.js';
import { closeLines, stopLines } from './stop-lines.js';
import { textLines } from './text-lines.js';

/**
 * The contract of a `Sink`, as tests. Passing it is what makes the engine's guarantees hold on a destination, which has
 * to be healthy: it takes what it gets until a capability says otherwise. Lines about what a sink or its destination
 * cannot do (see `SinkCapabilities`) are skipped; Jest has to know them before, by `abilities`.
 *
 * @example
 * testSink({ describe, it, name: 'MySink', message: sinkMessage, create: () => ({ sink, received }) });
 *
 * @throws ConfigError `CONFIG_INVALID` for an ability that there is none of
 */
export function testSink<M>(options: TestSinkOptions<M>): void {
  options.describe(`${options.name} keeps the contract of a sink`, () => {
    const lines = sinkLines(options);
    deliveryLines(lines);
    textLines(lines);
    stopLines(lines);
    refusalLines(lines);
    outageLines(lines);
    closeLines(lines);
    lines.finish();
  });
}
