import type { Call } from '../http/call.js';
import { jsonReply, type Reply } from '../http/reply.js';
import { cutChunks } from '../../results/cut-chunks.js';
import { readRows } from '../../results/read-rows.js';
import type { ServerState } from '../../server/server-state.js';
import { listParameters } from '../../results/session-parameters.js';
import type { Statement } from '../../results/statement.js';
import { INSERT } from '../../sql/statements/runner/outcome.js';
import { sqlErrorReply } from './error-reply.js';

/** The answer about a statement that has ended: error, or columns, first rows and links to the rest. */
export async function resultReply(state: ServerState, call: Call, statement: Statement): Promise<Reply> {
  const { queryId, result, error, final, request } = statement;
  if (error !== undefined) return sqlErrorReply(error, queryId);
  if (result === undefined) return inProgressReply(statement, false);
  const rowCount = request.describeOnly ? 0 : result.rowCount;
  const { resultChunkRows: largestRows, resultInlineRows } = state.settings;
  const inlineRows = resultInlineRows ?? Math.ceil(largestRows / 4);
  const [inline, ...chunks] = cutChunks(rowCount, { inlineRows, largestRows });
  const rows = await readRows(statement, 0, inline?.to ?? 0);
  const bytesPerRow = inline === undefined || inline.to === 0 ? 100 : rows.length / inline.to;
  const key = state.links.key(queryId);
  const multi = statement.children.length > 0;
  const data = {
    parameters: listParameters(final?.parameters, request.parameters),
    rowtype: result.columns.map((column) => ({ ...column, type: column.type.toLowerCase() })),
    total: rowCount,
    returned: rowCount,
    queryId,
    sqlState: '00000',
    databaseProvider: null,
    finalDatabaseName: final?.database ?? null,
    finalSchemaName: final?.schema ?? null,
    finalWarehouseName: final?.warehouse ?? null,
    finalRoleName: final?.role ?? null,
    numberOfBinds: (request.batch ?? request.binds).length,
    arrayBindSupported: result.statementTypeId === INSERT,
    statementTypeId: result.statementTypeId,
    version: 1,
    sendResultTime: state.clock.now(),
    queryResultFormat: 'json',
    queryContext: { entries: [] },
    ...(multi && {
      resultIds: statement.children.map((child) => child.queryId).join(','),
      resultTypes: statement.children.map((child) => child.result?.statementTypeId ?? 0).join(','),
    }),
    ...(chunks.length > 0 && {
      qrmk: key,
      chunkHeaders: chunkHeaders(key),
      chunks: chunks.map(({ from, to }) => ({
        url: `${call.origin}${state.links.issue({ queryId, order: statement.order, from, to })}`,
        rowCount: to - from,
        // Estimated: exact sizes would mean to build every chunk before the first answer.
        uncompressedSize: Math.round((to - from) * bytesPerRow),
        compressedSize: Math.round(((to - from) * bytesPerRow) / 5),
      })),
    }),
  };
  // The rows are JSON text already, and there may be megabytes of them.
  const head = JSON.stringify(data).slice(0, -1);
  const body = `{"data":${head},"rowset":[${rows}]},"code":null,"message":null,"success":true}`;
  return { status: 200, headers: { 'content-type': 'application/json' }, body };
}

/** The headers that a chunk's download has to carry, named as cloud storage names them. */
export function chunkHeaders(key: string): Readonly<Record<string, string>> {
  return {
    'x-amz-server-side-encryption-customer-algorithm': 'AES256',
    'x-amz-server-side-encryption-customer-key': key,
  };
}

/** The answer about a statement that runs: 333333 where the client waits for it, 333334 where it asked not to. */
export function inProgressReply(statement: Statement, async: boolean): Reply {
  const { queryId } = statement;
  return jsonReply(200, {
    data: {
      getResultUrl: `/queries/${queryId}/result`,
      queryId,
      queryAbortsAfterSecs: 300,
      progressDesc: null,
    },
    code: async ? '333334' : '333333',
    message: 'Query execution in progress.',
    success: true,
  });
}
