import { ConfigError } from '../errors/errors.js';
import type { ReadOptions } from './source.js';

/**
 * The rows to read.
 *
 * @throws ConfigError `CONFIG_INVALID` for a range that is not one
 */
export function checkRange(options: ReadOptions, rowCount: number): { readonly from: number; readonly to: number } {
  const from = options.from ?? 0;
  const to = Math.min(options.to ?? rowCount, rowCount);
  if (Number.isInteger(from) && Number.isInteger(options.to ?? 0) && from >= 0 && (options.to ?? from) >= from) {
    return { from, to };
  }
  throw new ConfigError('CONFIG_INVALID', `read: from ${from}, to ${String(options.to)} is not a range of rows.`, {
    hint: 'Use whole numbers with 0 <= from <= to; to is not included.',
  });
}
