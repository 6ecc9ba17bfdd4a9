import { arithmetic, number } from '../bind/bind-arithmetic.js';
import { castTo } from '../convert/cast.js';
import { rounded } from '../convert/exact.js';
import { fixed, INTEGER, REAL } from '../types/data-type.js';
import type { Typed } from '../convert/scope.js';
import { unsupported } from '../types/sql-errors.js';
import type { Call, FunctionBinder } from '../convert/binder.js';
import { intOf, intResult, realFunction } from './call/function-binder.js';

/** ROUND, TRUNC, CEIL, FLOOR keep decimals exact. */
const rounding =
  (name: 'round' | 'trunc' | 'ceil' | 'floor'): FunctionBinder =>
  (call) => {
    const value = number(call.binder, call.arg(0));
    const digits = call.args[1] === undefined ? 0 : Number(call.arg(1).constant ?? Number.NaN);
    if (!Number.isInteger(digits)) throw unsupported(`${call.node.name} with computed digits`);
    if (value.type.kind === 'real') {
      if (digits === 0) return { sql: `${name}(${value.sql})`, type: REAL };
      const factor = `CAST('1e${digits}' AS DOUBLE)`;
      return { sql: `(${name}(${value.sql} * ${factor}) / ${factor})`, type: REAL };
    }
    if (digits >= 0 && digits >= value.type.scale) return value;
    return rounded(name, value, digits);
  };

const keep =
  (build: (sql: string) => string): FunctionBinder =>
  (call) => {
    const value = number(call.binder, call.arg(0));
    return { sql: build(value.sql), type: value.type };
  };

const bits =
  (build: (a: string, b: string) => string): FunctionBinder =>
  (call) =>
    intResult(build(intOf(call, 0), call.args.length > 1 ? intOf(call, 1) : '0'));

const random = (call: Call): Typed => {
  if (call.args.length > 0) throw unsupported('RANDOM with a seed');
  return { sql: `CAST((random() - 0.5) * 9.2e18 AS BIGINT)`, type: fixed(19, 0) };
};

/** Arithmetic and mathematics. */
export const numbers: Record<string, FunctionBinder> = {
  ROUND: rounding('round'),
  TRUNCATE: rounding('trunc'),
  CEIL: rounding('ceil'),
  FLOOR: rounding('floor'),
  ABS: keep((sql) => `abs(${sql})`),
  SIGN: (call) => ({ sql: `CAST(sign(${number(call.binder, call.arg(0)).sql}) AS BIGINT)`, type: fixed(1, 0) }),
  MOD: (call) => arithmetic('%', number(call.binder, call.arg(0)), number(call.binder, call.arg(1))),
  SQRT: realFunction((x) => `sqrt(${x})`),
  CBRT: realFunction((x) => `cbrt(${x})`),
  SQUARE: realFunction((x) => `(${x} * ${x})`),
  POWER: realFunction((x, y) => `pow(${x}, ${y})`),
  POW: realFunction((x, y) => `pow(${x}, ${y})`),
  EXP: realFunction((x) => `exp(${x})`),
  LN: realFunction((x) => `ln(${x})`),
  LOG: realFunction((base, x) => `(ln(${x}) / ln(${base}))`),
  PI: () => ({ sql: 'pi()', type: REAL }),
  SIN: realFunction((x) => `sin(${x})`),
  COS: realFunction((x) => `cos(${x})`),
  TAN: realFunction((x) => `tan(${x})`),
  ASIN: realFunction((x) => `asin(${x})`),
  ACOS: realFunction((x) => `acos(${x})`),
  ATAN: realFunction((x) => `atan(${x})`),
  ATAN2: realFunction((y, x) => `atan2(${y}, ${x})`),
  DEGREES: realFunction((x) => `degrees(${x})`),
  RADIANS: realFunction((x) => `radians(${x})`),
  HAVERSINE: realFunction(
    (a, b, c, d) =>
      `(2 * 6371 * asin(sqrt(pow(sin(radians(${c} - ${a}) / 2), 2) + cos(radians(${a})) * cos(radians(${c})) * pow(sin(radians(${d} - ${b}) / 2), 2))))`,
  ),
  FACTORIAL: (call) => intResult(`CAST(factorial(CAST(${intOf(call, 0)} AS INTEGER)) AS HUGEINT)`),
  BITAND: bits((a, b) => `(${a} & ${b})`),
  BITOR: bits((a, b) => `(${a} | ${b})`),
  BITXOR: bits((a, b) => `xor(${a}, ${b})`),
  BITSHIFTLEFT: bits((a, b) => `(${a} << CAST(${b} AS INTEGER))`),
  BITSHIFTRIGHT: bits((a, b) => `(${a} >> CAST(${b} AS INTEGER))`),
  WIDTH_BUCKET: (call) => {
    const [x, low, high] = [0, 1, 2].map((i) => castTo(call.binder, call.arg(i), REAL).sql);
    const n = intOf(call, 3);
    return intResult(
      `CAST(CASE WHEN ${x ?? ''} < ${low ?? ''} THEN 0 WHEN ${x ?? ''} >= ${high ?? ''} THEN ${n} + 1 ELSE floor((${x ?? ''} - ${low ?? ''}) / ((${high ?? ''} - ${low ?? ''}) / ${n})) + 1 END AS BIGINT)`,
    );
  },
  RANDOM: random,
  UNIFORM: (call) => {
    const [low, high] = [call.arg(0), call.arg(1)];
    const source = call.node.args[2];
    if (source?.kind !== 'call' || source.name !== 'RANDOM') throw unsupported('UNIFORM of other than RANDOM()');
    if (low.type.kind === 'real' || high.type.kind === 'real') throw unsupported('UNIFORM of floats');
    return {
      sql: `CAST(floor(random() * (${intOf(call, 1)} - ${intOf(call, 0)} + 1)) + ${intOf(call, 0)} AS BIGINT)`,
      type: INTEGER,
    };
  },
};
