import { Queue } from 'bullmq';
import { FileStateStore, identify, QueryTemplate, SnowflakeSource, Sync } from 'snowmelt';
import { syncQueue, type SyncQueue, type SyncQueueOptions } from 'snowmelt/bullmq';
import { CustomerIoSink } from 'snowmelt/customerio';
import { expect } from 'vitest';
import type { QueueWorkerSetup } from '../child/queue-worker.js';
import { startPeople, type People } from '../faults/people.js';
import type { QueuePlace } from './backends.js';
import { WorkerProcess } from './worker-process.js';

/** A queue of the sync "people", whose workers are processes. */
export class PeopleQueue {
  readonly people: People;
  readonly queue: SyncQueue;
  readonly workers = new Set<WorkerProcess>();
  readonly #program: string;
  readonly #place: QueuePlace;
  readonly #options: Omit<SyncQueueOptions, 'syncs'>;

  private constructor(program: string, place: QueuePlace, people: People, options: Partial<SyncQueueOptions>) {
    this.#program = program;
    this.#place = place;
    this.people = people;
    this.#options = {
      ...place.where,
      name: 'people',
      rowsPerJob: 500,
      maxJobs: 8,
      stalledSeconds: 1,
      retryDelaySeconds: 0.2,
      attempts: 20,
      ...options,
    };
    const { connection, endpoint, writeKey, folder } = people.setup;
    // Only adds runs; nothing is connected to Snowflake or the destination.
    const sync = new Sync({
      name: 'people',
      source: new SnowflakeSource(connection),
      query: new QueryTemplate('SELECT ID AS "userId" FROM PEOPLE WHERE UPDATED >= {{last_sync_time}}'),
      mapper: identify(),
      sink: new CustomerIoSink({ endpoint, writeKey }),
      state: new FileStateStore(folder),
    });
    this.queue = syncQueue({ ...this.#options, syncs: [sync] });
  }

  static async start(
    program: string,
    place: QueuePlace,
    rows: number,
    options: Partial<SyncQueueOptions> = {},
  ): Promise<PeopleQueue> {
    const people = await startPeople(rows);
    people.collector.fault({ kind: 'slow', delayMs: 20 }, { times: Infinity });
    return new PeopleQueue(program, place, people, options);
  }

  /** Starts a worker. */
  launch(setup: Partial<QueueWorkerSetup> = {}): WorkerProcess {
    const worker = new WorkerProcess(this.#program, { ...this.people.setup, queue: this.#options, ...setup });
    this.workers.add(worker);
    return worker;
  }

  async kill(worker: WorkerProcess): Promise<void> {
    await worker.kill();
    this.workers.delete(worker);
  }

  /** BullMQ's own view of the queue. */
  async withJobs<T>(look: (jobs: Queue) => Promise<T>): Promise<T> {
    const { name, connection, factory } = this.#place.bare('people');
    const jobs = new Queue(name, { connection }, factory);
    jobs.on('error', () => undefined);
    try {
      return await look(jobs);
    } finally {
      await jobs.close();
    }
  }

  /** That every person has arrived, under one id, that the run is committed once, and that no job is left. */
  async expectAllDone(runId: string | undefined): Promise<void> {
    const { rows } = this.people;
    // Throws where a person has come with two ids.
    expect(this.people.arrived().size).toBe(rows);
    expect(new Set(this.people.arrived().values()).size).toBe(rows);
    const stored = (await this.people.stored())!;
    expect(stored.history).toMatchObject([{ runId, status: 'completed', counts: { read: rows } }]);
    expect([stored.run, stored.lease]).toEqual([undefined, undefined]);
    expect(stored.lastSyncTime).toBeGreaterThan(0);
    await this.withJobs((jobs) =>
      expect
        .poll(() => jobs.getJobCounts())
        .toMatchObject({ active: 0, delayed: 0, prioritized: 0, waiting: 0, 'waiting-children': 0, failed: 0 }),
    );
  }

  async close(): Promise<void> {
    await this.queue.close();
    await Promise.all([...this.workers].map((worker) => worker.kill()));
    await this.people.close();
  }
}

/** What the report of a whole run says of so many rows. */
export function allOf(rows: number) {
  return {
    status: 'completed',
    rowsRead: rows,
    rowsDelivered: rows,
    rowsRejected: 0,
    rowsSkipped: 0,
    messages: rows,
  };
}
