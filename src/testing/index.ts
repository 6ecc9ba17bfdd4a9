export type { ContractOptions, ContractRunner, DeclareTest } from './contracts/contract-runner.js';
export { testSource } from './contracts/source/test-source.js';
export type {
  SourceAbility,
  SourceCapabilities,
  SourceUnderTest,
  TestSourceOptions,
} from './contracts/source/source-under-test.js';
export type { ExpectedColumn } from './contracts/source/snowflake-types.js';
export { testStateStore } from './contracts/state-store/test-state-store.js';
export type {
  StateStoreAbility,
  StateStoreCapabilities,
  StateStoreUnderTest,
  TestStateStoreOptions,
} from './contracts/state-store/state-store-under-test.js';
export { startCollector } from './collector/start-collector.js';
export type { Collector, CollectorOptions } from './collector/start-collector.js';
export type { CollectorFault, CollectorFaultPlan } from './collector/collector-fault.js';
export type {
  CollectedBatch,
  CollectedMessage,
  CollectorRecordMode,
  CollectorStats,
} from './collector/collector-record.js';
export type { CollectorLimits } from './collector/read-request.js';
export { recordingSink } from './fakes/recording-sink.js';
export type { RecordingSink } from './fakes/recording-sink.js';
export { startSnowflake } from './snowflake/start-snowflake.js';
export type {
  ConnectionWish,
  EmbeddedSnowflake,
  SnowflakeConnection,
  SnowflakeStats,
  SnowflakeTokenConnection,
  TokenConnectionWish,
} from './snowflake/start-server.js';
export type { SnowflakeTokenOptions, SnowflakeTokens } from './snowflake/server/user-tokens.js';
export type { TokenKind } from './snowflake/sql/types/sql-engine.js';
export type { SnowflakeUserOptions, StartSnowflakeOptions } from './snowflake/server/snowflake-options.js';
export type { LoginFailure } from './snowflake/server/server-state.js';
export type { LoginFailureReason } from './snowflake/auth/verify-jwt.js';
export type { SnowflakeEndpoint, SnowflakeFault, SnowflakeFaultEffect } from './snowflake/faults/snowflake-fault.js';
export type { SnowflakeFaults } from './snowflake/snowflake-faults.js';
export type { RowOrder } from './snowflake/results/statement.js';
export { testSink } from './contracts/sink/test-sink.js';
export { sinkMessage } from './contracts/sink/sink-under-test.js';
export type {
  SinkAbility,
  SinkCapabilities,
  SinkUnderTest,
  TestSinkOptions,
  TooManyRequests,
} from './contracts/sink/sink-under-test.js';
export { testRowMapper } from './contracts/row-mapper/test-row-mapper.js';
export type {
  RowMapperAbility,
  RowMapperCapabilities,
  RowMapperUnderTest,
  TestRowMapperOptions,
} from './contracts/row-mapper/row-mapper-under-test.js';
export { testSnapshotStore } from './contracts/snapshot-store/test-snapshot-store.js';
export type {
  SnapshotStoreAbility,
  SnapshotStoreCapabilities,
  SnapshotStoreUnderTest,
  TestSnapshotStoreOptions,
} from './contracts/snapshot-store/snapshot-store-under-test.js';
