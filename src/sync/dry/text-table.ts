import { shownLine } from '../../options/shown-text.js';

const MAX_CELL = 60;

function cell(text: string): string {
  const line = shownLine(text.replaceAll(/\s+/g, ' '));
  return line.length > MAX_CELL ? `${line.slice(0, MAX_CELL - 1)}…` : line;
}

/** Rows as aligned columns, the first row being the head; cells are cut to 60 characters. */
export function textTable(rows: readonly (readonly string[])[], indent = '  '): string {
  const cut = rows.map((row) => row.map(cell));
  const widths = (cut[0] ?? []).map((_, column) => Math.max(...cut.map((row) => (row[column] ?? '').length)));
  return cut
    .map(
      (row) =>
        indent +
        row
          .map((text, column) => text.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd(),
    )
    .join('\n');
}

/** `1536` as `1.5 KB`. */
export function bytesText(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  const units = ['KB', 'MB', 'GB', 'TB'];
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value.toFixed(1)} ${units[unit] ?? ''}`;
}

/** Unix seconds as ISO-8601; 0 as the first run. */
export function syncTimeText(seconds: number): string {
  return seconds === 0 ? '0 (the first run)' : `${seconds} (${new Date(seconds * 1000).toISOString()})`;
}
