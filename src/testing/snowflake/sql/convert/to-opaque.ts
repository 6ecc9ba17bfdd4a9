import type { Binder } from './binder.js';
import { type DataType, isSemi, typeName } from '../types/data-type.js';
import { quote } from '../types/quote.js';
import type { Typed } from './scope.js';
import { cannotConvert } from '../types/sql-errors.js';
import { jsonOf } from './variant.js';

/** MAP of an object, VECTOR of an array of its length, GEOGRAPHY and GEOMETRY of GeoJSON: the JSON text is kept. */
export function toOpaque(binder: Binder, value: Typed, to: DataType, lenient: boolean): string {
  const { type } = value;
  if (type.kind === to.kind && type.length === to.length) return value.sql;
  const geo = to.kind === 'geography' || to.kind === 'geometry';
  const text = type.kind === 'text' && geo;
  if (!isSemi(type) && !text) throw cannotConvert(value.shown ?? value.sql, typeName(type), typeName(to));
  const json = text ? `sf_try_parse_json(${value.sql})` : jsonOf(binder, { ...value, type });
  const bad = lenient
    ? 'NULL'
    : `CAST(sf_bad_cast(${text ? `sf_json_string(${value.sql})` : json}, ${quote(typeName(to))}) AS JSON)`;
  const fits =
    to.kind === 'vector'
      ? `json_type(${json}) = 'ARRAY' AND json_array_length(${json}) = ${to.length}`
      : `json_type(${json}) = 'OBJECT'${geo ? ` AND json_exists(${json}, '$.type')` : ''}`;
  return `CASE WHEN ${value.sql} IS NULL THEN NULL WHEN COALESCE(${fits}, false) THEN ${json} ELSE ${bad} END`;
}
