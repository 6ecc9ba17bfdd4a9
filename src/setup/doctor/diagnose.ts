import * as z from 'zod';
import { checkOptions } from '../../options/check-options.js';
import { anAbortSignal } from '../../options/option-checks.js';
import { ConfigError, isSnowmeltError } from '../../errors/errors.js';
import type { Source } from '../../source/source.js';
import { SnowflakeStateStore } from '../../state/stores/snowflake-state-store.js';
import { contextOf, type SyncContext } from '../../sync/options/sync-context.js';
import type { Sync } from '../../sync/sync.js';
import { checkConnection, type LoggedIn } from './check-connection.js';
import { checkDestination } from './check-destination.js';
import { checkPrivileges } from './check-privileges.js';
import { checkSync } from './check-sync.js';
import { asKnownError, Checklist } from './checklist.js';
import type { CheckName, Diagnosis } from './diagnosis.js';
import { sqlName } from '../../options/sql-name.js';
import { queryRows } from './query-rows.js';
import { OF_THE_REQUEST, otherParameters, RESULT_PARAMETERS } from '../../source/result-parameters.js';

/** Options of {@link diagnose}: a source, a sync, or both. */
export interface DiagnoseOptions<M = never> {
  /**
   * A function has wrong options and unreadable keys diagnosed too, and what it made is closed at the end.
   *
   * @default the sync's
   */
  readonly source?: Source | (() => Source | Promise<Source>) | undefined;
  /** Adds the checks of query, mapper, state and destination. */
  readonly sync?: Sync<M> | (() => Sync<M> | Promise<Sync<M>>) | undefined;
  /**
   * `DB.SCHEMA.TABLE` of a state store in Snowflake: the one table that the role may write.
   *
   * @default that of the sync, when it keeps its state in a `SnowflakeStateStore`
   */
  readonly stateTable?: string | undefined;
  /** Ends it early. */
  readonly signal?: AbortSignal | undefined;
}

const shape = {
  source: z.unknown().optional(),
  sync: z.unknown().optional(),
  stateTable: z.string().optional(),
  signal: anAbortSignal.optional(),
};

function firstCheckOf(error: unknown): CheckName {
  const { code } = asKnownError(error);
  if (code.startsWith('KEY_') || code.startsWith('TOKEN_')) return 'key';
  return code.startsWith('QUERY_') ? 'query' : 'options';
}

/**
 * Checks a set-up step by step, from the private key to the destination, without changing, sending or storing anything.
 * A step that fails skips those that depend on it. Each result has its reason and, unless all is well, what repairs it.
 * Secrets never appear in it; for values of rows see `preview`.
 *
 * @returns a report; a set-up that is broken is no error
 * @throws ConfigError `CONFIG_INVALID` when neither source nor sync is given; the signal's reason
 * @example
 * ```ts
 * import { diagnose, SnowflakeSource } from 'snowmelt';
 *
 * const options = { account: 'myorg-myaccount', username: 'SNOWMELT', privateKeyPath: './rsa_key.p8' };
 * console.log(String(await diagnose({ source: () => new SnowflakeSource(options) })));
 * ```
 */
export async function diagnose<M = never>(options: DiagnoseOptions<M>): Promise<Diagnosis> {
  checkOptions('diagnose', shape, options);
  const { source, sync } = options;
  if (source === undefined && sync === undefined) {
    throw new ConfigError('CONFIG_INVALID', 'diagnose: there is neither a source nor a sync.', {
      hint: 'Write diagnose({ source }) or diagnose({ sync }).',
    });
  }
  const list = new Checklist();
  const made: Source[] = [];
  try {
    const context = await open(list, sync, made);
    if (context === 'broken') return list.finish();
    const opened = await openSource(list, source, made);
    if (opened === 'broken') return list.finish();
    const used = opened ?? context?.settings.source;
    if (used === undefined) {
      list.fail('options', '`sync` is not a Sync.', 'Pass what new Sync({ … }) gives.');
      return list.finish();
    }
    list.ok('options', 'Every option is well-formed.');
    await examine(list, used, context, options);
    return list.finish();
  } finally {
    for (const each of made) await each.close().catch(() => undefined);
  }
}

async function open<M>(
  list: Checklist,
  sync: DiagnoseOptions<M>['sync'],
  made: Source[],
): Promise<SyncContext<M> | undefined | 'broken'> {
  if (sync === undefined) return undefined;
  if (typeof sync !== 'function') return contextOf<M>(sync);
  try {
    const context = contextOf<M>(await sync());
    if (context !== undefined) made.push(context.settings.source);
    return context;
  } catch (error) {
    list.failWith(firstCheckOf(error), error);
    return 'broken';
  }
}

async function openSource(
  list: Checklist,
  source: DiagnoseOptions['source'],
  made: Source[],
): Promise<Source | undefined | 'broken'> {
  if (typeof source !== 'function') return source;
  try {
    const opened = await source();
    made.push(opened);
    return opened;
  } catch (error) {
    list.failWith(firstCheckOf(error), error);
    return 'broken';
  }
}

