import { quote } from '../types/quote.js';
import type { Typed } from '../convert/scope.js';
import { ARRAY } from '../types/data-type.js';
import { unsupported } from '../types/sql-errors.js';
import { once } from './collections/elements.js';
import type { Call, FunctionBinder } from '../convert/binder.js';
import { boolResult, intOf, intResult, textOf, textResult } from './call/function-binder.js';

/** Snowflake's parameters `c i m n s e` as RE2 flags; `.` doesn't match a line break unless `s`. */
function flags(call: Call, index: number): string {
  const parameters = call.args[index];
  if (parameters === undefined) return '';
  if (parameters.constant === undefined) throw unsupported(`${call.node.name} with computed parameters`);
  const given = parameters.constant;
  if (/[^cimse]/.test(given)) throw unsupported(`regular expression parameters '${given}'`);
  const insensitive = given.lastIndexOf('i') > given.lastIndexOf('c') ? 'i' : '';
  return insensitive + (given.includes('m') ? 'm' : '') + (given.includes('s') ? 's' : '');
}

/** Flags go inline, so that a pattern built at run time takes them too. */
function patternOf(call: Call, index: number, parameters: number): string {
  const inline = flags(call, parameters);
  const pattern = textOf(call, index);
  const constant = call.arg(index).constant;
  // Look-around and back references exist neither in Snowflake's (POSIX ERE) nor in DuckDB's engine: RE2 refuses them.
  const checked = constant === undefined ? pattern : quote(constant);
  return inline === ''
    ? `('(?-s)' || ${checked})`
    : `('(?${inline}${inline.includes('s') ? '' : '-s'})' || ${checked})`;
}

const fullMatch: FunctionBinder = (call) =>
  boolResult(`regexp_full_match(${textOf(call, 0)}, ${patternOf(call, 1, 2)})`);

/** Text from a position on: matching starts there. */
const tail = (call: Call, index: number): string =>
  call.args.length > index ? `substr(${textOf(call, 0)}, ${intOf(call, index)})` : textOf(call, 0);

/** All matches from a position on, or what a group of each of them holds. */
function matchesOf(call: Call, parameters: number): string {
  const extract = call.args[parameters]?.constant?.includes('e') === true || call.args.length > parameters + 1;
  const group = call.args.length > parameters + 1 ? intOf(call, parameters + 1) : extract ? '1' : '0';
  return `regexp_extract_all(${tail(call, 2)}, ${patternOf(call, 1, parameters)}, CAST(${group} AS INTEGER))`;
}

/** From a position on: all matches, or only the n-th of them ("REGEXP_REPLACE"). */
function replaceFrom(call: Call, pattern: string, by: string): Typed {
  const text = textOf(call, 0);
  const [from, nth] = [intOf(call, 3), call.args.length > 4 ? intOf(call, 4) : '0'];
  // What is replaced is matched again by itself, where this would see other neighbours.
  if (call.args.length > 4 && call.arg(4).constant !== '0' && call.arg(1).constant?.includes('\\B') === true)
    throw unsupported('REGEXP_REPLACE of one occurrence with \\B');
  const rest = `g['r']`;
  const found = `regexp_extract_all(${rest}, g['p'])`;
  const pieces = `list_slice(regexp_split_to_array(${rest}, g['p']), 1, g['n'])`;
  const before = `length(array_to_string(${pieces}, '')) + length(array_to_string(list_slice(${found}, 1, g['n'] - 1), ''))`;
  const one = `substr(${rest}, 1, ${before}) || regexp_replace((${found})[g['n']], g['p'], g['b']) || substr(${rest}, ${before} + length((${found})[g['n']]) + 1)`;
  const all = `regexp_replace(${rest}, g['p'], g['b'], 'g')`;
  const made = `g['h'] || CASE WHEN g['n'] = 0 THEN ${all} WHEN len(${found}) < g['n'] THEN ${rest} ELSE ${one} END`;
  const values = { h: `substr(${text}, 1, ${from} - 1)`, r: `substr(${text}, ${from})`, p: pattern, b: by, n: nth };
  return textResult(once(values, made));
}

const substring: FunctionBinder = (call) => {
  const occurrence = call.args.length > 3 ? intOf(call, 3) : '1';
  const found = matchesOf(call, 4);
  return textResult(`(CASE WHEN ${textOf(call, 0)} IS NULL THEN NULL ELSE (${found})[${occurrence}] END)`);
};

const instr: FunctionBinder = (call) => {
  if (call.args.length > 5) throw unsupported('REGEXP_INSTR with parameters');
  const occurrence = call.args.length > 3 ? intOf(call, 3) : '1';
  const start = call.args.length > 2 ? intOf(call, 2) : '1';
  const after = call.args.length > 4 ? intOf(call, 4) : '0';
  const text = tail(call, 2);
  const pattern = patternOf(call, 1, 5);
  // The text before the n-th match is what splitting at matches leaves, plus the earlier matches.
  const pieces = `list_slice(regexp_split_to_array(${text}, ${pattern}), 1, ${occurrence})`;
  const matches = `regexp_extract_all(${text}, ${pattern})`;
  const before = `length(array_to_string(${pieces}, '')) + length(array_to_string(list_slice(${matches}, 1, ${occurrence} - 1), ''))`;
  const end = `CASE WHEN ${after} = 1 THEN length((${matches})[${occurrence}]) ELSE 0 END`;
  return intResult(
    `(CASE WHEN ${text} IS NULL THEN NULL WHEN len(${matches}) < ${occurrence} THEN 0 ELSE ${before} + ${start} + ${end} END)`,
  );
};

/** REGEXP_…. */
export const regularExpressions: Record<string, FunctionBinder> = {
  REGEXP_LIKE: fullMatch,
  RLIKE: fullMatch,
  REGEXP_REPLACE: (call) => {
    const by = call.args.length > 2 ? textOf(call, 2) : "''";
    const pattern = patternOf(call, 1, 5);
    if (call.args.length <= 3) return textResult(`regexp_replace(${textOf(call, 0)}, ${pattern}, ${by}, 'g')`);
    return replaceFrom(call, pattern, by);
  },
  REGEXP_SUBSTR_ALL: (call) => {
    const occurrence = call.args.length > 3 ? intOf(call, 3) : '1';
    const found = matchesOf(call, 4);
    const made = `to_json(list_slice(${found}, ${occurrence}, len(${found})))`;
    return { sql: `(CASE WHEN ${found} IS NULL THEN NULL ELSE ${made} END)`, type: ARRAY };
  },
  REGEXP_COUNT: (call) => intResult(`len(regexp_extract_all(${tail(call, 2)}, ${patternOf(call, 1, 3)}))`),
  REGEXP_SUBSTR: substring,
  REGEXP_INSTR: instr,
};
