import { BINARY, BOOLEAN, fixed, typeName } from '../types/data-type.js';
import type { Typed } from '../convert/scope.js';
import { invalidArguments } from '../types/sql-errors.js';
import type { Call, FunctionBinder } from '../convert/binder.js';
import { intOf } from './call/function-binder.js';

const COUNT = fixed(18, 0);
const binary = (sql: string): Typed => ({ sql, type: BINARY });

/** The function's own way with bytes where its values are BINARY: a text and a BINARY don't mix. */
export const bytewise =
  (places: readonly number[], ofBytes: FunctionBinder, ofText: FunctionBinder): FunctionBinder =>
  (call) => {
    const kinds = places.flatMap((i) => call.args.slice(i, i + 1)).map(({ type }) => type);
    if (!kinds.some(({ kind }) => kind === 'binary')) return ofText(call);
    if (kinds.some(({ kind }) => kind !== 'binary' && kind !== 'null'))
      throw invalidArguments(call.node.name, call.args.map(({ type }) => typeName(type)).join(', '));
    return ofBytes(call);
  };

/** DuckDB has hardly any functions of a BLOB: they work on its hexadecimal text, where a byte has two digits. */
const hexOf = (call: Call, index: number): string => {
  const { sql, type } = call.arg(index);
  return type.kind === 'null' ? 'CAST(NULL AS VARCHAR)' : `hex(${sql})`;
};

/** One character for each byte, so that a search finds bytes and not halves of two. */
const charactersOf = (call: Call, index: number): string => `sf_bytes(${hexOf(call, index)})`;

/** Positions from 1, from the end when negative; 0 is 1. */
const substring: FunctionBinder = (call) => {
  const [hex, start] = [hexOf(call, 0), intOf(call, 1)];
  const from = `(CASE WHEN ${start} = 0 THEN 1 WHEN ${start} < 0 THEN length(${hex}) // 2 + ${start} + 1 ELSE ${start} END)`;
  const rest =
    call.args.length > 2
      ? `substr(${hex}, ${from} * 2 - 1, (CASE WHEN ${intOf(call, 2)} < 0 THEN 0 ELSE ${intOf(call, 2)} END) * 2)`
      : `substr(${hex}, ${from} * 2 - 1)`;
  return binary(`(CASE WHEN ${from} < 1 THEN unhex('') ELSE unhex(${rest}) END)`);
};

const side =
  (name: 'left' | 'right'): FunctionBinder =>
  (call) => {
    const count = intOf(call, 1);
    return binary(`unhex(${name}(${hexOf(call, 0)}, (CASE WHEN ${count} < 0 THEN 0 ELSE ${count} END) * 2))`);
  };

const pad =
  (name: 'lpad' | 'rpad'): FunctionBinder =>
  (call) => {
    const [hex, filler, length] = [hexOf(call, 0), hexOf(call, 2), intOf(call, 1)];
    const digits = `CAST((CASE WHEN ${length} < 0 THEN 0 ELSE ${length} END) * 2 AS INTEGER)`;
    // Nothing to fill with: only a cut is left.
    const filled = `CASE WHEN ${filler} = '' THEN left(${hex}, ${digits}) ELSE ${name}(${hex}, ${digits}, ${filler}) END`;
    return binary(`unhex(CASE WHEN ${filler} IS NOT NULL THEN ${filled} END)`);
  };

const position: FunctionBinder = (call) => {
  const [needle, hay] = [charactersOf(call, 0), charactersOf(call, 1)];
  if (call.args.length < 3) return { sql: `strpos(${hay}, ${needle})`, type: COUNT };
  const start = `(CASE WHEN ${intOf(call, 2)} < 1 THEN 1 ELSE ${intOf(call, 2)} END)`;
  const found = `strpos(substr(${hay}, ${start}), ${needle})`;
  return { sql: `(CASE WHEN ${found} = 0 THEN 0 ELSE ${found} + ${start} - 1 END)`, type: COUNT };
};

const insert: FunctionBinder = (call) => {
  const [hex, at, count] = [hexOf(call, 0), intOf(call, 1), intOf(call, 2)];
  const head = `substr(${hex}, 1, (${at} - 1) * 2)`;
  return binary(`unhex(${head} || ${hexOf(call, 3)} || substr(${hex}, (${at} + ${count}) * 2 - 1))`);
};

const test =
  (name: 'starts_with' | 'ends_with' | 'contains', value: (call: Call, index: number) => string): FunctionBinder =>
  (call) => ({ sql: `${name}(${value(call, 0)}, ${value(call, 1)})`, type: BOOLEAN });

/** What the text functions that take a BINARY too do with one. */
export const binaries = {
  substring,
  left: side('left'),
  right: side('right'),
  lpad: pad('lpad'),
  rpad: pad('rpad'),
  reverse: (call: Call): Typed => {
    const bytes = `regexp_extract_all(${hexOf(call, 0)}, '..')`;
    return binary(`unhex(array_to_string(list_reverse(${bytes}), ''))`);
  },
  position,
  insert,
  contains: test('contains', charactersOf),
  startsWith: test('starts_with', hexOf),
  endsWith: test('ends_with', hexOf),
};
