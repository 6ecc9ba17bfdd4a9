/**
 * Shows how a sync works: a progress bar for terminals and a report page.
 *
 * @module
 */
export { progressBar } from './report/progress-bar.js';
export { runReportHtml } from './report/run-report-html.js';
export type { ProgressBarOptions, TerminalLike } from './report/progress-bar.js';
export type { SyncEventSource } from './sync/journal/sync-event.js';
