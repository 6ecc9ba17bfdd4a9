import type { Collector, CollectorFault, SnowflakeFaultEffect, SnowflakeFaults } from 'snowmelt/testing';

/** The row whose message, `m<row>`, one of the harms refuses. */
export const REFUSED_ROW = 777;

/** What can go wrong at Snowflake while a result is read. */
export interface SnowflakeHarm {
  /** Does the harm before the run or, with the query id, when the first batch has arrived. */
  readonly before?: (faults: SnowflakeFaults, isApi: boolean) => void;
  readonly midway?: (faults: SnowflakeFaults, queryId: string) => void;
  /** The result is lost, so that a new run gives its rows new message ids. */
  readonly isLost?: boolean;
  readonly onlyDriver?: boolean;
  /** The driver needs up to a minute to see it. */
  readonly isSlow?: boolean;
}

/** Strikes what rows are read with, after the first part of them. */
function reading(effect: SnowflakeFaultEffect): SnowflakeHarm {
  return {
    before: (faults, isApi) =>
      void faults.inject({ ...effect, on: isApi ? 'api-status' : 'chunk', after: 1, times: 2 }),
  };
}

/** Strikes the query itself, not the question for the time before it. */
function querying(effect: SnowflakeFaultEffect): SnowflakeHarm {
  return {
    before: (faults, isApi) =>
      void faults.inject({ ...effect, on: isApi ? 'api-submit' : 'query', after: 1, times: 1 }),
  };
}

/** Every fault of Snowflake. */
export const snowflakeHarms: Readonly<Record<string, SnowflakeHarm>> = {
  // The slowest first: the others go on beside them.
  'cuts connections': { ...reading({ kind: 'refuse' }), isSlow: true },
  'refuses connections for a while': {
    midway: (faults) =>
      void faults.refuseConnections().then(() => setTimeout(() => void faults.acceptConnections(), 200)),
    isSlow: true,
  },
  'answers 403': reading({ kind: 'status', status: 403 }),
  'holds a part back': reading({ kind: 'delay', ms: 3_000 }),
  'answers 429': reading({ kind: 'status', status: 429, retryAfterSeconds: 0 }),
  'answers 500': reading({ kind: 'status', status: 500 }),
  'cuts a part short': reading({ kind: 'reset', afterBytes: 200 }),
  trickles: reading({ kind: 'slow', bytesPerSecond: 20_000 }),
  'sends damaged gzip': reading({ kind: 'corrupt-gzip' }),
  'sends truncated JSON': reading({ kind: 'truncated-json' }),
  'sends an empty part': reading({ kind: 'empty' }),
  'answers 503 to the query': querying({ kind: 'status', status: 503 }),
  'loses the answer to the query': querying({ kind: 'lose-answer' }),
  'says that the session token has expired': { ...querying({ kind: 'error', code: '390112' }), onlyDriver: true },
  'says that the session is gone': { ...querying({ kind: 'error', code: '390111' }), onlyDriver: true },
  'expires the links': { midway: (faults) => faults.expireChunkLinks(), onlyDriver: true },
  'expires the result': {
    midway: (faults) => {
      faults.expireResults();
      faults.inject({ kind: 'empty', on: ['chunk', 'api-status'], times: 1 });
    },
    isLost: true,
  },
  'hands the result out in another order': {
    midway: (faults, queryId) => {
      // The links are gone, so that the driver has to ask for the result again.
      faults.expireChunkLinks();
      faults.reorderResult(queryId);
    },
    isLost: true,
    // Nobody reads a result of the SQL API a second time within a run.
    onlyDriver: true,
  },
  'drops the sessions': { midway: (faults) => faults.dropSessions(), onlyDriver: true },
  'expires the session tokens': { midway: (faults) => faults.expireSessionTokens(), onlyDriver: true },
  'expires the master tokens': { midway: (faults) => faults.expireMasterTokens(), onlyDriver: true },
};

/** How a collector misbehaves from its second request on: the fault and how often. */
export const collectorHarms: Readonly<Record<string, readonly [CollectorFault, times: number] | 'away'>> = {
  'answers 500 after accepting': [{ kind: 'status-after-accept', status: 500 }, 3],
  'answers 503': [{ kind: 'status', status: 503 }, 3],
  'answers a storm of 429': [{ kind: 'status', status: 429, retryAfter: '0' }, 12],
  'cuts the connection': [{ kind: 'reset' }, 2],
  'cuts the connection after accepting': [{ kind: 'reset', accept: true }, 2],
  'cuts the connection in the middle of its answer': [{ kind: 'reset-mid-response' }, 2],
  'is slow': [{ kind: 'slow', delayMs: 20 }, Infinity],
  'never answers': [{ kind: 'hang' }, 1],
  'refuses one message with 400': [{ kind: 'refuse-messages', messageIds: [`m${REFUSED_ROW}`] }, Infinity],
  'refuses connections': 'away',
};

/** Does a destination's harm. */
export async function harm(collector: Collector, what: (typeof collectorHarms)[string]): Promise<void> {
  if (what === 'away') {
    await collector.refuseConnections();
    setTimeout(() => void collector.acceptConnections(), 100);
  } else collector.fault(what[0], { after: what[0].kind === 'refuse-messages' ? 0 : 1, times: what[1] });
}
