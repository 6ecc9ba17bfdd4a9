import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { pino, type Logger } from 'pino';
import type { RunReport, Sync, SyncEvents } from 'snowmelt';
import { instrument } from 'snowmelt/otel';
import { runReportHtml } from 'snowmelt/report';
import { expect } from 'vitest';

const EVENTS = [
  'run:start',
  'query:done',
  'progress',
  'batch:delivered',
  'retry',
  'row:rejected',
  'warning',
  'checkpoint',
  'run:complete',
  'run:skip',
  'run:fail',
] as const satisfies readonly (keyof SyncEvents)[];

/** All that a sync writes and tells, as text to search in. */
export class Written {
  readonly #parts: string[] = [];

  /** For the option `logger`. */
  readonly logger: Logger = pino({}, { write: (line: string) => void this.#parts.push(line) });

  /** Keeps the events of a sync. */
  watch(sync: { readonly on: (event: (typeof EVENTS)[number], listener: (value: unknown) => void) => unknown }): void {
    for (const event of EVENTS) sync.on(event, (value) => this.add(value));
  }

  /** Keeps a run's report, as a value and as a page, and its spans. Gives the report. */
  async addRun<M>(sync: Sync<M>): Promise<RunReport> {
    const spans = new InMemorySpanExporter();
    const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] });
    const stop = await instrument(sync, { tracerProvider });
    const report = await sync.run();
    stop();
    this.add(report);
    this.add(runReportHtml(report));
    for (const { name, status, attributes, events, links } of spans.getFinishedSpans()) {
      this.add({ name, status, attributes, events, links });
    }
    // A run that found no result has no span.
    if (report.status === 'completed') expect(spans.getFinishedSpans().length).toBeGreaterThan(0);
    return report;
  }

  /** Keeps a value as whoever prints it or serialises it would see it. */
  add(value: unknown): void {
    if (typeof value === 'string') this.#parts.push(value);
    else this.#parts.push(inspect(value, { depth: 10, showHidden: true, getters: true }), JSON.stringify(value));
  }

  /** Keeps the files below a folder, and their names. */
  async addFiles(folder: string): Promise<void> {
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) this.add(`${entry.name} ${await readFile(join(entry.parentPath, entry.name), 'utf8')}`);
    }
  }

  get text(): string {
    return this.#parts.join('\n');
  }

  /** @throws an assertion error that shows the place of the first secret found */
  expectNone(secrets: Iterable<string>): void {
    const { text } = this;
    expect(text.length).toBeGreaterThan(0);
    for (const secret of secrets) {
      const at = text.indexOf(secret);
      expect(at < 0 ? '' : text.slice(Math.max(0, at - 300), at + 100), `contains ${secret}`).toBe('');
    }
  }
}
