import type * as DuckDb from '@duckdb/node-api';
import { isIP } from 'node:net';

/**
 * `sf_parse_ip(text, type)`: what PARSE_IP tells of an address, as the text of an object with sorted keys, or a message
 * that begins with `!` (Snowflake documentation, "PARSE_IP").
 */
export function parseIpFunction({ DuckDBScalarFunction: Scalar, VARCHAR }: typeof DuckDb): DuckDb.DuckDBScalarFunction {
  return Scalar.create({
    name: 'sf_parse_ip',
    returnType: VARCHAR,
    parameterTypes: [VARCHAR, VARCHAR],
    mainFunction: (_info, input, output) => {
      const [texts, types] = [input.getColumnVector(0), input.getColumnVector(1)];
      for (let row = 0; row < input.rowCount; row += 1) {
        const text = texts.getItem(row);
        output.setItem(row, typeof text === 'string' ? describe(text, String(types.getItem(row))) : null);
      }
      output.flush();
    },
  });
}

function describe(text: string, type: string): string {
  const [host = '', prefix, ...more] = text.split('/');
  const family = isIP(host);
  const bits = family === 4 ? 32 : 128;
  const length = prefix === undefined ? undefined : Number(prefix);
  const bad = family === 0 || host.includes('%') || more.length > 0;
  if (bad || (prefix !== undefined && !/^\d{1,3}$/.test(prefix)) || (length ?? 0) > bits)
    return `!Invalid ${type.toUpperCase()} string`;
  if (length === undefined && type === 'cidr') return '!Missing netmask in CIDR string';
  const value = family === 4 ? ofParts(host.split('.'), 10, 8n) : ofParts(hextets(host), 16, 16n);
  const mask = length === undefined ? undefined : (1n << BigInt(bits - length)) - 1n;
  const range = mask === undefined ? undefined : [value & ~mask, value | mask];
  const entries: [string, string][] = [
    ['family', String(family)],
    ['host', JSON.stringify(host)],
    ['ip_type', JSON.stringify(type)],
    ['snowflake$type', '"ip_address"'],
  ];
  const fields = family === 4 ? [value, 0n, 0n, 0n] : [96n, 64n, 32n, 0n].map((by) => (value >> by) & 0xffffffffn);
  entries.push(['ip_fields', `[${fields.join(',')}]`]);
  const shown = (number: bigint): string =>
    family === 4 ? String(number) : `"${number.toString(16).toUpperCase().padStart(32, '0')}"`;
  const name = family === 4 ? 'ipv4' : 'hex_ipv6';
  entries.push([name, shown(value)]);
  if (length !== undefined) entries.push(['netmask_prefix_length', String(length)]);
  if (range?.[0] !== undefined && range[1] !== undefined)
    entries.push([`${name}_range_start`, shown(range[0])], [`${name}_range_end`, shown(range[1])]);
  const sorted = entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${sorted.map(([key, json]) => `"${key}":${json}`).join(',')}}`;
}

function ofParts(parts: readonly string[], radix: number, width: bigint): bigint {
  return parts.reduce((sum, part) => (sum << width) | BigInt(Number.parseInt(part, radix)), 0n);
}

/** The eight groups of an IPv6 address; its last two may be written as IPv4. */
function hextets(host: string): string[] {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(host);
  const pair = (a?: string, b?: string): string => ((Number(a) << 8) | Number(b)).toString(16);
  const plain =
    dotted === null ? host : `${dotted[1] ?? ''}${pair(dotted[2], dotted[3])}:${pair(dotted[4], dotted[5])}`;
  const [head = '', tail] = plain.split('::');
  const groups = (text: string): string[] => (text === '' ? [] : text.split(':'));
  if (tail === undefined) return groups(head);
  const [front, back] = [groups(head), groups(tail)];
  return [...front, ...Array.from({ length: 8 - front.length - back.length }, () => '0'), ...back];
}
