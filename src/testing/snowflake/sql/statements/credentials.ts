import { randomBytes } from 'node:crypto';
import { literalRows, type Cell } from '../convert/literal-rows.js';
import { parseProperties } from '../parse/parse-properties.js';
import type { TokenCursor } from '../parse/token-cursor.js';
import type { CatalogUser, NamedKeyPair, UserToken } from '../types/sql-engine.js';
import { SnowflakeSqlError } from '../types/sql-engine.js';
import { objectExists, objectMissing } from '../types/sql-errors.js';
import { finish } from './runner/finish.js';
import type { Outcome } from './runner/outcome.js';
import { DDL } from './runner/outcome.js';
import { status } from './runner/statement-runner.js';
import { columns } from './show/show-columns.js';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** "ALTER USER … ADD PROGRAMMATIC ACCESS TOKEN", DAYS_TO_EXPIRY. */
const TOKEN_DAYS = 15;
const ROTATED_HOURS = 24;

type Verb = 'ADD' | 'ROTATE' | 'MODIFY' | 'REMOVE';
type Item = NamedKeyPair | UserToken;

/** What comes next in ALTER USER, if it is about a named key pair or a programmatic access token. */
export function takeCredentialVerb(cursor: TokenCursor): { readonly verb: Verb; readonly isKey: boolean } | undefined {
  for (const verb of ['ADD', 'ROTATE', 'MODIFY', 'REMOVE'] as const) {
    if (cursor.takeWords(verb, 'KEY', 'PAIR')) return { verb, isKey: true };
    if (cursor.takeWords(verb, 'PROGRAMMATIC', 'ACCESS', 'TOKEN') || cursor.takeWords(verb, 'PAT'))
      return { verb, isKey: false };
  }
  return undefined;
}

/** ALTER USER … ADD | ROTATE | MODIFY | REMOVE { KEY PAIR | PROGRAMMATIC ACCESS TOKEN }; changes the user it is given. */
export function alterCredentials(
  cursor: TokenCursor,
  user: CatalogUser,
  { verb, isKey }: NonNullable<ReturnType<typeof takeCredentialVerb>>,
): Outcome {
  const { name } = cursor.name();
  const items: readonly Item[] = isKey ? user.keyPairs : user.tokens;
  const found = items.find((each) => each.name === name);
  const title = isKey ? 'Key pair' : 'Programmatic access token';
  if (verb === 'ADD' && found !== undefined) throw objectExists(name);
  const old = verb === 'ADD' ? undefined : found;
  if (verb !== 'ADD' && old === undefined) throw objectMissing(name, title);
  const others = items.filter((each) => each !== old);
  if (verb === 'MODIFY') cursor.expectWords('SET');
  const given = parseProperties(cursor);
  finish(cursor);
  const keep = (kept: readonly Item[]): void => {
    if (isKey) user.keyPairs = kept as readonly NamedKeyPair[];
    else user.tokens = kept as readonly UserToken[];
  };
  const done = status(`${title} ${name} successfully altered.`);
  if (old !== undefined && verb === 'REMOVE') {
    keep(others);
    return done;
  }
  if (old !== undefined && verb === 'MODIFY') {
    keep([...others, { ...old, disabled: given.get('DISABLED')?.toUpperCase() === 'TRUE' }]);
    return done;
  }
  const now = Date.now();
  const fresh = isKey ? newKeyPair(name, given, old, user, now) : newToken(name, given, old, user, now);
  const hours = Number(given.get(isKey ? 'EXPIRE_ROTATED_KEY_PAIR_AFTER_HOURS' : 'EXPIRE_ROTATED_TOKEN_AFTER_HOURS'));
  const after = (Number.isNaN(hours) ? ROTATED_HOURS : hours) * HOUR_MS;
  const rotated = old && { ...old, name: `${name}_ROTATED_${now}`, expiresAt: now + after, disabled: after === 0 };
  keep([...others, ...(rotated === undefined ? [] : [rotated]), fresh]);
  return 'secret' in fresh ? shownOnce(fresh, rotated?.name) : done;
}

function facts(
  name: string,
  given: ReadonlyMap<string, string>,
  old: Item | undefined,
  user: CatalogUser,
  now: number,
  defaultDays?: number,
): Omit<NamedKeyPair, 'publicKey'> {
  const role = given.get('ROLE_RESTRICTION')?.toUpperCase();
  if (role !== undefined && !user.roles.has(role)) throw objectMissing(role, 'Role');
  const days = given.has('DAYS_TO_EXPIRY') ? Number(given.get('DAYS_TO_EXPIRY')) : (old?.days ?? defaultDays);
  return {
    name,
    roles: role === undefined ? (old?.roles ?? []) : [role],
    createdOn: now,
    days,
    expiresAt: days === undefined ? undefined : now + days * DAY_MS,
    disabled: false,
    comment: given.get('COMMENT') ?? old?.comment ?? '',
  };
}

function newKeyPair(...about: Parameters<typeof facts>): NamedKeyPair {
  const [name, given] = about;
  const publicKey = given.get('PUBLIC_KEY');
  if (/^PUBLIC_KEY_[12]$/.test(name)) throw invalid(`the name ${name} is reserved`);
  if (publicKey === undefined) throw invalid('PUBLIC_KEY is missing');
  return { ...facts(...about), publicKey };
}

function newToken(...about: Parameters<typeof facts>): UserToken {
  const [name, given, old, user, now] = about;
  if (old === undefined && user.type === 'SERVICE' && !given.has('ROLE_RESTRICTION')) {
    throw invalid('ROLE_RESTRICTION is required for a service user');
  }
  const made = facts(name, given, old, user, now, TOKEN_DAYS);
  return { ...made, kind: 'PROGRAMMATIC_ACCESS_TOKEN', secret: secretUntil(made.expiresAt ?? now) };
}

/** In the form of a JWT, as Snowflake's are, which says when it ends; nobody looks at its signature. */
function secretUntil(end: number): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = { p: randomBytes(8).toString('hex'), iss: 'SF:0', exp: Math.floor(end / 1000) };
  return `${part({ alg: 'ES256' })}.${part(claims)}.${randomBytes(64).toString('base64url')}`;
}

/** The secret stands in this result and in no other. */
function shownOnce({ name, secret }: UserToken, rotated: string | undefined): Outcome {
  const shape = columns(
    rotated === undefined ? 'token_name token_secret' : 'token_name token_secret rotated_token_name',
  );
  const row: Cell[] = [name, secret, ...(rotated === undefined ? [] : [rotated])];
  return { query: literalRows(shape, [row]), statementTypeId: DDL };
}

function invalid(what: string): SnowflakeSqlError {
  return new SnowflakeSqlError('001008', '22023', `SQL compilation error:\ninvalid credential: ${what}`);
}
