import { inspect } from 'node:util';
import { isSnowmeltError } from '../../errors/errors.js';

const MOST = 300;

/** A value in a failure: on one line, and not too long. */
export function shown(value: unknown): string {
  if (value instanceof Error) {
    const code = isSnowmeltError(value) ? ` ${value.code}` : '';
    return cut(`${value.name}${code}: ${value.message}`);
  }
  return cut(
    inspect(value, { depth: 4, breakLength: Infinity, compact: true, maxArrayLength: 6, maxStringLength: 120 }),
  );
}

function cut(text: string): string {
  return text.length > MOST ? `${text.slice(0, MOST)} …` : text;
}
