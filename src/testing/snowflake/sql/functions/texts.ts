import { concat } from '../bind/bind-arithmetic.js';
import type { Binder } from '../convert/binder.js';
import { asText, castTo } from '../convert/cast.js';
import { collate } from '../types/collation.js';
import { BINARY, BOOLEAN, fixed, INTEGER, isNumeric, TEXT, VARIANT } from '../types/data-type.js';
import type { Typed } from '../convert/scope.js';
import { unsupported } from '../types/sql-errors.js';
import { toVariant } from '../convert/variant.js';
import type { Call, FunctionBinder } from '../convert/binder.js';
import { binaries, bytewise } from './binaries.js';
import { boolResult, intOf, intResult, template, textOf, textResult } from './call/function-binder.js';

const COUNT = fixed(18, 0);

/** NULL stays NULL, which DuckDB's greatest() would skip. */
const atLeast = (least: number, sql: string): string => `(CASE WHEN ${sql} < ${least} THEN ${least} ELSE ${sql} END)`;

/** Characters of a text, bytes of a BINARY. */
const length: FunctionBinder = (call) => {
  const value = call.arg(0);
  if (value.type.kind === 'binary') return { sql: `octet_length(${value.sql})`, type: COUNT };
  return { sql: `length(${textOf(call, 0)})`, type: COUNT };
};

/** Positions from 1, from the end when negative; 0 is 1. */
const substring: FunctionBinder = (call) => {
  const text = textOf(call, 0);
  const start = intOf(call, 1);
  const from = `(CASE WHEN ${start} = 0 THEN 1 WHEN ${start} < 0 THEN length(${text}) + ${start} + 1 ELSE ${start} END)`;
  const beyond = `${from} < 1`;
  if (call.args.length < 3) return textResult(`(CASE WHEN ${beyond} THEN '' ELSE substr(${text}, ${from}) END)`);
  const count = atLeast(0, intOf(call, 2));
  return textResult(
    `(CASE WHEN ${text} IS NULL OR ${start} IS NULL OR ${intOf(call, 2)} IS NULL THEN NULL WHEN ${beyond} THEN '' ELSE substr(${text}, ${from}, ${count}) END)`,
  );
};

const trim =
  (name: 'trim' | 'ltrim' | 'rtrim'): FunctionBinder =>
  (call) =>
    textResult(
      call.args.length > 1 ? `${name}(${textOf(call, 0)}, ${textOf(call, 1)})` : `${name}(${textOf(call, 0)}, ' ')`,
    );

const pad =
  (name: 'lpad' | 'rpad'): FunctionBinder =>
  (call) => {
    const filler = call.args.length > 2 ? textOf(call, 2) : "' '";
    return textResult(`${name}(${textOf(call, 0)}, CAST(${atLeast(0, intOf(call, 1))} AS INTEGER), ${filler})`);
  };

const side =
  (name: 'left' | 'right'): FunctionBinder =>
  (call) =>
    textResult(`${name}(${textOf(call, 0)}, ${atLeast(0, intOf(call, 1))})`);

const insert: FunctionBinder = (call) => {
  const [text, at, count, by] = [textOf(call, 0), intOf(call, 1), intOf(call, 2), textOf(call, 3)];
  return textResult(`(substr(${text}, 1, ${at} - 1) || ${by} || substr(${text}, ${at} + ${count}))`);
};

const position: FunctionBinder = (call) => {
  const needle = textOf(call, 0);
  const hay = textOf(call, 1);
  if (call.args.length < 3) return { sql: `strpos(${hay}, ${needle})`, type: COUNT };
  const start = atLeast(1, intOf(call, 2));
  const found = `strpos(substr(${hay}, ${start}), ${needle})`;
  return { sql: `(CASE WHEN ${found} = 0 THEN 0 ELSE ${found} + ${start} - 1 END)`, type: COUNT };
};

const like =
  (op: 'LIKE' | 'ILIKE'): FunctionBinder =>
  (call) => {
    const escape = call.args.length > 2 ? ` ESCAPE ${textOf(call, 2)}` : '';
    return boolResult(`(${textOf(call, 0)} ${op} ${textOf(call, 1)}${escape})`);
  };

/** Numbers that are equal hash alike whatever their type, but not like their text (documentation of HASH). */
const hashed = (binder: Binder, value: Typed): string => {
  const number = isNumeric(value.type) ? { sql: toVariant(binder, value, VARIANT, false), type: VARIANT } : value;
  return number === value ? asText(binder, value) : `('number ' || ${asText(binder, number)})`;
};

