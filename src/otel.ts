/**
 * Spans and metrics of syncs by the OpenTelemetry conventions.
 *
 * @module
 */
export { instrument } from './otel/instrument.js';
export type { InstrumentOptions } from './otel/instrument.js';
export type { SyncEventSource } from './sync/journal/sync-event.js';
