import type * as z from 'zod';
import { callHost } from '../../errors/host-call.js';
import type { ExecuteOptions, ResultSet, Statement } from '../../source/source.js';
import { callSource } from '../../source/call-source.js';
import type { SyncContext } from '../options/sync-context.js';
import { anAbortSignal } from '../../options/option-checks.js';
import { unixSeconds } from '../../options/unix-seconds.js';

/** From when on a dry run looks. */
export interface DryOptions {
  /** Instead of the stored one: Unix seconds or a date; 0 for the first run. */
  readonly lastSyncTime?: number | Date | undefined;
  /** Ends it early. */
  readonly signal?: AbortSignal | undefined;
}

/** The shape of {@link DryOptions}. */
export const dryShape = { lastSyncTime: unixSeconds.optional(), signal: anAbortSignal.optional() };

/** The window that the next run would query, found out without a lease. */
export interface DryWindow {
  /** Unix seconds. */
  readonly lastSyncTime: number;
  /** `lastSyncTime` less the lookback: what the query gets. */
  readonly windowStart: number;
  /** The source's clock. */
  readonly now: Date;
  /** `undefined` for a source without SQL. */
  readonly statement: Statement | undefined;
  readonly signal: AbortSignal;
  /** For statements of this window. */
  readonly options: ExecuteOptions & { readonly signal: AbortSignal };
  /** Runs a statement for this window. */
  readonly execute: (what: string, statement: Statement) => Promise<ResultSet>;
}

/**
 * @param options - checked against {@link dryShape}
 * @throws ConfigError, SourceError, StateError, or the signal's reason
 */
export async function dryWindow<M>(
  { settings, record }: SyncContext<M>,
  method: string,
  options: z.output<z.ZodObject<typeof dryShape>>,
): Promise<DryWindow> {
  const { source, query, name, lookbackSeconds } = settings;
  const signal = options.signal ?? new AbortController().signal;
  signal.throwIfAborted();
  const lastSyncTime = options.lastSyncTime ?? (await record.read(signal))?.value.lastSyncTime ?? 0;
  const now = await callSource("Asking for the source's time", signal, () => source.now({ signal }));
  const windowStart = Math.max(0, lastSyncTime - lookbackSeconds);
  const syncTime = Math.floor(now.getTime() / 1000);
  const call = { signal, queryTag: `snowmelt:${name}:${method}`, lastSyncTime: windowStart };
  return {
    lastSyncTime,
    windowStart,
    now,
    signal,
    options: call,
    statement: callHost("The query's render()", () => query?.render({ lastSyncTime: windowStart, syncTime })),
    execute: (what, statement) => callSource(what, signal, () => source.execute(statement, call)),
  };
}
