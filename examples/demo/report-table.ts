import type { RunReport } from 'snowmelt';

/** The reports of some runs as a table of text. */
export function reportTable(
  runs: readonly { readonly name: string; readonly report: RunReport; readonly ms: number }[],
): string {
  const row = (name: string, rows: number, messages: number, batches: number, ms: number): string[] => [
    name,
    number(rows),
    number(messages),
    number(batches),
    (ms / 1000).toFixed(2),
    number(Math.round(rows / (ms / 1000))),
  ];
  const sum = (of: (run: (typeof runs)[number]) => number): number => runs.reduce((total, run) => total + of(run), 0);
  const lines = [
    ['sync', 'rows', 'messages', 'batches', 'seconds', 'rows/s'],
    ...runs.map(({ name, report, ms }) => row(name, report.rowsDelivered, report.messages, report.batches, ms)),
    row(
      'all',
      sum(({ report }) => report.rowsDelivered),
      sum(({ report }) => report.messages),
      sum(({ report }) => report.batches),
      sum(({ ms }) => ms),
    ),
  ];
  const widths = [12, 10, 10, 9, 9, 9];
  return lines
    .map((cells) =>
      cells
        .map((cell, index) => (index === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[index] ?? 0)))
        .join(''),
    )
    .join('\n');
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}
