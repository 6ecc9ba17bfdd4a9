import type { Column } from '../../source/source.js';
import { isDeep } from './json-depth.js';

const GEOJSON = "or set the output format: ALTER USER … SET GEOGRAPHY_OUTPUT_FORMAT = 'GeoJSON'";

/** What to write in the query for a semi-structured value whose text is no JSON, by what the text looks like. */
export function notJsonHint(text: string, { name, type }: Column): string | undefined {
  const column = /^[A-Z_][A-Z0-9_$]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
  if (isDeep(text)) return `It is nested too deeply: select the part that is needed, ${column}:path AS ${column}.`;
  if (type === 'geography' || type === 'geometry') return `Select ST_ASGEOJSON(${column}) AS ${column}, ${GEOJSON}.`;
  // An XML value comes as XML ("PARSE_XML", docs.snowflake.com).
  if (!/^\s*</.test(text)) return undefined;
  return `It is XML: select it as text, ${column}::VARCHAR AS ${column}, or a part of it, XMLGET(${column}, 'tag'):"$"::VARCHAR.`;
}
