import { OUT_OF_RANGE, raise as ERR } from './raise.js';
import { VARIANT_MACROS } from './variant-macros.js';

/**
 * DuckDB macros behind the compiled SQL. A field of a lambda's value is written `v['f']`: in HAVING, DuckDB would take
 * `v.f` for a column. Timestamps are epoch seconds as DECIMAL(38,9): of the wall clock (NTZ) or of the
 * instant (LTZ). Errors carry Snowflake's code and state in their text.
 */
export const MACROS: readonly string[] = [
  `sf_us(d) AS CAST(floor(CAST(d AS DECIMAL(38,9)) * 1000000) AS BIGINT)`,
  `sf_secs(d) AS CAST(floor(d) AS BIGINT)`,
  `sf_ts(d) AS make_timestamp(sf_us(d))`,
  `sf_sub_us(d) AS CAST(d AS DECIMAL(38,9)) - CAST(CAST(sf_us(d) AS DECIMAL(20,0)) * CAST(0.000001 AS DECIMAL(7,6)) AS DECIMAL(38,9))`,
  `sf_dec(t) AS CAST(CAST(epoch_us(t) AS DECIMAL(20,0)) * CAST(0.000001 AS DECIMAL(7,6)) AS DECIMAL(38,9))`,
  `sf_date_dec(d) AS CAST((d - DATE '1970-01-01') AS DECIMAL(38,9)) * 86400`,
  `sf_to_instant(instant, zone) AS list_transform([instant], lambda d: CASE WHEN zone = 'UTC' THEN CAST(d AS DECIMAL(38,9)) ELSE CAST(epoch_us(timezone(zone, make_timestamp(sf_secs(d) * 1000000))) // 1000000 AS DECIMAL(38,9)) + (d - sf_secs(d)) END)[1]`,
  `sf_to_wall(wall, zone) AS list_transform([wall], lambda d: CASE WHEN zone = 'UTC' THEN CAST(d AS DECIMAL(38,9)) ELSE CAST(epoch_us(timezone(zone, make_timestamptz(sf_secs(d) * 1000000))) // 1000000 AS DECIMAL(38,9)) + (d - sf_secs(d)) END)[1]`,
  `sf_offset(instant, zone) AS list_transform([instant], lambda d: CAST((sf_secs(sf_to_wall(d, zone)) - sf_secs(d)) // 60 AS INTEGER))[1]`,
  `sf_wall_tz(value) AS list_transform([value], lambda s: CAST(s['ts'] + s['off'] * 60 AS DECIMAL(38,9)))[1]`,
  `sf_tz(d, minutes) AS list_transform([{'ts': CAST(d AS DECIMAL(38,9)), 'off': CAST(minutes AS INTEGER)}], lambda s: CASE WHEN s['ts'] IS NULL OR s['off'] IS NULL THEN NULL ELSE s END)[1]`,
  // Documented for TO_TIMESTAMP: digit text is seconds, ms, µs or ns by its magnitude.
  `sf_epoch_digits(n) AS CASE WHEN abs(n) < 31536000000 THEN CAST(n AS DECIMAL(38,9)) WHEN abs(n) < 31536000000000 THEN CAST(CAST(n AS DECIMAL(20,0)) * CAST(0.001 AS DECIMAL(4,3)) AS DECIMAL(38,9)) WHEN abs(n) < 31536000000000000 THEN CAST(CAST(n AS DECIMAL(20,0)) * CAST(0.000001 AS DECIMAL(7,6)) AS DECIMAL(38,9)) ELSE CAST(CAST(n AS DECIMAL(28,0)) * CAST(0.000000001 AS DECIMAL(10,9)) AS DECIMAL(38,9)) END`,
  `sf_time_part(g) AS COALESCE(CAST(TRY_CAST(nullif(split_part(g, ':', 1), '') AS INTEGER) * 3600 + COALESCE(TRY_CAST(nullif(split_part(g, ':', 2), '') AS INTEGER), 0) * 60 + COALESCE(TRY_CAST(nullif(split_part(g, ':', 3), '') AS INTEGER), 0) AS DECIMAL(38,9)), 0)`,
  `sf_frac(g) AS CAST(CAST(rpad(coalesce(nullif(g, ''), '0'), 9, '0') AS DECIMAL(10,0)) * CAST(0.000000001 AS DECIMAL(10,9)) AS DECIMAL(38,9))`,
  `sf_off_min(g) AS CASE WHEN g IS NULL OR g = '' THEN NULL WHEN upper(g) = 'Z' THEN 0 ELSE (CASE WHEN g[1] = '-' THEN -1 ELSE 1 END) * (CAST(substr(replace(g, ':', ''), 2, 2) AS INTEGER) * 60 + COALESCE(TRY_CAST(nullif(substr(replace(g, ':', ''), 4, 2), '') AS INTEGER), 0)) END`,
  `sf_iso_groups(x) AS regexp_extract(x, '^\\s*(\\d{4}-\\d{1,2}-\\d{1,2})(?:[T ]\\s*(\\d{1,2}(?::\\d{1,2}){0,2})(?:\\.(\\d{0,9}))?)?\\s*(Z|[+-]\\d{2}:?\\d{2}|[+-]\\d{2})?\\s*$', ['d','t','f','o'])`,
  `sf_other_groups(x) AS regexp_extract(x, '^\\s*(?:\\w{3},? )?(\\d{1,2}/\\d{1,2}/\\d{4}|\\d{1,2}[- ]\\w{3}[- ]\\d{4}|\\w{3} \\d{1,2} \\d{4})(?:[T ]\\s*(\\d{1,2}(?::\\d{1,2}){0,2})(?:\\.(\\d{0,9}))?)?\\s*(Z|[+-]\\d{2}:?\\d{2})?\\s*$', ['d','t','f','o'])`,
  `sf_day(g) AS COALESCE(TRY_CAST(g AS DATE), CAST(TRY_STRPTIME(g, ['%m/%d/%Y', '%d-%b-%Y', '%d %b %Y', '%b %d %Y']) AS DATE))`,
  `sf_from_groups(groups) AS list_transform([groups], lambda g: list_transform([{'d': sf_day(g['d']), 't': sf_time_part(g['t'])}], lambda k: CASE WHEN k['d'] IS NULL OR k['t'] >= 86400 THEN NULL ELSE {'wall': CAST(sf_date_dec(k['d']) + k['t'] + sf_frac(g['f']) AS DECIMAL(38,9)), 'off': sf_off_min(g['o'])} END)[1])[1]`,
  `sf_digits(s) AS list_transform([CAST(trim(s) AS HUGEINT)], lambda n: sf_epoch_digits(n))[1]`,
  // {wall, off}: off is NULL when the text has none; digits count as UTC. Lambdas bind a value once: macros would copy it.
  // The usual form without a regular expression for each of its parts.
  `sf_plain_wall(s) AS sf_dec(TRY_CAST(s AS TIMESTAMP))`,
  `sf_plain_zoned(s, zone) AS {'wall': sf_plain_wall(left(s, length(s) - zone)), 'off': CAST(sf_off_min(right(s, zone)) AS INTEGER)}`,
  `sf_parse(x) AS list_transform([CAST(x AS VARCHAR)], lambda s: CASE WHEN s IS NULL THEN NULL WHEN regexp_full_match(trim(s), '-?\\d{1,19}') THEN {'wall': sf_digits(s), 'off': 0} WHEN regexp_full_match(s, '\\d{4}-\\d{2}-\\d{2}( ([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(\\.\\d{1,6})?)?') AND TRY_CAST(s AS TIMESTAMP) IS NOT NULL THEN {'wall': sf_plain_wall(s), 'off': CAST(NULL AS INTEGER)} WHEN regexp_full_match(s, '\\d{4}-\\d{2}-\\d{2}( ([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(\\.\\d{1,6})?) [+-]\\d{2}:\\d{2}') AND TRY_CAST(left(s, length(s) - 6) AS TIMESTAMP) IS NOT NULL THEN sf_plain_zoned(s, 6) WHEN regexp_full_match(s, '\\d{4}-\\d{2}-\\d{2}( ([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(\\.\\d{1,6})?) [+-]\\d{4}') AND TRY_CAST(left(s, length(s) - 5) AS TIMESTAMP) IS NOT NULL THEN sf_plain_zoned(s, 5) WHEN regexp_matches(s, '^\\s*\\d{4}-') THEN sf_from_groups(sf_iso_groups(s)) ELSE sf_from_groups(sf_other_groups(s)) END)[1]`,
  `sf_bad_ts(x) AS ${ERR('100035', '22007', "'Timestamp ''' || x || ''' is not recognized'")}`,
  `sf_text_ntz_try(x) AS (sf_parse(x)).wall`,
  `sf_text_ntz(x) AS list_transform([CAST(x AS VARCHAR)], lambda v: CASE WHEN v IS NULL THEN NULL ELSE COALESCE(sf_text_ntz_try(v), sf_bad_ts(v)) END)[1]`,
  `sf_parsed_instant(parsed, zone) AS list_transform([parsed], lambda p: CASE WHEN p IS NULL THEN NULL WHEN p['off'] IS NULL THEN sf_to_instant(p['wall'], zone) ELSE p['wall'] - p['off'] * 60 END)[1]`,
  `sf_text_ltz_try(x, zone) AS sf_parsed_instant(sf_parse(x), zone)`,
  `sf_text_ltz(x, zone) AS list_transform([CAST(x AS VARCHAR)], lambda v: CASE WHEN v IS NULL THEN NULL ELSE COALESCE(sf_text_ltz_try(v, zone), sf_bad_ts(v)) END)[1]`,
  `sf_with_offset(instant, own, zone) AS list_transform([instant], lambda i: sf_tz(i, COALESCE(own, sf_offset(i, zone))))[1]`,
  `sf_text_tz_try(x, zone) AS list_transform([{'t': CAST(x AS VARCHAR), 'p': sf_parse(x)}], lambda v: sf_with_offset(sf_parsed_instant(v['p'], zone), CASE WHEN regexp_full_match(trim(v['t']), '-?\\d+') THEN NULL ELSE v['p'].off END, zone))[1]`,
  `sf_text_tz(x, zone) AS list_transform([CAST(x AS VARCHAR)], lambda v: CASE WHEN v IS NULL THEN NULL ELSE COALESCE(sf_text_tz_try(v, zone), {'ts': sf_bad_ts(v), 'off': 0}) END)[1]`,
  `sf_dec_date(d) AS DATE '1970-01-01' + CAST(floor(sf_secs(d) / 86400) AS INTEGER)`,
  `sf_text_date_try(x) AS sf_dec_date(sf_text_ntz_try(x))`,
  `sf_text_date(x) AS list_transform([CAST(x AS VARCHAR)], lambda v: CASE WHEN v IS NULL THEN NULL ELSE COALESCE(sf_text_date_try(v), ${ERR('100040', '22007', "'Date ''' || v || ''' is not recognized'")}) END)[1]`,
  // The first day of the week, where weeks start 7 - shift days after Sunday.
  `sf_week_first(d, shift) AS list_transform([d], lambda v: v - CAST((isodow(v) + shift) % 7 AS INTEGER))[1]`,
  `sf_week_of_year(d, shift) AS list_transform([d], lambda v: (sf_week_first(v, shift) - sf_week_first(CAST(date_trunc('year', v) AS DATE), shift)) // 7 + 1)[1]`,
  `sf_text_time_try(x) AS list_transform([trim(CAST(x AS VARCHAR))], lambda v: CASE WHEN regexp_full_match(v, '\\d{1,2}:\\d{1,2}(:\\d{1,2}(\\.\\d{0,9})?)?') AND sf_time_part(split_part(v, '.', 1)) < 86400 THEN CAST(sf_time_part(split_part(v, '.', 1)) + sf_frac(split_part(v, '.', 2)) AS DECIMAL(18,9)) WHEN regexp_full_match(v, '\\d+') THEN CAST(CAST(v AS BIGINT) % 86400 AS DECIMAL(18,9)) END)[1]`,
  `sf_text_time(x) AS list_transform([CAST(x AS VARCHAR)], lambda v: CASE WHEN v IS NULL THEN NULL ELSE COALESCE(sf_text_time_try(v), ${ERR('100108', '22007', "'Time ''' || v || ''' is not recognized'")}) END)[1]`,
  `sf_is_number(x) AS regexp_full_match(x, '\\s*[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?\\s*')`,
  `sf_bad_num(x) AS error(CASE WHEN sf_is_number(x) THEN 'SF|100039|22003|Numeric value ''' || x || ''' is out of range' ELSE 'SF|100038|22018|Numeric value ''' || x || ''' is not recognized' END)`,
  `sf_text_real_try(x) AS CASE WHEN lower(trim(x)) IN ('nan', 'inf', '-inf', 'infinity', '-infinity') THEN CAST(trim(x) AS DOUBLE) WHEN sf_is_number(x) THEN TRY_CAST(trim(x) AS DOUBLE) END`,
  `sf_text_real(x) AS CASE WHEN x IS NULL THEN NULL ELSE COALESCE(sf_text_real_try(x), sf_bad_num(x)) END`,
  `sf_text_bool_try(x) AS list_transform([lower(trim(x))], lambda v: CASE WHEN v IN ('true', 't', 'yes', 'y', 'on', '1') THEN true WHEN v IN ('false', 'f', 'no', 'n', 'off', '0') THEN false END)[1]`,
  `sf_text_bool(x) AS CASE WHEN x IS NULL THEN NULL ELSE COALESCE(sf_text_bool_try(x), ${ERR('100037', '22018', "'Boolean value ''' || x || ''' is not recognized'")}) END`,
  `sf_text_hex_try(x) AS CASE WHEN regexp_full_match(x, '([0-9A-Fa-f]{2})*') THEN unhex(x) END`,
  // NULL for a day that doesn't exist. DuckDB allows no aggregate inside TRY(), a lambda hides it.
  `sf_try_date(y, m, d) AS TRY_CAST(printf('%04d-%02d-%02d', CAST(y AS BIGINT), CAST(m AS BIGINT), CAST(d AS BIGINT)) AS DATE)`,
  `sf_try_base64(x) AS list_transform([x], lambda s: TRY(from_base64(s)))[1]`,
  `sf_try_text(x) AS list_transform([x], lambda b: TRY(decode(b)))[1]`,
  // One character for each byte of hexadecimal text.
  `sf_bytes(x) AS array_to_string(list_transform(regexp_extract_all(x, '..'), lambda h: chr(256 + CAST('0x' || h AS INTEGER))), '')`,
  `sf_text_hex(x) AS CASE WHEN x IS NULL THEN NULL ELSE COALESCE(sf_text_hex_try(x), ${ERR('100115', '22000', "'The following string is not a legal hex-encoded value: ''' || x || ''''")}) END`,
  // The server writes doubles with 15 significant digits (driver end-to-end tests: 0.1+0.2 arrives as 0.3).
  `sf_real_text(value) AS list_transform([CAST(value AS DOUBLE)], lambda x: CASE WHEN isnan(x) THEN 'NaN' WHEN isinf(x) THEN CASE WHEN x > 0 THEN 'inf' ELSE '-inf' END ELSE format('{:.15g}', x) END)[1]`,
  // For stored columns: copies of a column cost nothing, and 64-bit paths are ten times faster than 128-bit ones.
  `sf_real_wire(x) AS CASE WHEN x = trunc(x) AND abs(x) < 1e15 THEN CAST(TRY_CAST(x AS BIGINT) AS VARCHAR) ELSE sf_real_text(x) END`,
  `sf_seconds_text(d) AS CASE WHEN d >= CAST(1000000000 AS DECIMAL(38,9)) AND d < CAST(2000000000 AS DECIMAL(38,9)) THEN '1' || lpad(CAST(TRY_CAST(d - CAST(1000000000 AS DECIMAL(38,9)) AS DECIMAL(18,9)) AS VARCHAR), 19, '0') WHEN d >= CAST(0 AS DECIMAL(38,9)) AND d < CAST(1000000000 AS DECIMAL(38,9)) THEN CAST(TRY_CAST(d AS DECIMAL(18,9)) AS VARCHAR) ELSE CAST(d AS VARCHAR) END`,
  `sf_zero(divisor) AS list_transform([divisor], lambda d: CASE WHEN d = 0 THEN ${ERR('100051', '22012', "'Division by zero'")} ELSE d END)[1]`,
  // The pool is documented ("RANDSTR"); which text a seed gives is not.
  `sf_randstr(size, seed) AS list_transform([{'n': size, 'g': seed}], lambda v: CASE WHEN v['n'] IS NULL OR v['g'] IS NULL THEN NULL WHEN v['n'] < 0 THEN ${ERR('000002', '0A000', "'Unsupported feature ''RANDSTR of a negative length''.'")} ELSE array_to_string(list_transform(range(v['n']), lambda i: substr('0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ', CAST(hash(v['g'] || ' ' || i) % 62 AS INTEGER) + 1, 1)), '') END)[1]`,
  // Whole numbers that stand for the digits of NUMBERs (convert/exact.ts); what has no room goes the long way.
  `sf_round_digits(x, y) AS list_transform([{'a': x, 'b': y}], lambda v: (abs(v['a']) + abs(v['b']) // 2) // abs(v['b']) * sign(v['a']) * sign(v['b']))[1]`,
  `sf_trunc_digits(x, y) AS x // y`,
  `sf_floor_digits(x, y) AS list_transform([x], lambda v: v // y - CASE WHEN v % y < 0 THEN 1 ELSE 0 END)[1]`,
  `sf_ceil_digits(x, y) AS list_transform([x], lambda v: v // y + CASE WHEN v % y > 0 THEN 1 ELSE 0 END)[1]`,
  `sf_power(n) AS CAST('1' || repeat('0', n) AS HUGEINT)`,
  `sf_room(x, n) AS n <= 38 AND abs(x) < sf_power(38 - n)`,
  `sf_exactly(op, x, y, n) AS CAST(sf_exact(op, CAST(x AS VARCHAR), CAST(y AS VARCHAR), CAST(n AS INTEGER)) AS HUGEINT)`,
  `sf_divide(x, y, n) AS list_transform([{'a': x, 'b': y}], lambda v: CASE WHEN sf_room(v['a'], n) THEN sf_round_digits(v['a'] * sf_power(n), v['b']) ELSE sf_exactly('quotient', v['a'], v['b'], n) END)[1]`,
  `sf_modulo(x, y, n, m) AS list_transform([{'a': x, 'b': y}], lambda v: CASE WHEN sf_room(v['a'], n) AND sf_room(v['b'], m) THEN (v['a'] * sf_power(n)) % (v['b'] * sf_power(m)) ELSE sf_exactly('remainder', v['a'], v['b'], n - m) END)[1]`,
  `sf_multiply(x, y, n) AS sf_exactly('product', x, y, n)`,
  `sf_within(x, most, doubles, far) AS list_transform([{'x': x, 'd': doubles}], lambda v: CASE WHEN v['x'] > most OR v['x'] < -most OR abs(v['d']) > far THEN error('${OUT_OF_RANGE}') ELSE v['x'] END)[1]`,
  ...VARIANT_MACROS,
];
