import { shownName } from '../options/shown-name.js';

/** Where calls keep what came from the columns. */
const INNER = new Set(['traits', 'properties', 'context']);

/**
 * Names the field of a message that takes the most room, for one that is too large; never its value.
 *
 * @param text - the message as JSON text
 * @returns an addition to a sentence; empty when the text is no JSON object
 */
export function largestField(text: string): string {
  let fields: [name: string, value: unknown][];
  try {
    fields = entriesOf(JSON.parse(text));
  } catch {
    return '';
  }
  const all = fields.flatMap(([name, value]): [string, unknown][] =>
    INNER.has(name)
      ? entriesOf(value).map(([inner, own]) => [`${name}.${shownName(inner)}`, own])
      : [[shownName(name), value]],
  );
  let largest = { name: '', bytes: -1 };
  for (const [name, value] of all) {
    const bytes = Buffer.byteLength(JSON.stringify(value));
    if (bytes > largest.bytes) largest = { name, bytes };
  }
  return largest.bytes < 0 ? '' : `; its largest field is ${largest.name} (${largest.bytes} bytes)`;
}

function entriesOf(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
}
