/**
 * Runs syncs on a schedule.
 *
 * @module
 */
export { scheduleSync } from './schedule/schedule-sync.js';
export { runSlots } from './schedule/run-slots.js';
export type { Schedulable, ScheduleEvents, ScheduleOptions, SyncSchedule } from './schedule/schedule-sync.js';
export type { ScheduledReport } from './schedule/frequency-watch.js';
export type { RunSlots } from './schedule/run-slots.js';
export type { ScheduleWarning } from './schedule/frequency-watch.js';
