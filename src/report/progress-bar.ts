import { checkOptions } from '../options/check-options.js';
import { withMethod } from '../options/option-checks.js';
import { shownLine } from '../options/shown-text.js';
import type { RunCounts } from '../state/sync-state.js';
import type { SyncEventSource, SyncListener } from '../sync/journal/sync-event.js';

/** Where the bar is drawn; `process.stderr` fits. */
export interface TerminalLike {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  /** Takes a piece of text. */
  write(text: string): unknown;
}

/** Options of {@link progressBar}. */
export interface ProgressBarOptions {
  /** Where it is drawn. @default process.stderr, so that stdout stays free for data */
  readonly stream?: TerminalLike | undefined;
}

const shape = { stream: withMethod<TerminalLike>('write', 'expected a stream').optional() };

const REDRAW_MS = 100;
const LONGEST_BAR = 40;
const LABEL = 14;

/** `1:05` or `2:03:04`. */
export function clockText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const shown = parts[0] === 0 ? parts.slice(1) : parts;
  return shown.map((part, index) => (index === 0 ? String(part) : String(part).padStart(2, '0'))).join(':');
}

type Changes = Pick<RunCounts, 'added' | 'changed' | 'removed' | 'held' | 'removalsRejected'>;

/** `3 added  2 changed`: what a sync with `changes` has found so far, without what is 0. */
function changesText({ added = 0, changed = 0, removed = 0, held = 0, removalsRejected = 0 }: Changes): string {
  return Object.entries({ added, changed, removed, held, 'removals rejected': removalsRejected })
    .map(([what, count]) => (count === 0 ? '' : `  ${count.toLocaleString('en-US')} ${what}`))
    .join('');
}

/**
 * Draws one line in a terminal for each run of a sync: rows settled, rows per second and the time left, by the
 * result's row count, and what changed where the sync has `changes`. Silent where the stream is no terminal.
 *
 * @returns a function that takes the bar away for good
 */
export function progressBar(sync: SyncEventSource, options: ProgressBarOptions = {}): () => void {
  const { stream = process.stderr } = checkOptions('progressBar', shape, options);
  if (stream.isTTY !== true) return () => undefined;
  let startedAt = 0;
  let firstRow = 0;
  let drawnAt = 0;

  const draw = (done: number, total: number | undefined, changes: Changes): void => {
    const seconds = (Date.now() - startedAt) / 1000;
    const rate = seconds > 0 ? (done - firstRow) / seconds : 0;
    const rows = `${done.toLocaleString('en-US')}${total === undefined ? '' : ` of ${total.toLocaleString('en-US')}`} rows`;
    const speed = `${Math.round(rate).toLocaleString('en-US')}/s`;
    const left = total === undefined || rate === 0 ? '' : `  ${clockText((total - done) / rate)} left`;
    const text = `  ${rows}  ${speed}${left}${changesText(changes)}`;
    // A pseudo terminal without a size says 0.
    const width = stream.columns === undefined || stream.columns === 0 ? 80 : stream.columns;
    const room = width - LABEL - text.length - 1;
    // Nothing to do is no part of the way: an empty result has no bar.
    const length = total === undefined || total === 0 ? 0 : Math.max(0, Math.min(LONGEST_BAR, room));
    const filled = length === 0 ? 0 : Math.round((done / (total ?? 1)) * length);
    const bar = '█'.repeat(filled) + '░'.repeat(length - filled);
    // Erase to the end of the line: the text may have become shorter.
    stream.write(
      `\r${shownLine(sync.name)
        .slice(0, LABEL - 1)
        .padEnd(LABEL)}${bar}${text}\u001b[K`,
    );
  };
  const started: SyncListener<'run:start'> = ({ resumedFromRow }) => {
    startedAt = Date.now();
    firstRow = resumedFromRow ?? 0;
    drawnAt = 0;
  };
  const progressed: SyncListener<'progress'> = ({ settledBelow, totalRows, counts }) => {
    const now = Date.now();
    if (now - drawnAt < REDRAW_MS) return;
    drawnAt = now;
    draw(settledBelow, totalRows, counts);
  };
  const ended: SyncListener<'run:complete' | 'run:fail'> = ({ report }) => {
    const { rowsDelivered, rowsRejected, rowsSkipped, changes, resumedFromRow = 0 } = report;
    const settled = rowsDelivered + rowsRejected + rowsSkipped + (changes?.unchanged ?? 0);
    const done = firstRow + settled - resumedFromRow;
    draw(done, report.status === 'completed' ? done : undefined, changes ?? {});
    stream.write(report.status === 'completed' ? '\n' : `  ${report.status}\n`);
  };
  sync.on('run:start', started);
  sync.on('progress', progressed);
  sync.on('run:complete', ended);
  sync.on('run:fail', ended);
  return () => {
    sync.off('run:start', started);
    sync.off('progress', progressed);
    sync.off('run:complete', ended);
    sync.off('run:fail', ended);
  };
}
