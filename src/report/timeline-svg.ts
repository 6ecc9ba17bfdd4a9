import type { TimelinePoint } from '../sync/journal/run-timeline.js';

const WIDTH = 860;
const HEIGHT = 280;
const LEFT = 84;
const RIGHT = 16;
const TOP = 16;
const BOTTOM = 32;

/** A number with thousands separators. */
export const whole = (value: number): string => Math.round(value).toLocaleString('en-US');

/** `850 ms`, `12.3 s` or `4 min 5 s`. */
export function durationText(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}

function niceCeiling(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, value)));
  return [1, 1.2, 1.6, 2, 2.4, 3.2, 4, 5, 6, 8, 10].map((step) => step * power).find((step) => step >= value) ?? value;
}

const QUARTERS = [0, 0.25, 0.5, 0.75, 1];

/** Where the axis of rows has its lines: at whole numbers, each once. */
function rowTicks(highest: number): readonly number[] {
  return [...new Set(QUARTERS.map((part) => Math.round(part * highest)))];
}

/** A picture of a run: rows read and delivered over time, ticks for batches, a mark for each moment of retries or rejects. */
export function timelineSvg(points: readonly TimelinePoint[], totalMs: number): string {
  const lastMs = Math.max(1, totalMs, points.at(-1)?.atMs ?? 0);
  const most = Math.max(0, ...points.map((point) => point.rowsRead));
  const highest = Math.ceil(niceCeiling(most));
  const x = (ms: number): string => (LEFT + (ms / lastMs) * (WIDTH - LEFT - RIGHT)).toFixed(1);
  const y = (rows: number): string => (HEIGHT - BOTTOM - (rows / highest) * (HEIGHT - TOP - BOTTOM)).toFixed(1);
  const line = (of: (point: TimelinePoint) => number, name: string): string =>
    `<polyline class="${name}" points="${[`${x(0)},${y(0)}`, ...points.map((point) => `${x(point.atMs)},${y(of(point))}`)].join(' ')}"/>`;
  const marks = (of: (point: TimelinePoint) => number, name: string, what: string): string =>
    points
      .map((point, index) => ({ point, more: of(point) - (index === 0 ? 0 : of(points[index - 1] ?? point)) }))
      .filter(({ more }) => more > 0)
      .map(
        ({ point, more }) =>
          `<circle class="${name}" cx="${x(point.atMs)}" cy="${y(point.rowsDelivered)}" r="4"><title>${more} ${what} at ${durationText(point.atMs)}</title></circle>`,
      )
      .join('');
  const batches = points
    .filter((point, index) => point.batches > (points[index - 1]?.batches ?? 0))
    .map(
      (point) =>
        `<line class="batch" x1="${x(point.atMs)}" x2="${x(point.atMs)}" y1="${y(0)}" y2="${Number(y(0)) + 6}"/>`,
    )
    .join('');
  const rules = rowTicks(most === 0 ? 0 : highest).map((rows) => {
    const rowsAt = y(rows);
    return `<line class="rule" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${rowsAt}" y2="${rowsAt}"/><text class="axis" x="${LEFT - 8}" y="${rowsAt}" dy="4" text-anchor="end">${whole(rows)}</text>`;
  });
  const times = QUARTERS.map((part) => {
    const time = (LEFT + part * (WIDTH - LEFT - RIGHT)).toFixed(1);
    return `<text class="axis" x="${time}" y="${HEIGHT - BOTTOM + 22}" text-anchor="${part === 1 ? 'end' : 'middle'}">${durationText(part * lastMs)}</text>`;
  });
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Rows read and delivered over time">${[...rules, ...times].join('')}${batches}${line((point) => point.rowsRead, 'read')}${line((point) => point.rowsDelivered, 'delivered')}${marks((point) => point.retries, 'retry', 'retries')}${marks((point) => point.rejects, 'reject', 'rejects')}</svg>`;
}
