import type { RowField, RowFieldType } from 'snowmelt';

function isJson(value: unknown): boolean {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (Array.isArray(value)) return value.every(isJson);
  return typeof value === 'object' && Object.values(value).every(isJson);
}

const isObject = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && isJson(value);

/** The types of TypeScript, as checks of values. */
const FITS: Readonly<Record<RowFieldType, (value: unknown) => boolean>> = {
  number: (value) => typeof value === 'number',
  string: (value) => typeof value === 'string',
  'number | string': (value) => typeof value === 'number' || typeof value === 'string',
  boolean: (value) => typeof value === 'boolean',
  "'true' | 'false'": (value) => value === 'true' || value === 'false',
  JsonValue: isJson,
  JsonObject: isObject,
  'readonly JsonValue[]': (value) => Array.isArray(value) && isJson(value),
  'readonly (number | string | null)[]': (value) =>
    Array.isArray(value) &&
    value.every((item) => item === null || typeof item === 'number' || typeof item === 'string'),
};

/** In what a row is not of the type that its fields say; no field too many either. */
export function misfits(fields: readonly RowField[], row: Readonly<Record<string, unknown>>): string[] {
  const unknown = Object.keys(row).filter((name) => fields.every((field) => field.name !== name));
  const wrong = fields.filter(({ name, type, nullable, optional }) => {
    if (!Object.hasOwn(row, name)) return !optional;
    const value = row[name];
    return !(value === null && nullable) && !FITS[type](value);
  });
  return [
    ...unknown.map((name) => `${name}: not in the type`),
    ...wrong.map(({ name, type }) => `${name}: no ${type}`),
  ];
}
