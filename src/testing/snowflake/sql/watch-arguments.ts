import type { CallNode } from './ast.js';
import type { Binder } from './binder.js';
import { SnowflakeSqlError } from '../sql-engine.js';

/** Notes which places of a list are read, whichever way. */
export function watched<T>(items: readonly T[], read: Set<string>): readonly T[] {
  return new Proxy(items, {
    get(target, key): unknown {
      if (typeof key === 'string') read.add(key);
      return Reflect.get(target, key) as unknown;
    },
  });
}

/** An argument that a function never looked at would change its meaning in Snowflake: it is one too many here. */
export function refuseUnread(binder: Binder, node: CallNode, read: ReadonlySet<string>): void {
  const at = node.args.findIndex((_, i) => !read.has(String(i)));
  if (at < 0) return;
  throw new SnowflakeSqlError(
    '000939',
    '22023',
    `SQL compilation error: error line 1 at position 7\ntoo many arguments for function [${binder.sql.slice(node.start, node.end)}] expected ${at}, got ${node.args.length}`,
  );
}