async function examine<M>(
  list: Checklist,
  source: Source,
  context: SyncContext<M> | undefined,
  options: DiagnoseOptions<M>,
): Promise<void> {
  const signal = options.signal ?? new AbortController().signal;
  signal.throwIfAborted();
  const about = source.describe?.();
  let session: LoggedIn | undefined;
  if (about === undefined) {
    for (const name of [
      'key',
      'reachable',
      'clock',
      'login',
      'expiry',
      'role',
      'warehouse',
      'privileges',
      'identifiers',
      'json',
    ] as const)
      list.skip(name, 'The source does not tell how it connects to Snowflake.');
  } else {
    try {
      session = await checkConnection({ list, source, about, signal });
      const state = context?.settings.state;
      const stateTable = options.stateTable ?? (state instanceof SnowflakeStateStore ? state.table : undefined);
      if (session !== undefined) await checkSession(list, source, session, { ...options, stateTable }, signal);
    } catch (error) {
      signal.throwIfAborted();
      // What fails after a login is the connection.
      list.failWith('reachable', error);
      session = undefined;
    }
  }
  const isReady = about === undefined || (session !== undefined && list.passed('role', 'warehouse', 'identifiers'));
  if (context === undefined) {
    for (const name of ['state', 'query', 'lastSyncTime', 'columns', 'rows', 'destination'] as const)
      list.skip(name, 'Needs the option sync.');
    return;
  }
  if (isReady) await checkSync({ list, context, session, signal });
  await checkDestination(list, context.settings.sink, signal);
}

async function checkSession<M>(
  list: Checklist,
  source: Source,
  session: LoggedIn,
  { stateTable, sync }: DiagnoseOptions<M>,
  signal: AbortSignal,
): Promise<void> {
  const grants = await checkPrivileges({ list, source, session, stateTable, signal });
  await checkIdentifiers(list, source, session.user, signal);
  const [json] = await queryRows(source, `SHOW PARAMETERS LIKE 'STRICT_JSON_OUTPUT'`, signal);
  if (json?.['value'] === 'true') list.ok('json', 'STRICT_JSON_OUTPUT is TRUE.');
  else {
    const reason =
      'STRICT_JSON_OUTPUT is not TRUE: NaN, Infinity and undefined inside VARIANT values are sent as null.';
    list.warn('json', reason, `ALTER USER ${sqlName(session.user)} SET STRICT_JSON_OUTPUT = TRUE;`);
  }
  await checkParameters(list, source, session.user, signal);
  if (sync !== undefined) return;
  const readable = grants?.filter(({ privilege }) => privilege === 'SELECT' || privilege === 'OWNERSHIP').length;
  if (readable === undefined) list.skip('tables', 'Needs the option sync.');
  else if (readable > 0) list.ok('tables', `The role may select from ${readable} objects.`);
  else
    list.warn(
      'tables',
      `The role ${session.role} may select from nothing.`,
      'setupSql({ select: [ … ] }) writes the grants.',
    );
}

/** The SQL API source has looked at them before it answers anything; the driver's session has its own. */
async function checkParameters(list: Checklist, source: Source, user: string, signal: AbortSignal): Promise<void> {
  const shown = new Map<string, string>();
  for (const { key, value } of await queryRows(source, 'SHOW PARAMETERS', signal)) shown.set(key ?? '', value ?? '');
  const isInRequest = source.describe?.().kind === 'sql-api';
  const names = Object.keys(RESULT_PARAMETERS).filter((name) => !(isInRequest && OF_THE_REQUEST.has(name)));
  const others = otherParameters(shown, names);
  if (others.length === 0) list.ok('parameters', `${names.length} were looked at.`);
  else {
    const reason = `Set otherwise: ${others.map((setting) => setting.split(' ', 1)[0]).join(', ')}.`;
    list.fail('parameters', reason, `ALTER USER ${sqlName(user)} SET ${others.join(' ')};`);
  }
}

async function checkIdentifiers(list: Checklist, source: Source, user: string, signal: AbortSignal): Promise<void> {
  const reason = 'QUOTED_IDENTIFIERS_IGNORE_CASE is TRUE: AS "userId" comes back as USERID.';
  const repair = `ALTER USER ${sqlName(user)} SET QUOTED_IDENTIFIERS_IGNORE_CASE = FALSE;`;
  try {
    const { columns } = await source.execute({ sql: 'SELECT 1 AS "snowMelt"', binds: [] }, { signal });
    if (columns[0]?.name === 'snowMelt') list.ok('identifiers', 'AS "userId" comes back as userId.');
    else list.fail('identifiers', reason, repair);
  } catch (error) {
    if (!isSnowmeltError(error) || error.code !== 'MAPPING_COLUMNS') throw error;
    list.fail('identifiers', reason, repair);
  }
}
