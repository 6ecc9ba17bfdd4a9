import type * as bullmq from 'bullmq';
import type { ConnectionOptions, Job, Processor, Queue, Worker } from 'bullmq';
import { peerFault } from '../../options/peer-fault.js';
import { closeOrCut } from './close-or-cut.js';
import type { JobData } from './job-data.js';
import type { QueueSettings } from './queue-options.js';

/** BullMQ's module. */
export type Bull = typeof bullmq;
/** A job of the queue. */
export type QueueJob = Job<JobData>;

/** BullMQ on Redis or PostgreSQL. */
export interface QueueBackend {
  readonly bull: Bull;
  readonly queue: Queue<JobData>;
  /** Makes a worker, which does not work before it is told to. */
  readonly worker: (processor: Processor<JobData>, concurrency: number) => Worker<JobData>;
  /** Whether the connection is a client of the host. */
  readonly isShared: boolean;
  /** Closes the queue, or cuts its connections. */
  readonly close: () => Promise<void>;
}

/**
 * A job of a dead worker goes to another one again and again; BullMQ's default is once. One that kills its worker
 * each time, for want of memory for instance, ends here.
 */
const MOST_DEATHS = 25;

async function loadBull(): Promise<Bull> {
  try {
    return await import('bullmq');
  } catch (error) {
    throw peerFault('syncQueue', 'bullmq', error);
  }
}

/**
 * Loads BullMQ and opens the queue.
 *
 * @param onError - told of what BullMQ says of its connection
 * @throws ConfigError `PEER_MISSING`
 */
export async function openBackend(settings: QueueSettings, onError: (error: Error) => void): Promise<QueueBackend> {
  const bull = await loadBull();
  const { name, prefix, connection, postgres, stalledSeconds } = settings;
  // The types of BullMQ's classes name their backend; the classes do not differ.
  const factory = postgres === undefined ? undefined : (bull.createPostgresBackend as unknown as undefined);
  const options = {
    connection: (patientPostgres(settings) ?? connection) as ConnectionOptions,
    ...(prefix === undefined ? {} : { prefix }),
  };
  const queue = new bull.Queue<JobData>(name, options, factory);
  queue.on('error', onError);
  // As BullMQ tells a client from options.
  const isShared = typeof Reflect.get(connection ?? {}, 'duplicate') === 'function';
  return {
    bull,
    queue,
    isShared,
    close: () => closeOrCut(queue, isShared),
    worker: (processor, concurrency) => {
      const lock = stalledSeconds * 1000;
      const worker = new bull.Worker<JobData>(
        name,
        processor,
        {
          ...options,
          concurrency,
          autorun: false,
          lockDuration: lock,
          stalledInterval: lock,
          maxStalledCount: MOST_DEATHS,
        },
        factory,
      );
      worker.on('error', onError);
      return worker;
    },
  };
}

/** The package pg waits for a server that is silent as long as it takes, unless it is told otherwise. */
function patientPostgres({ postgres, patienceSeconds }: QueueSettings): object | undefined {
  const ms = patienceSeconds * 1000;
  return postgres && { connectionTimeoutMillis: ms, query_timeout: ms, ...postgres };
}
