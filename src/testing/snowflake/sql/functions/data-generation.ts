import type { FunctionBinder } from '../convert/binder.js';
import { fixed, TEXT } from '../types/data-type.js';
import { unsupported } from '../types/sql-errors.js';
import { intOf, textOf } from './call/function-binder.js';

/**
 * Numbers that grow by the row from 0 and wrap around behind the greatest that so many bytes hold (Snowflake
 * documentation, "SEQ1 / SEQ2 / SEQ4 / SEQ8"). Over a generator alone they are the numbers of its rows wherever they
 * stand; over anything else they number the rows of the result.
 */
function sequence(bytes: number, digits: number): FunctionBinder {
  return ({ scope, args, node }) => {
    const sign = args[0]?.constant ?? '0';
    if (sign !== '0' && sign !== '1') throw unsupported(`${node.name} of this sign`);
    const [only, ...others] = scope.relations;
    const counter = others.length === 0 ? only?.counter : undefined;
    const number = counter ?? 'CAST(row_number() OVER () - 1 AS BIGINT)';
    const type = fixed(digits, 0);
    // Rows beyond the greatest number of four bytes fit into no test.
    if (bytes > 4) return { sql: number, type, nullable: false };
    const half = 2 ** (8 * bytes - 1);
    const wrapped = sign === '0' ? `(${number} % ${half})` : `((${number} + ${half}) % ${2 * half} - ${half})`;
    return { sql: wrapped, type, nullable: false };
  };
}

/** Text of so many characters, always the same for one value of the generator ("RANDSTR"). */
const randomText: FunctionBinder = (call) => ({
  sql: `sf_randstr(${intOf(call, 0)}, ${textOf(call, 1)})`,
  type: TEXT,
});

/** Functions that make data. */
export const dataGeneration: Record<string, FunctionBinder> = {
  SEQ1: sequence(1, 3),
  SEQ2: sequence(2, 5),
  SEQ4: sequence(4, 10),
  SEQ8: sequence(8, 19),
  RANDSTR: randomText,
};
