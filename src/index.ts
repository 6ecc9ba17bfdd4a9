export {
  SnowmeltError,
  ConfigError,
  SourceError,
  ResultExpiredError,
  MappingError,
  SinkError,
  StateError,
  StateConflictError,
  isSnowmeltError,
} from './errors.js';
export type { ErrorCode, SnowmeltErrorOptions, SinkErrorOptions, StateErrorOptions } from './errors.js';
export { generateKeyPair } from './source/key/generate-key-pair.js';
export type { GenerateKeyPairOptions, KeyPair } from './source/key/generate-key-pair.js';
export type { SnowflakeConnectionOptions } from './source/connection-options.js';
export { SqlApiSource } from './source/sql-api/sql-api-source.js';
export type { SqlApiSourceOptions } from './source/sql-api/sql-api-source.js';
export { SnowflakeSource } from './source/snowflake/snowflake-source.js';
export type { SnowflakeSourceOptions } from './source/snowflake/snowflake-source.js';
export type { DriverLogLevel } from './source/snowflake/load-driver.js';
export { fromAsyncIterable } from './source/from-async-iterable.js';
export type { FromAsyncIterableOptions, IterableContext } from './source/from-async-iterable.js';
export { rowHash } from './source/result-hash.js';
export { loadPrivateKey } from './source/key/load-private-key.js';
export type { PrivateKeyOptions } from './source/key/load-private-key.js';
export type {
  HttpFetch,
  HttpFetchBody,
  HttpFetchHeaders,
  HttpFetchInit,
  HttpFetchReader,
  HttpFetchResponse,
} from './http/http-fetch.js';
export { QueryTemplate } from './query/query-template.js';
export type { QueryParam, QueryTemplateOptions, RenderValues } from './query/query-template.js';
export type {
  BindValue,
  Column,
  ColumnType,
  ExecuteOptions,
  ReadOptions,
  ResultRef,
  ResultSet,
  RowBatch,
  RowCheck,
  Source,
  SourceCallOptions,
  SourceDescription,
  SourceWarning,
  Statement,
} from './source/source.js';
export type {
  BoundMapper,
  CallType,
  ColumnExplanation,
  ColumnWarning,
  JsonMessage,
  LaneKey,
  Row,
  RowInfo,
  RowMapper,
  RowToJson,
  ToJsonOptions,
} from './mapping/row-mapper.js';
export { alias } from './mapping/alias.js';
export { defineMapper } from './mapping/define-mapper.js';
export type { DecodedRow, DefineMapperOptions, DefineMapperSchemaOptions, Mapped } from './mapping/define-mapper.js';
export { group } from './mapping/group.js';
export { identify } from './mapping/identify.js';
export { messageSchema } from './mapping/message-schema.js';
export { page } from './mapping/page.js';
export { screen } from './mapping/screen.js';
export { semanticEvents } from './mapping/semantic-events.js';
export {
  createOrUpdateDevices,
  deleteDevices,
  deleteObjects,
  deletePeople,
  deleteRelationships,
  reportContent,
  reportDeliveries,
  suppressPeople,
  unsuppressPeople,
} from './mapping/semantic-mappers.js';
export { track } from './mapping/track.js';
export type {
  ContentInput,
  DeliveryInput,
  DeviceInput,
  IdInput,
  ObjectInput,
  PersonInput,
  RelationshipInput,
  SemanticEventInput,
} from './mapping/semantic-events.js';
export type { SemanticEventName } from './mapping/semantic-event-names.js';
export type { ColumnCase, IdentifyOptions, MappingOptions, TrackOptions } from './mapping/mapping-options.js';
export type {
  AliasMessage,
  GroupMessage,
  IdentifyMessage,
  JsonObject,
  JsonValue,
  Message,
  MessageBase,
  PageMessage,
  ScreenMessage,
  TrackMessage,
} from './mapping/message.js';
export type {
  DeadLetter,
  Rejection,
  RetryLater,
  SerializeMessage,
  Sink,
  SinkCheck,
  SinkLimits,
  WriteContext,
  WriteResult,
} from './sink/sink.js';
export { MemoryStateStore } from './state/memory-state-store.js';
export type { MemoryStateStoreOptions } from './state/memory-state-store.js';
export { FileStateStore } from './state/file-state-store.js';
export { fanOut } from './sink/fan-out/fan-out.js';
export type { FanOutOptions } from './sink/fan-out/fan-out.js';
export type { FanOutChild } from './sink/fan-out/fan-out-child.js';
export { withFilter } from './sink/with-filter.js';
export { withRateLimit } from './sink/with-rate-limit.js';
export type { SinkRateLimit } from './sink/with-rate-limit.js';
export { withTransform } from './sink/with-transform.js';
export type { StateStore, StoredState } from './state/state-store.js';
export type {
  Lease,
  RowRange,
  RunCounts,
  RunSummary,
  StoredBackfill,
  SettledRange,
  StoredRun,
  SyncState,
} from './state/sync-state.js';
export { deliver } from './delivery/deliver.js';
export { replayDeadLetters } from './delivery/replay-dead-letters.js';
export type { ReplayKey, ReplayOptions, ReplayReport } from './delivery/replay-dead-letters.js';
export type { DeliverOptions, RateLimitOptions, RetryOptions, Settled, WriteGate } from './delivery/deliver-options.js';
export type {
  BatchDeliveredEvent,
  DeliveryEvent,
  DeliveryWarning,
  ProgressEvent,
  RetryEvent,
  RowRejectedEvent,
  WarningEvent,
} from './delivery/delivery-event.js';
export type { DeliveryReport } from './delivery/delivery-report.js';
export { diagnose } from './setup/diagnose.js';
export type { DiagnoseOptions } from './setup/diagnose.js';
export type { Check, CheckName, CheckResult, Diagnosis } from './setup/diagnosis.js';
export { setupSql } from './setup/setup-sql.js';
export { rotateKeySql } from './setup/rotate-key-sql.js';
export { tearDownSql } from './setup/tear-down-sql.js';
export type { ResourceMonitorOptions, SetupOptions } from './setup/setup-options.js';
export type { RotateKeyOptions } from './setup/rotate-key-sql.js';
export { toReadable, toReadableStream } from './sync/to-readable.js';
export type { ToReadableOptions } from './sync/to-readable.js';
export { Sync } from './sync/sync.js';
export type { BeginOptions, ResetOptions, RunOptions } from './sync/sync.js';
export type { BackfillOptions } from './sync/backfill.js';
export type { DryOptions } from './sync/dry-window.js';
export type { PlanOptions, SyncPlan } from './sync/plan.js';
export type { PlannedCalls } from './sync/plan-counts.js';
export type {
  PreviewColumn,
  PreviewEstimate,
  PreviewOptions,
  PreviewRow,
  PreviewRowError,
  PreviewWarning,
  SyncPreview,
} from './sync/preview-report.js';
export type { RunHandle } from './sync/run-handle.js';
export type { LeaseHolder, OpenRunStatus, SyncStatus } from './sync/sync-status.js';
export type {
  BreakerOptions,
  CheckpointOptions,
  LeaseOptions,
  SyncLogger,
  SyncOptions,
  SyncQuery,
} from './sync/sync-options.js';
export type { RunDurations, RunReport, RunStatus, SkipReason } from './sync/run-report.js';
export type { TimelinePoint } from './sync/run-timeline.js';
export type {
  CheckpointEvent,
  QueryDoneEvent,
  RunEndEvent,
  RunFailEvent,
  RunSkipEvent,
  RunStartEvent,
  SyncEventBase,
  SyncEventName,
  SyncEventSource,
  SyncEvents,
  SyncListener,
} from './sync/sync-event.js';
