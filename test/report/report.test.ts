import { describe, expect, it } from 'vitest';
import { CallbackSink } from '../../src/sinks.js';
import { MemoryStateStore, SinkError, Sync, defineMapper, fromAsyncIterable } from '../../src/index.js';
import { clockText } from '../../src/report/progress-bar.js';
import { progressBar, runReportHtml } from '../../src/report.js';
import { RunTimeline } from '../../src/sync/journal/run-timeline.js';

function makeSync(rows: number, write: (count: number) => Promise<void> = async () => undefined) {
  return new Sync({
    name: 'people',
    source: fromAsyncIterable(
      async function* () {
        for (let row = 0; row < rows; row++) yield { id: row };
      },
      { columns: ['id'] },
    ),
    mapper: defineMapper((row) => ({ type: 'identify' as const, userId: `person-${row['id'] as number}` })),
    sink: new CallbackSink(async (batch) => write(batch.length), { maxMessages: 100 }),
    state: new MemoryStateStore(),
  });
}

function terminal(isTTY: boolean) {
  const written: string[] = [];
  return { isTTY, columns: 100, written, write: (text: string) => written.push(text) };
}

async function progressOf(rows: number, stream: ReturnType<typeof terminal>) {
  const sync = makeSync(rows);
  progressBar(sync, { stream });
  return sync.run();
}

/** The numbers beside the axis of rows. */
function rowAxis(html: string): string[] {
  return [...html.matchAll(/text-anchor="end">([\d,]+)<\/text>/g)].map(([, text = '']) => text);
}

describe('progressBar', () => {
  it('shows rows and speed in a terminal and ends its line with the run', async () => {
    const stream = terminal(true);
    const sync = makeSync(1000);
    progressBar(sync, { stream });
    (await sync.run()).throwIfFailed();
    const text = stream.written.join('');
    expect(text).toContain('people');
    expect(text).toMatch(/1,000.* rows/);
    expect(text.endsWith('\n')).toBe(true);
  });

  it('is silent where there is no terminal, and after it was taken away', async () => {
    const pipe = terminal(false);
    const stream = terminal(true);
    const sync = makeSync(10);
    progressBar(sync, { stream: pipe });
    progressBar(sync, { stream })();
    await sync.run();
    expect([...pipe.written, ...stream.written]).toEqual([]);
  });

  it('has no bar where there is nothing to send', async () => {
    const stream = terminal(true);
    (await progressOf(0, stream)).throwIfFailed();
    expect(stream.written.join('')).toContain('0 of 0 rows');
    expect(stream.written.join('')).not.toMatch(/[█░]/);
    await progressOf(3, stream);
    expect(stream.written.join('')).toMatch(/█ {2}3 of 3 rows/);
  });

  it('writes times left as a clock', () => {
    expect([5, 65, 7384].map(clockText)).toEqual(['0:05', '1:05', '2:03:04']);
  });
});

describe('runReportHtml', () => {
  it('is one page with the counts, the timeline and nothing loaded from outside', async () => {
    let tries = 0;
    const sync = makeSync(1000, async () => {
      if (tries++ === 3) throw new SinkError('SINK_FAILED', 'later', { retryable: true, retryAfterMs: 1 });
    });
    const report = await sync.run();
    report.throwIfFailed();
    expect(report.timeline.at(-1)).toMatchObject({ rowsRead: 1000, rowsDelivered: 1000, retries: 1 });
    const html = runReportHtml(report);
    expect(html).toContain('Rows read<b>1,000</b>');
    expect(html).toContain('Retries<b>1</b>');
    expect(html).toMatch(/<polyline class="delivered" points="[\d. ,]+"\/>/);
    expect(html).toContain('1 retries at');
    expect(html).not.toMatch(/\b(src|href)=|@import|url\(/);
  });

  it.each([
    [0, ['0']],
    [1, ['0', '1']],
    [3, ['0', '1', '2', '3', '4']],
    [1000, ['0', '250', '500', '750', '1,000']],
  ])('numbers the axis of %s rows by whole numbers, each once', async (rows, axis) => {
    expect(rowAxis(runReportHtml(await makeSync(rows).run()))).toEqual(axis);
  });

  it('breaks no word in a table but in the free text of its last column', async () => {
    const html = runReportHtml(await makeSync(1).run());
    const breaking = [...html.matchAll(/^(.*)\{[^}]*overflow-wrap:anywhere/gm)].map(([, selector]) => selector);
    expect(breaking).toEqual(['td:last-child']);
  });

  it('shows how many rows the breaker has counted before it stopped the run', async () => {
    const inner = fromAsyncIterable(
      async function* () {
        for (let id = 0; id < 12; id += 1) yield { id };
      },
      { columns: ['id'] },
    );
    const sync = new Sync({
      name: 'people',
      source: {
        execute: async (statement, options) => ({ ...(await inner.execute(statement, options)), rowCount: 12 }),
        reopen: (ref, options) => inner.reopen(ref, options),
        now: (options) => inner.now(options),
        close: () => inner.close(),
      },
      mapper: defineMapper(({ id }) => ({ type: 'identify' as const, userId: `person-${id as number}` })),
      sink: new CallbackSink(async () => undefined),
      state: new MemoryStateStore(),
      breaker: { maxRows: 5 },
    });
    const report = await sync.run();
    expect(report).toMatchObject({ status: 'failed', error: { code: 'BREAKER_TRIPPED' }, rowsRead: 0, rowCount: 12 });
    expect(runReportHtml(report)).toContain('Rows of the query<b>12</b>');
  });

  it('shows why a run failed, with markup in texts made harmless', async () => {
    const sync = makeSync(10, async () => {
      throw new SinkError('SINK_UNAUTHORIZED', '<script>alert(1)</script>', { retryable: false, hint: 'a & b' });
    });
    const html = runReportHtml(await sync.run());
    expect(html).toContain('SINK_UNAUTHORIZED');
    expect(html).toContain('&lt;script&gt;');
    expect(html).toContain('a &amp; b');
    expect(html).not.toContain('<script');
  });
});

describe('RunTimeline', () => {
  it('keeps a bounded number of points in order, however long the run is', () => {
    const timeline = new RunTimeline();
    for (let second = 1; second <= 100_000; second++) {
      const counts = { read: second, delivered: second, rejected: 0, skipped: 0, messages: second };
      timeline.add({ type: 'progress', counts, settledBelow: second, bytes: 0 }, second * 1000);
    }
    const points = timeline.points();
    expect(points.length).toBeLessThanOrEqual(241);
    expect(points.at(-1)?.rowsRead).toBe(100_000);
    expect(points.every((point, index) => index === 0 || point.atMs > (points[index - 1]?.atMs ?? 0))).toBe(true);
  });
});