const digest = (call: Call, name: (text: string) => string, as: 'text' | 'binary'): ReturnType<FunctionBinder> =>
  as === 'text'
    ? textResult(`lower(${name(digested(call))})`)
    : { sql: `unhex(${name(digested(call))})`, type: BINARY };

/** A BINARY is digested as it is, anything else as its text. */
const digested = (call: Call): string => (call.arg(0).type.kind === 'binary' ? call.arg(0).sql : textOf(call, 0));

const sha2 =
  (as: 'text' | 'binary'): FunctionBinder =>
  (call) => {
    const size = call.args[1]?.constant ?? '256';
    if (size !== '256') throw unsupported(`SHA2 of ${size} bits`);
    return digest(call, (text) => `sha256(${text})`, as);
  };

const bytes = (call: Call, index: number): string => {
  const value = call.arg(index);
  return value.type.kind === 'binary' ? value.sql : `encode(${textOf(call, index)})`;
};

/** Text functions. */
export const texts: Record<string, FunctionBinder> = {
  UPPER: template(TEXT, (x) => `upper(${x})`),
  LOWER: template(TEXT, (x) => `lower(${x})`),
  INITCAP: (call) => {
    const text = textOf(call, 0);
    const delimiters =
      call.args.length > 1
        ? textOf(call, 1)
        : String.raw`' ' || chr(9) || chr(10) || chr(12) || chr(13) || '!?@"^#$&~_,.:;+-*%/|\[](){}<>'''`;
    return textResult(
      `array_to_string(list_transform(range(1, length(${text}) + 1), lambda i: CASE WHEN i = 1 OR contains(${delimiters}, substr(${text}, i - 1, 1)) THEN upper(substr(${text}, i, 1)) ELSE lower(substr(${text}, i, 1)) END), '')`,
    );
  },
  LENGTH: length,
  LEN: length,
  BIT_LENGTH: (call) => ({ sql: `(octet_length(${bytes(call, 0)}) * 8)`, type: COUNT }),
  OCTET_LENGTH: (call) => ({ sql: `octet_length(${bytes(call, 0)})`, type: COUNT }),
  SUBSTR: bytewise([0], binaries.substring, substring),
  SUBSTRING: bytewise([0], binaries.substring, substring),
  LEFT: bytewise([0], binaries.left, side('left')),
  RIGHT: bytewise([0], binaries.right, side('right')),
  TRIM: trim('trim'),
  LTRIM: trim('ltrim'),
  RTRIM: trim('rtrim'),
  LPAD: bytewise([0, 2], binaries.lpad, pad('lpad')),
  RPAD: bytewise([0, 2], binaries.rpad, pad('rpad')),
  REVERSE: bytewise(
    [0],
    binaries.reverse,
    template(TEXT, (x) => `reverse(${x})`),
  ),
  COLLATE: (call) => {
    const specification = call.arg(1).constant;
    if (specification === undefined) throw unsupported('COLLATE with a computed specification');
    return collate({ sql: textOf(call, 0), type: TEXT }, specification);
  },
  REPEAT: (call) => textResult(`repeat(${textOf(call, 0)}, ${intOf(call, 1)})`),
  SPACE: (call) => textResult(`repeat(' ', ${intOf(call, 0)})`),
  REPLACE: (call) => {
    const by = call.args.length > 2 ? textOf(call, 2) : "''";
    const [text, what] = [textOf(call, 0), textOf(call, 1)];
    return textResult(
      `(CASE WHEN ${what} = '' AND ${by} IS NOT NULL THEN ${text} ELSE replace(${text}, ${what}, ${by}) END)`,
    );
  },
  CONCAT: (call) => concat(call.binder, call.args),
  CONCAT_WS: (call) => {
    const [separator, ...rest] = call.args.map((_, i) => textOf(call, i));
    const any = rest.map((text) => `${text} IS NULL`).join(' OR ');
    return textResult(`(CASE WHEN ${any} THEN NULL ELSE ${rest.join(` || ${separator ?? "''"} || `)} END)`);
  },
  CHARINDEX: bytewise([0, 1], binaries.position, position),
  POSITION: bytewise([0, 1], binaries.position, position),
  CONTAINS: bytewise(
    [0, 1],
    binaries.contains,
    template(BOOLEAN, (x, y) => `contains(${x}, ${y})`),
  ),
  STARTSWITH: bytewise(
    [0, 1],
    binaries.startsWith,
    template(BOOLEAN, (x, y) => `starts_with(${x}, ${y})`),
  ),
  ENDSWITH: bytewise(
    [0, 1],
    binaries.endsWith,
    template(BOOLEAN, (x, y) => `ends_with(${x}, ${y})`),
  ),
  LIKE: like('LIKE'),
  ILIKE: like('ILIKE'),
  SPLIT_PART: (call) => {
    const [text, by, n] = [textOf(call, 0), textOf(call, 1), intOf(call, 2)];
    return textResult(
      `(CASE WHEN ${text} IS NULL OR ${by} IS NULL THEN NULL WHEN ${by} = '' THEN CASE WHEN ${n} IN (0, 1, -1) THEN ${text} ELSE '' END ELSE split_part(${text}, ${by}, CASE WHEN ${n} = 0 THEN 1 ELSE ${n} END) END)`,
    );
  },
  STRTOK: (call) => {
    const by = call.args.length > 1 ? textOf(call, 1) : "' '";
    const n = call.args.length > 2 ? intOf(call, 2) : '1';
    const spaced = `translate(${textOf(call, 0)}, ${by}, repeat(chr(1), length(${by})))`;
    const parts = `list_filter(string_split(${spaced}, chr(1)), lambda part: part <> '')`;
    return textResult(`(CASE WHEN ${n} < 1 THEN NULL ELSE (${parts})[${n}] END)`);
  },
  TRANSLATE: template(TEXT, (x, from, to) => `translate(${x}, ${from}, ${to})`),
  EDITDISTANCE: (call) => {
    if (call.args.length > 2) throw unsupported('EDITDISTANCE with a maximum');
    return intResult(`levenshtein(${textOf(call, 0)}, ${textOf(call, 1)})`);
  },
  JAROWINKLER_SIMILARITY: (call) =>
    intResult(
      `CAST(floor(jaro_winkler_similarity(upper(${textOf(call, 0)}), upper(${textOf(call, 1)})) * 100) AS BIGINT)`,
    ),
  INSERT: bytewise([0, 3], binaries.insert, insert),
  ASCII: (call) => intResult(`ascii(${textOf(call, 0)})`),
  UNICODE: (call) => intResult(`(CASE WHEN ${textOf(call, 0)} = '' THEN 0 ELSE unicode(${textOf(call, 0)}) END)`),
  CHR: (call) => textResult(`chr(CAST(${intOf(call, 0)} AS INTEGER))`),
  CHAR: (call) => textResult(`chr(CAST(${intOf(call, 0)} AS INTEGER))`),
  MD5: (call) => digest(call, (x) => `md5(${x})`, 'text'),
  MD5_HEX: (call) => digest(call, (x) => `md5(${x})`, 'text'),
  MD5_BINARY: (call) => digest(call, (x) => `md5(${x})`, 'binary'),
  SHA1: (call) => digest(call, (x) => `sha1(${x})`, 'text'),
  SHA1_HEX: (call) => digest(call, (x) => `sha1(${x})`, 'text'),
  SHA2: sha2('text'),
  SHA2_HEX: sha2('text'),
  SHA2_BINARY: sha2('binary'),
  BASE64_ENCODE: (call) => textResult(`base64(${bytes(call, 0)})`),
  BASE64_DECODE_STRING: (call) => textResult(`decode(from_base64(${textOf(call, 0)}))`),
  BASE64_DECODE_BINARY: (call) => ({ sql: `from_base64(${textOf(call, 0)})`, type: BINARY }),
  TRY_BASE64_DECODE_STRING: (call) => textResult(`sf_try_text(sf_try_base64(${textOf(call, 0)}))`),
  TRY_BASE64_DECODE_BINARY: (call) => ({ sql: `sf_try_base64(${textOf(call, 0)})`, type: BINARY }),
  TRY_HEX_DECODE_STRING: (call) => textResult(`sf_try_text(sf_text_hex_try(${textOf(call, 0)}))`),
  TRY_HEX_DECODE_BINARY: (call) => ({ sql: `sf_text_hex_try(${textOf(call, 0)})`, type: BINARY }),
  HEX_ENCODE: (call) => textResult(`hex(${bytes(call, 0)})`),
  HEX_DECODE_STRING: (call) =>
    textResult(`decode(${castTo(call.binder, { sql: textOf(call, 0), type: TEXT }, BINARY).sql})`),
  HEX_DECODE_BINARY: (call) => castTo(call.binder, { sql: textOf(call, 0), type: TEXT }, BINARY),
  HASH: (call) => ({
    sql: `CAST(hash(${call.args.map((arg) => hashed(call.binder, arg)).join(', ')}) AS HUGEINT) - 9223372036854775808`,
    type: { ...INTEGER, precision: 19 },
  }),
};
