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
} from './errors/errors.js';
export type { ErrorCode, SnowmeltErrorOptions, SinkErrorOptions, StateErrorOptions } from './errors/errors.js';
export { generateKeyPair } from './source/auth/generate-key-pair.js';
export type { GenerateKeyPairOptions, KeyPair } from './source/auth/generate-key-pair.js';
export { sessionTokenFile } from './source/auth/session-token-file.js';
export type { SessionTokenFile, SessionTokenFileOptions } from './source/auth/session-token-file.js';
export type {
  Authenticator,
  SignInOptions,
  TokenContext,
  TokenFunction,
  WorkloadIdentityProvider,
} from './source/auth/sign-in-options.js';
export type { SnowflakeConnectionOptions } from './source/connection-options.js';
export { SqlApiSource } from './source/sql-api/sql-api-source.js';
export type { SqlApiSourceOptions } from './source/sql-api/sql-api-source.js';
export { SnowflakeSource } from './source/snowflake/snowflake-source.js';
export type { SnowflakeSourceOptions } from './source/snowflake/snowflake-source.js';
export type { DriverLogLevel } from './source/snowflake/load-driver.js';
export { fromAsyncIterable } from './source/from-async-iterable.js';
export type { FromAsyncIterableOptions, IterableContext } from './source/from-async-iterable.js';
export { rowHash } from './source/result-hash.js';
export { loadPrivateKey } from './source/auth/load-private-key.js';
export type { PrivateKeyOptions } from './source/auth/load-private-key.js';
export type { Bytes } from './http/bytes.js';
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
  CallMapper,
  CallType,
  CanonicalJsonOptions,
  ColumnExplanation,
  ColumnWarning,
  JsonMessage,
  LaneKey,
  Row,
  RowField,
  RowFieldType,
  RowInfo,
  RowMapper,
  RowToJson,
  ToJsonOptions,
} from './mapping/row-mapper.js';
export { alias } from './mapping/calls/alias.js';
export { defineMapper } from './mapping/calls/define-mapper.js';
export type {
  DecodedRow,
  DefineMapperOptions,
  DefineMapperSchemaOptions,
  Mapped,
} from './mapping/calls/define-mapper.js';
export { group } from './mapping/calls/group.js';
export { identify } from './mapping/calls/identify.js';
export { messageSchema } from './mapping/calls/message-schema.js';
export { page } from './mapping/calls/page.js';
export { screen } from './mapping/calls/screen.js';
export { semanticEvents } from './mapping/semantic/semantic-events.js';
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
} from './mapping/calls/semantic-mappers.js';
export { track } from './mapping/calls/track.js';
export type {
  ContentInput,
  DeliveryInput,
  DeviceInput,
  IdInput,
  ObjectInput,
  PersonInput,
  RelationshipInput,
  SemanticEventInput,
} from './mapping/semantic/semantic-events.js';
export type { SemanticEventName } from './mapping/semantic/semantic-event-names.js';
export type { ColumnCase, IdentifyOptions, MappingOptions, TrackOptions } from './mapping/columns/mapping-options.js';
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
  DeliveryRecord,
  LeftOut,
  Rejection,
  RetryLater,
  RunIdentity,
  SerializeMessage,
  Sink,
  SinkCheck,
  SinkLimits,
  WriteContext,
  WriteResult,
} from './sink/sink.js';
export { MemoryStateStore } from './state/stores/memory-state-store.js';
export type { MemoryStateStoreOptions } from './state/stores/memory-state-store.js';
export { FileStateStore } from './state/stores/file-state-store.js';
export { fanOut } from './sink/fan-out/fan-out.js';
export type { FanOutOptions } from './sink/fan-out/fan-out.js';
export type { FanOutChild } from './sink/fan-out/fan-out-child.js';
export { withFilter } from './sink/around/with-filter.js';
export { withRateLimit } from './sink/around/with-rate-limit.js';
export type { SharedPace, SinkRateLimit } from './sink/around/with-rate-limit.js';
export { withTransform } from './sink/around/with-transform.js';
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
export { replayDeadLetters } from './sync/replay/replay-dead-letters.js';
export type { ReplayOptions, ReplayReport } from './sync/replay/replay-dead-letters.js';
export type { ReplayKey } from './sync/replay/current-rows.js';
export type { DeliverOptions, DestinationOptions } from './delivery/deliver-options.js';
export type { WriteGate } from './delivery/write/batch-writer.js';
export type { Settled } from './delivery/settle/settled-notifier.js';
export type { RateLimitOptions } from './delivery/write/rate-limiter.js';
export type { RetryOptions } from './delivery/write/retry.js';
export type {
  BatchDeliveredEvent,
  DeliveryEvent,
  DeliveryWarning,
  ProgressEvent,
  RetryEvent,
  RowRejectedEvent,
  WarningEvent,
} from './delivery/report/delivery-event.js';
export type { DeliveryReport } from './delivery/report/delivery-report.js';
export { diagnose } from './setup/doctor/diagnose.js';
export type { DiagnoseOptions } from './setup/doctor/diagnose.js';
export type { Check, CheckName, CheckResult, Diagnosis } from './setup/doctor/diagnosis.js';
export { setupSql } from './setup/sql/setup-sql.js';
export { rotateKeySql } from './setup/sql/rotate-key-sql.js';
export { tearDownSql } from './setup/sql/tear-down-sql.js';
export type { ResourceMonitorOptions, SetupOptions } from './setup/sql/setup-options.js';
export type { NamedCredentialOptions, SignInSetupOptions, WorkloadIdentityOptions } from './setup/sql/sign-in-setup.js';
export type { RotateKeyOptions, RotateKeySql } from './setup/sql/rotate-key-sql.js';
export { toReadable, toReadableStream } from './sync/to-readable.js';
export type { ToReadableOptions } from './sync/to-readable.js';
export { Sync } from './sync/sync.js';
export type { BeginOptions, CallOptions, ResetOptions, RunOptions } from './sync/options/call-options.js';
export type { PlanToken } from './sync/options/plan-token.js';
export type { BackfillOptions } from './sync/run/backfill.js';
export type { DryOptions } from './sync/dry/dry-window.js';
export type { PlanOptions } from './sync/plan/plan.js';
export type { PlanStaleReason } from './sync/apply/plan-stale.js';
export type { PlannedDifference } from './sync/plan/largest-difference.js';
export type { PlannedChanges, SyncPlan } from './sync/plan/plan-report.js';
export type { PlannedCalls } from './sync/plan/plan-counts.js';
export type { ExplainOptions } from './sync/explain/explain.js';
export type {
  ExplainCode,
  ExplainedRejection,
  ExplainedRow,
  ExplainedWindow,
  ExplainKey,
  Explanation,
} from './sync/explain/explanation.js';
export type { ExplainReaderOptions, RecordReader, WantedRecords } from './sync/options/record-readers.js';
export type {
  PreviewColumn,
  PreviewEstimate,
  PreviewOptions,
  PreviewRow,
  PreviewRejection,
  PreviewRowError,
  PreviewWarning,
  SyncPreview,
} from './sync/dry/preview-report.js';
export { rowTypes } from './sync/row-types/row-types.js';
export type { RowTypes, RowTypesOptions, TypedSync } from './sync/row-types/row-types.js';
export type { RowType } from './sync/row-types/row-type.js';
export type { RowTypeDifference } from './sync/row-types/compare-row-types.js';
export type { RunHandle } from './sync/ranges/run-handle.js';
export type { HeldRemovals, LeaseHolder, OpenRunStatus, SnapshotStatus, SyncStatus } from './sync/sync-status.js';
export type {
  BreakerOptions,
  CheckpointOptions,
  LeaseOptions,
  SyncOptions,
  SyncQuery,
} from './sync/options/sync-options.js';
export type { SyncLogger } from './sync/journal/safe-logger.js';
export type { ChangesCounts, RunDurations, RunReport, RunStatus, SkipReason } from './sync/journal/run-report.js';
export type { TimelinePoint } from './sync/journal/run-timeline.js';
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
} from './sync/journal/sync-event.js';
