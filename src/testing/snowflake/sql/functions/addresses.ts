import { raise } from '../catalog/raise.js';
import type { FunctionBinder } from '../convert/binder.js';
import { OBJECT, TEXT } from '../types/data-type.js';
import { quote } from '../types/quote.js';
import { unsupported } from '../types/sql-errors.js';
import { textOf } from './call/function-binder.js';
import { once } from './collections/elements.js';

/** With a third argument of 1 a text that is no address gives an object with the error ("PARSE_IP"). */
const parseIp: FunctionBinder = (call) => {
  const type = call.arg(1).constant?.toLowerCase();
  if (type !== 'inet' && type !== 'cidr') throw unsupported(`PARSE_IP of the type ${type ?? 'that is computed'}`);
  const permissive = call.args.length > 2 && call.arg(2).constant !== '0';
  const message = `substr(g['ip'], 2)`;
  const bad = permissive
    ? `'{"error":' || CAST(to_json(${message}) AS VARCHAR) || '}'`
    : raise('001044', '22000', `'Error parsing IP: ' || ${message}`);
  const made = once(
    { ip: `sf_parse_ip(${textOf(call, 0)}, ${quote(type)})` },
    `CASE WHEN starts_with(g['ip'], '!') THEN ${bad} ELSE g['ip'] END`,
  );
  return { sql: `CAST(${made} AS JSON)`, type: OBJECT };
};

/** Random without arguments; of a namespace and a name it is the fifth version of RFC 4122 ("UUID_STRING"). */
const uuid: FunctionBinder = (call) => {
  const type = { ...TEXT, length: 36 };
  if (call.args.length === 0) return { sql: 'CAST(uuid() AS VARCHAR)', type };
  const space = `replace(${textOf(call, 0)}, '-', '')`;
  const digest = `sha1(unhex(${space}) || encode(${textOf(call, 1)}))`;
  const part = (from: number, count: number): string => `substr(g['h'], ${from}, ${count})`;
  const variant = `substr('89ab', CAST('0x' || ${part(17, 1)} AS INTEGER) % 4 + 1, 1)`;
  const text = `${part(1, 8)} || '-' || ${part(9, 4)} || '-5' || ${part(14, 3)} || '-' || ${variant} || ${part(18, 3)} || '-' || ${part(21, 12)}`;
  const bad = raise('100078', '22000', `'Invalid UUID: ' || ${textOf(call, 0)}`);
  const made = once({ h: digest }, text);
  return {
    sql: `(CASE WHEN ${textOf(call, 0)} IS NULL OR ${textOf(call, 1)} IS NULL THEN NULL WHEN NOT regexp_full_match(${space}, '[0-9A-Fa-f]{32}') THEN ${bad} ELSE ${made} END)`,
    type,
  };
};

/** Network addresses and universally unique identifiers. */
export const addresses: Record<string, FunctionBinder> = { PARSE_IP: parseIp, UUID_STRING: uuid };
