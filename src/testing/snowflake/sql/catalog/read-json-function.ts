import type * as DuckDb from '@duckdb/node-api';
import { JsonError, parseJson, type JsonReading } from '../parse/parse-json.js';

/** By the words of the second argument: `try` gives NULL for what can't be read, `check` gives only the reason. */
const READINGS: Record<string, JsonReading> = {
  strict: { repeatedKeys: 'refuse' },
  last: { repeatedKeys: 'last' },
  stored: { repeatedKeys: 'refuse', stored: true },
};

/**
 * `sf_read_json(text, how)`: the stored form of JSON. DuckDB's own reader knows neither Snowflake's grammar nor numbers
 * of more digits than a double has.
 */
export function readJsonFunction({
  DuckDBScalarFunction: Scalar,
  VARCHAR,
}: typeof DuckDb): DuckDb.DuckDBScalarFunction {
  return Scalar.create({
    name: 'sf_read_json',
    returnType: VARCHAR,
    parameterTypes: [VARCHAR, VARCHAR],
    mainFunction: (info, input, output) => {
      const [texts, hows] = [input.getColumnVector(0), input.getColumnVector(1)];
      for (let row = 0; row < input.rowCount; row += 1) {
        const text = texts.getItem(row);
        const how = String(hows.getItem(row));
        const read = typeof text === 'string' ? readOne(text, how) : null;
        if (read instanceof JsonError) {
          const repeated = how === 'stored';
          info.setError(
            repeated
              ? `SF|100131|22000|Duplicate field key in an object: ${read.message}`
              : `SF|100069|22P02|Error parsing JSON: ${read.message}`,
          );
          return;
        }
        output.setItem(row, read);
      }
      output.flush();
    },
  });
}

function readOne(text: string, how: string): string | null | JsonError {
  const [mood, name = mood] = how.split(' ');
  try {
    const stored = parseJson(text, READINGS[name ?? ''] ?? { repeatedKeys: 'refuse' });
    return mood === 'check' ? null : (stored ?? null);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    if (mood === 'check') return error.message;
    return mood === 'try' ? null : error;
  }
}
