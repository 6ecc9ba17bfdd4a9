import { shownLine } from '../../options/shown-text.js';
import type { JsonValue } from '../../mapping/message.js';
import type { ExplainedRow, Explanation } from './explanation.js';

const show = (value: JsonValue): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** An explanation as text for a terminal. */
export function explanationText<M>(explanation: Omit<Explanation<M>, 'toString'>): string {
  const { sync, key, code, text, hint, rows, more, notChecked } = explanation;
  const asked = Object.entries(key).map(([name, value]) => `${name}=${value}`);
  const head = shownLine(`${sync} ${asked.join(' ')}: ${rows.length > 1 ? `${rows.length} rows` : code}`);
  const lines = [head];
  if (rows.length === 0) lines.push(...indented(text, hint));
  rows.forEach((row, index) => {
    if (rows.length > 1) lines.push(shownLine(`Row ${index + 1}: ${row.code}`));
    lines.push(...rowLines(row));
  });
  if (more) lines.push(`There are more rows with this key: name more columns.`);
  if (notChecked.length > 0) lines.push('Not checked', ...notChecked.map((each) => `  ${shownLine(each)}`));
  return `${lines.join('\n')}\n`;
}

function rowLines<M>({ text, hint, values, messages }: ExplainedRow<M>): string[] {
  const width = Math.max(0, ...Object.keys(values).map(({ length }) => length));
  const columns = Object.entries(values).map(([name, value]) => `    ${name.padEnd(width)}  ${show(value)}`);
  const becomes = messages.map((message) => `    ${JSON.stringify(message)}`);
  return [
    ...indented(text, hint),
    '  The row',
    ...columns.map(shownLine),
    '  becomes',
    ...(becomes.length === 0 ? ['    nothing'] : becomes.map(shownLine)),
  ];
}

function indented(text: string, hint: string | undefined): string[] {
  return [text, ...(hint === undefined ? [] : [hint])].map((line) => `  ${shownLine(line)}`);
}
