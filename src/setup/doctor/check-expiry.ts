import { isSnowmeltError } from '../../errors/errors.js';
import { signInFactsOf } from '../../source/source-variant.js';
import { sqlName } from '../../options/sql-name.js';
import type { ConnectionCheck } from './connection-check.js';
import { queryRows, type TextRow } from './query-rows.js';

const SOON_MS = 14 * 86_400_000;

/** Looks for the end of what was signed in with, where Snowflake or the token tells of it. */
export async function checkExpiry(check: ConnectionCheck, user: string): Promise<void> {
  const { list, about, source } = check;
  const facts = signInFactsOf(source);
  const written = sqlName(user);
  switch (about.authenticator) {
    case 'SNOWFLAKE_JWT': {
      const shown = await show(check, 'SHOW USER KEY PAIRS');
      const key = shown?.find(({ fingerprint }) => fingerprint === about.keyFingerprint);
      const repair = `ALTER USER ${written} ROTATE KEY PAIR ${sqlName(key?.['name'] ?? '…')} PUBLIC_KEY = '…';   -- rotateKeySql({ keyPair, publicKey })`;
      judge(check, `The key pair ${key?.['name'] ?? ''}`, endOf(key), repair, 'The key has no end.');
      return;
    }
    case 'PROGRAMMATIC_ACCESS_TOKEN': {
      const shown = (await show(check, 'SHOW USER PROGRAMMATIC ACCESS TOKENS')) ?? [];
      const active = shown.filter(({ status }) => status === 'ACTIVE');
      const own = facts?.endsAt()?.getTime();
      // Which of several it is, Snowflake does not tell; its own end does.
      const mine = active.find((row) => own !== undefined && Math.abs((endOf(row)?.getTime() ?? 0) - own) < 2000);
      const token = mine ?? (active.length === 1 ? active[0] : undefined);
      const end = own === undefined ? endOf(token) : new Date(own);
      const repair = `ALTER USER ${written} ROTATE PROGRAMMATIC ACCESS TOKEN ${sqlName(token?.['name'] ?? '…')};   -- rotateKeySql({ token })`;
      judge(check, `The token ${token?.['name'] ?? ''}`, end, repair, 'Its end is not known.');
      return;
    }
    case 'OAUTH':
      if (facts?.renews === false) {
        const end = facts.endsAt();
        const when = end === undefined ? 'within minutes or hours' : `at ${end.toISOString()}`;
        const reason = `The OAuth token is given as a text and ends ${when}; nothing can renew it.`;
        list.warn(
          'expiry',
          reason,
          'Pass a function as token, which is asked for a new one when Snowflake refuses the old.',
        );
        return;
      }
      list.ok('expiry', 'Another token is asked for when one has ended.');
      return;
    default:
      list.ok('expiry', 'The identity is asked for at each login.');
  }
}

function judge({ list }: ConnectionCheck, what: string, end: Date | undefined, repair: string, none: string): void {
  if (end === undefined) list.ok('expiry', none);
  else if (end.getTime() - Date.now() > SOON_MS) list.ok('expiry', `Until ${end.toISOString()}.`);
  else list.warn('expiry', `${what.trim()} ends at ${end.toISOString()}.`, repair);
}

function endOf(row: TextRow | undefined): Date | undefined {
  const text = row?.['expires_at'];
  if (text === undefined || text === null || text === '') return undefined;
  const end = new Date(/^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : text);
  return Number.isNaN(end.getTime()) ? undefined : end;
}

/** Accounts that do not know the statement yet, or do not show it to this role, show nothing. */
async function show({ source, signal }: ConnectionCheck, sql: string): Promise<readonly TextRow[] | undefined> {
  try {
    return await queryRows(source, sql, signal);
  } catch (error) {
    if (!isSnowmeltError(error) || error.code !== 'SOURCE_SQL') throw error;
    return undefined;
  }
}
