import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CollectorFaults, type CollectorFault, type CollectorFaultPlan } from './collector-fault.js';
import { answerFault } from './answer-fault.js';
import {
  CollectorRecord,
  type CollectedBatch,
  type CollectedMessage,
  type CollectorRecordMode,
  type CollectorStats,
} from './collector-record.js';
import { readRequest, type CollectorLimits } from './read-request.js';

/** Options of {@link startCollector}. */
export interface CollectorOptions {
  /** Port on 127.0.0.1. @default a free one */
  readonly port?: number | undefined;
  /** The key to accept. @default "test-key" */
  readonly writeKey?: string | undefined;
  /**
   * What to keep: whole messages, only how often each messageId came, or only totals (for millions of messages).
   *
   * @default "messages"
   */
  readonly record?: CollectorRecordMode | undefined;
  /** Appends every message taken to this file, one JSON text per line. */
  readonly file?: string | undefined;
  /** Checks every message against the published rules. @default true */
  readonly check?: boolean | undefined;
  /** What is too large. @default the published ones: 32,000 bytes a message, 500,000 a body */
  readonly limits?: Partial<CollectorLimits> | undefined;
  /** Faults in force from the start; more can be added at any time. */
  readonly faults?: readonly CollectorFaultPlan[] | undefined;
}

/** A running collector. */
export interface Collector {
  /** For the sink's `endpoint`. */
  readonly endpoint: string;
  readonly writeKey: string;
  readonly port: number;
  /** Every message taken, in order of arrival; empty unless `record` is "messages". */
  readonly messages: readonly CollectedMessage[];
  /** Every request taken; empty unless `record` is "messages". */
  readonly batches: readonly CollectedBatch[];
  /** How often each messageId was taken; empty when `record` is "counts". */
  readonly messageIds: ReadonlyMap<string, number>;
  /** Totals so far. */
  stats(): CollectorStats;
  /** Plans a fault for requests to come. */
  fault(fault: CollectorFault, plan?: Omit<CollectorFaultPlan, 'fault'>): void;
  /** Forgets the faults that have not struck yet. */
  clearFaults(): void;
  /** Forgets what was taken. */
  clear(): void;
  /** Closes the port and every connection, until {@link acceptConnections}. */
  refuseConnections(): Promise<void>;
  /** Listens on the same port again. */
  acceptConnections(): Promise<void>;
  /** Stops the server and finishes `file`. */
  close(): Promise<void>;
}

/**
 * Starts a server on loopback that speaks Customer.io's Pipelines API: `/v1/batch` and the six single calls, Basic
 * auth, strict mode, and without it the documented habit of answering 200 to what it throws away.
 */
export async function startCollector(options: CollectorOptions = {}): Promise<Collector> {
  const writeKey = options.writeKey ?? 'test-key';
  const limits = { maxMessageBytes: 32_000, maxBodyBytes: 500_000, ...options.limits };
  const record = new CollectorRecord(options.record ?? 'messages', options.file);
  const faults = new CollectorFaults();
  for (const plan of options.faults ?? []) faults.plan(plan);

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    record.totals.requests += 1;
    const received = await readRequest(request, { writeKey, limits, check: options.check ?? true });
    const accept = (): void => {
      record.totals.dropped += received.dropped;
      if (received.messages.length > 0) record.add(received.messages, received.batch);
    };
    const fault = faults.take(new Set(received.messages.map(({ messageId }) => messageId)));
    if (fault !== undefined) {
      record.totals.faultHits += 1;
      if (fault.kind.startsWith('status') || fault.kind === 'refuse-messages') record.totals.refused += 1;
      await answerFault(fault, response, accept);
      return;
    }
    if (received.status === 200) accept();
    else record.totals.refused += 1;
    response.writeHead(received.status, { 'content-type': 'application/json' });
    response.end(received.errors.length === 0 ? '{}' : JSON.stringify({ meta: { errors: received.errors } }));
  };
  // Longer than any pause of a client: a connection that the server closes while a request is on its way looks like a fault.
  const server = createServer({ keepAliveTimeout: 120_000 }, (request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  const listen = (port: number): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => {
        server.removeListener('error', reject);
        resolve();
      });
    });
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      if (!server.listening) {
        resolve();
        return;
      }
      server.close(() => resolve());
      server.closeAllConnections();
    });
  await listen(options.port ?? 0);
  const { port } = server.address() as AddressInfo;

  return {
    endpoint: `http://127.0.0.1:${port}/v1`,
    writeKey,
    port,
    get messages() {
      return record.messages;
    },
    get batches() {
      return record.batches;
    },
    get messageIds() {
      return record.messageIds;
    },
    stats: () => ({ ...record.totals, messagesByType: { ...record.totals.messagesByType } }),
    fault: (fault, plan) => faults.plan({ ...plan, fault }),
    clearFaults: () => faults.clear(),
    clear: () => record.clear(),
    refuseConnections: stop,
    acceptConnections: () => listen(port),
    close: async () => {
      await stop();
      await record.close();
    },
  };
}
