import { TAG, UNDEFINED } from '../types/variant-number.js';
import { raise } from './raise.js';

const PLAIN = `'${TAG}'`;

/** Macros over the stored form of VARIANTs (types/variant-number.ts), which only these and the wire look into. */
export const VARIANT_MACROS: readonly string[] = [
  `sf_parse_json(x) AS CAST(sf_read_json(CAST(x AS VARCHAR), 'strict') AS JSON)`,
  `sf_try_parse_json(x) AS CAST(sf_read_json(CAST(x AS VARCHAR), 'try strict') AS JSON)`,
  // An object that was put together with computed keys: they are sorted, and none may come twice.
  `sf_unique_keys(x) AS CAST(sf_read_json(x, 'stored') AS JSON)`,
  // TYPEOF's words; NULL for the undefined element.
  `sf_tagged_type(text) AS list_transform([text], lambda s: CASE WHEN NOT starts_with(s, ${PLAIN}) THEN 'VARCHAR' WHEN s = '${TAG}U' THEN NULL WHEN regexp_full_match(substr(s, 2), '-?[0-9]+\\.[0-9]+') THEN 'DECIMAL' ELSE 'DOUBLE' END)[1]`,
  `sf_typeof(value) AS list_transform([value], lambda j: CASE json_type(j) WHEN 'VARCHAR' THEN sf_tagged_type(json_extract_string(j, '$')) WHEN 'DOUBLE' THEN CASE WHEN contains(CAST(j AS VARCHAR), '.') THEN 'DECIMAL' ELSE 'INTEGER' END WHEN 'BIGINT' THEN 'INTEGER' WHEN 'UBIGINT' THEN 'INTEGER' WHEN 'HUGEINT' THEN 'INTEGER' WHEN 'NULL' THEN 'NULL_VALUE' ELSE json_type(j) END)[1]`,
  `sf_tagged_real(s) AS CAST(CASE WHEN contains(s, '|') THEN split_part(s, '|', 2) ELSE substr(s, 2) END AS DOUBLE)`,
  `sf_untag_all(t) AS regexp_replace(regexp_replace(replace(t, '${UNDEFINED}', 'null'), '"${TAG}(-?Infinity|NaN)"', '"\\1"', 'g'), '"${TAG}([-+.0-9e]*)(\\|[-+.0-9e]*)?"', '\\1', 'g')`,
  `sf_untag(text) AS list_transform([text], lambda s: CASE WHEN NOT starts_with(s, ${PLAIN}) THEN sf_untag_all(s) WHEN sf_tagged_type(s) = 'DECIMAL' THEN substr(s, 2) WHEN s <> '${TAG}U' THEN sf_real_text(sf_tagged_real(s)) END)[1]`,
  // The text of a value, as ::VARCHAR gives it, and its JSON.
  `sf_vtext(value) AS list_transform([json_extract_string(value, '$')], lambda s: CASE WHEN contains(s, ${PLAIN}) THEN sf_untag(s) ELSE s END)[1]`,
  `sf_json_text(value) AS list_transform([CAST(value AS VARCHAR)], lambda t: CASE WHEN contains(t, ${PLAIN}) THEN sf_untag_all(t) ELSE t END)[1]`,
  `sf_vreal(value) AS list_transform([json_extract_string(value, '$')], lambda s: CASE WHEN NOT starts_with(s, ${PLAIN}) THEN sf_text_real_try(s) WHEN s <> '${TAG}U' THEN sf_tagged_real(s) END)[1]`,
  // Compared as doubles first, then by their digits: a part of one is in the order of the whole.
  `sf_number_key(digits, num) AS list_transform([{'t': digits, 'r': num}], lambda v: CASE WHEN v['r'] IS NULL THEN NULL ELSE {'kind': 1, 'number': v['r'], 'whole': COALESCE(TRY_CAST(split_part(v['t'], '.', 1) AS HUGEINT), CAST(0 AS HUGEINT)), 'part': COALESCE(CASE WHEN contains(v['t'], '.') THEN TRY_CAST(CASE WHEN starts_with(v['t'], '-') THEN '-' ELSE '' END || rpad(split_part(v['t'], '.', 2), 37, '0') AS HUGEINT) END, CAST(0 AS HUGEINT)), 'text': ''} END)[1]`,
  `sf_plain_digits(num) AS list_transform([num], lambda x: CASE WHEN isnan(x) OR isinf(x) OR abs(x) >= 1e38 THEN '0' WHEN abs(x) >= 1e15 THEN CAST(CAST(x AS HUGEINT) AS VARCHAR) WHEN abs(x) < 1e-4 THEN COALESCE(CAST(TRY_CAST(format('{:.15g}', x) AS DECIMAL(38,37)) AS VARCHAR), '0') ELSE format('{:.15g}', x) END)[1]`,
  `sf_real_key(num) AS sf_number_key(sf_plain_digits(CAST(num AS DOUBLE)), CAST(num AS DOUBLE))`,
  `sf_vkey(value) AS list_transform([{'t': sf_typeof(value), 's': sf_vtext(value), 'r': sf_vreal(value)}], lambda v: CASE WHEN v['t'] IS NULL OR v['t'] = 'NULL_VALUE' THEN NULL WHEN v['t'] IN ('INTEGER', 'DECIMAL', 'DOUBLE') THEN sf_number_key(CASE WHEN v['t'] = 'DOUBLE' THEN sf_plain_digits(v['r']) ELSE v['s'] END, v['r']) ELSE {'kind': CASE v['t'] WHEN 'VARCHAR' THEN 2 WHEN 'BOOLEAN' THEN 3 WHEN 'ARRAY' THEN 4 ELSE 5 END, 'number': CAST(0 AS DOUBLE), 'whole': CAST(0 AS HUGEINT), 'part': CAST(0 AS HUGEINT), 'text': v['s']} END)[1]`,
  // An element that is undefined is SQL NULL.
  `sf_index(j, i) AS CASE WHEN i IS NULL OR i < 0 THEN NULL ELSE nullif(json_extract(j, '$[' || CAST(i AS VARCHAR) || ']'), CAST('${UNDEFINED}' AS JSON)) END`,
  `sf_key(j, k) AS CASE WHEN k IS NULL THEN NULL ELSE nullif(json_extract(j, '/' || replace(replace(k, '~', '~0'), '/', '~1')), CAST('${UNDEFINED}' AS JSON)) END`,
  // Of the text of a decimal, of a FLOAT and of a text: types/variant-number.ts has the same rules.
  `sf_json_decimal(number) AS list_transform([rtrim(rtrim(number, '0'), '.')], lambda t: CAST(CASE WHEN t IN ('', '-', '-0') THEN '0' WHEN NOT contains(t, '.') OR (length(t) <= 16 AND NOT regexp_matches(t, '^-?0\\.000')) THEN t ELSE '"${TAG}' || t || '"' END AS JSON))[1]`,
  `sf_json_real(value) AS list_transform([value + CAST(0 AS DOUBLE)], lambda x: CASE WHEN x IS NULL THEN NULL WHEN isnan(x) THEN CAST('"${TAG}NaN"' AS JSON) WHEN isinf(x) THEN CAST('"${TAG}' || CASE WHEN x < 0 THEN '-' ELSE '' END || 'Infinity"' AS JSON) ELSE CAST('"${TAG}' || format('{:.15e}', x) || CASE WHEN CAST(format('{:.15e}', x) AS DOUBLE) = x THEN '' ELSE '|' || format('{:.16e}', x) END || '"' AS JSON) END)[1]`,
  `sf_json_string(value) AS list_transform([CAST(value AS VARCHAR)], lambda s: CASE WHEN contains(s, ${PLAIN}) THEN CAST(${raise('100069', '22P02', "'Error: a text with a code point that is no character in a VARIANT'")} AS JSON) ELSE to_json(s) END)[1]`,
  `sf_bad_cast(j, t) AS ${raise('100071', '22000', "'Failed to cast variant value ' || sf_json_text(j) || ' to ' || t")}`,
];
