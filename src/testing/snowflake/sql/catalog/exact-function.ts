import type * as DuckDb from '@duckdb/node-api';
import { OUT_OF_RANGE } from './raise.js';

/**
 * `sf_exact(operation, a, b, digits)`: arithmetic of whole numbers of any size, for what DuckDB's 128 bits can't hold on
 * the way to a result that fits. `product` drops so many digits, `quotient` gains them, `remainder` has both sides as
 * they are. Rounds half away from zero.
 */
export function exactFunction({
  DuckDBScalarFunction: Scalar,
  INTEGER,
  VARCHAR,
}: typeof DuckDb): DuckDb.DuckDBScalarFunction {
  return Scalar.create({
    name: 'sf_exact',
    returnType: VARCHAR,
    parameterTypes: [VARCHAR, VARCHAR, VARCHAR, INTEGER],
    mainFunction: (info, input, output) => {
      const columns = [0, 1, 2, 3].map((i) => input.getColumnVector(i));
      for (let row = 0; row < input.rowCount; row += 1) {
        const [operation, a, b, digits] = columns.map((column) => column.getItem(row));
        if (typeof a !== 'string' || typeof b !== 'string') {
          output.setItem(row, null);
          continue;
        }
        const result = reckon(String(operation), BigInt(a), BigInt(b), BigInt(Number(digits)));
        if (result >= LIMIT || result <= -LIMIT) {
          info.setError(OUT_OF_RANGE);
          return;
        }
        output.setItem(row, result.toString());
      }
      output.flush();
    },
  });
}

const LIMIT = 10n ** 38n;

function reckon(operation: string, a: bigint, b: bigint, digits: bigint): bigint {
  if (operation === 'product') return quotient(a * b, 10n ** digits);
  if (operation === 'quotient') return quotient(a * 10n ** digits, b);
  return digits < 0n ? a % (b * 10n ** -digits) : (a * 10n ** digits) % b;
}

function quotient(a: bigint, b: bigint): bigint {
  const [n, d] = [a < 0n ? -a : a, b < 0n ? -b : b];
  const size = (n + d / 2n) / d;
  return a < 0n === b < 0n ? size : -size;
}
