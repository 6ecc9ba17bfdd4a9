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
