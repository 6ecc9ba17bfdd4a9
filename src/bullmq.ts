/**
 * Runs of syncs shared by the processes of many machines, by BullMQ.
 *
 * @module
 */
export { syncQueue } from './workers/sync-queue.js';
export type { QueueRunOptions, SyncQueue, WorkOptions } from './workers/sync-queue.js';
export type { QueuedSync, QueuePostgres, SyncQueueOptions } from './workers/queue/queue-options.js';
export type { QueueSchedule } from './workers/queue/queue-schedule.js';
export type { QueueRunEvent, RangeEvent, SyncQueueEvents } from './workers/queue/queue-emitter.js';
