import { apiStatus, ProtocolError } from '../../server/protocol-error.js';
import { jsonReply, type Reply } from '../http/reply.js';
import { cutChunks, type RowRange } from '../../results/cut-chunks.js';
import { readRows } from '../../results/read-rows.js';
import type { ServerState } from '../../server/server-state.js';
import type { SnowflakeSqlError } from '../../sql/types/sql-engine.js';
import type { Statement } from '../../results/statement.js';
import { formatRows } from './format-rows.js';
import { dmlStats } from './dml-stats.js';

/** Which part of a result, and how. */
export interface PartitionParts {
  readonly nullable: boolean;
  /** Default 0, which comes with the metadata. */
  readonly partition?: number;
}

/** The answer about a statement that runs: HTTP 202. */
export function statusReply(statement: Statement): Reply {
  return jsonReply(202, {
    code: '333334',
    message: 'Asynchronous execution in progress. Use provided query id to perform query monitoring and management.',
    statementHandle: statement.queryId,
    statementStatusUrl: statusUrl(statement),
  });
}

/** The answer about a statement that has ended. */
export async function statementReply(
  state: ServerState,
  statement: Statement,
  { nullable, partition = 0 }: PartitionParts,
): Promise<Reply> {
  const { result, error } = statement;
  if (error !== undefined) return failureReply(statement, error);
  if (result === undefined) return statusReply(statement);
  const { resultChunkRows: largestRows, resultInlineRows } = state.settings;
  // Partition 0 always holds rows: it is what the metadata comes with.
  const inlineRows = Math.max(1, resultInlineRows ?? Math.ceil(largestRows / 4));
  const partitions = cutChunks(result.rowCount, { inlineRows, largestRows });
  const range = partitions[partition];
  if (range === undefined) {
    throw new ProtocolError('390142', `Partition ${partition} does not exist.`, { status: 400 });
  }
  const headers = { 'content-type': 'application/json', link: linkHeader(statement, partition, partitions.length) };
  if (partition > 0) {
    const key = `${statement.queryId}/${statement.order}/${range.from}-${range.to}/api${nullable ? '' : '/text-nulls'}`;
    const body = await state.chunks.get(key, async () => {
      const rows = formatRows(await readRows(statement, range.from, range.to), result.columns, { nullable });
      return `{"data":[${rows}]}`;
    });
    return { status: 200, headers: { ...headers, 'content-encoding': 'gzip' }, body };
  }
  const rows = formatRows(await readRows(statement, range.from, range.to), result.columns, { nullable });
  const head = JSON.stringify({
    ...success(statement),
    resultSetMetaData: metadata(state, statement, partitions, rows.length / Math.max(1, range.to)),
    ...(statement.children.length > 0 && { statementHandles: statement.children.map(({ queryId }) => queryId) }),
    ...(await dmlStats(result)),
  });
  return { status: 200, headers, body: `${head.slice(0, -1)},"data":[${rows}]}` };
}

function success(statement: Statement) {
  return {
    code: '090001',
    sqlState: '00000',
    message: 'Statement executed successfully.',
    statementHandle: statement.queryId,
    statementStatusUrl: statusUrl(statement),
    createdOn: statement.request.startedAt,
  };
}

function metadata(state: ServerState, statement: Statement, partitions: readonly RowRange[], bytesPerRow: number) {
  const { result } = statement;
  const upper = state.settings.sqlApiTypeCase === 'upper';
  return {
    numRows: result?.rowCount ?? 0,
    format: 'jsonv2',
    partitionInfo: partitions.map(({ from, to }, index) => ({
      rowCount: to - from,
      uncompressedSize: Math.round((to - from) * bytesPerRow),
      // Absent for the part that is sent uncompressed, as in the documentation's example.
      ...(index > 0 && { compressedSize: Math.round(((to - from) * bytesPerRow) / 5) }),
    })),
    rowType: (result?.columns ?? []).map((column) => ({
      ...column,
      type: upper ? column.type.toUpperCase() : column.type.toLowerCase(),
    })),
  };
}

function failureReply(statement: Statement, error: SnowflakeSqlError): Reply {
  return jsonReply(apiStatus(error.code), {
    code: error.code,
    message: error.message,
    sqlState: error.sqlState,
    statementHandle: statement.queryId,
    createdOn: statement.request.startedAt,
    statementStatusUrl: statusUrl(statement),
  });
}

function linkHeader(statement: Statement, partition: number, count: number): string {
  const link = (rel: string, index: number) => `<${statusUrl(statement)}?partition=${index}>;rel="${rel}"`;
  return [
    link('first', 0),
    ...(partition > 0 ? [link('prev', partition - 1)] : []),
    ...(partition + 1 < count ? [link('next', partition + 1)] : []),
    link('last', count - 1),
  ].join(',');
}

function statusUrl(statement: Statement): string {
  return `/api/v2/statements/${statement.queryId}`;
}
