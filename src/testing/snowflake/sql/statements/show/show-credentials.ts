import { createHash, createPublicKey } from 'node:crypto';
import { literalRows, type Cell } from '../../convert/literal-rows.js';
import { type Outcome, SHOW } from '../runner/outcome.js';
import type { Runner } from '../runner/statement-runner.js';
import { insufficientPrivileges, objectMissing, unsupported } from '../../types/sql-errors.js';
import { isUnrestricted } from '../../catalog/grants.js';
import type { NamedKeyPair } from '../../types/sql-engine.js';
import { columns } from './show-columns.js';

/** SHOW USER KEY PAIRS | PROGRAMMATIC ACCESS TOKENS | PATS [FOR USER name]: without secrets. */
export function showCredentials(runner: Runner): Outcome {
  const { cursor, binder, catalog } = runner;
  const isKeys = cursor.takeWords('KEY', 'PAIRS');
  const isTokens = !isKeys && (cursor.takeWords('PATS') || cursor.takeWords('PROGRAMMATIC', 'ACCESS', 'TOKENS'));
  if (!isKeys && !isTokens) throw unsupported(`SHOW USER ${cursor.peek().value}`);
  const own = binder.context.user;
  const name = cursor.takeWords('FOR', 'USER') ? cursor.name().name : own;
  cursor.takeOp(';');
  if (!cursor.atEnd()) throw cursor.unexpected();
  const user = catalog.users.get(name);
  if (user === undefined) throw objectMissing(name, 'User');
  if (name !== own && !isUnrestricted(catalog, binder.context.role)) throw insufficientPrivileges('user', name);
  const shared = 'status comment created_on created_by expires_at';
  const done = (shape: string, rows: Cell[][]): Outcome => ({
    query: literalRows(columns(shape), rows),
    statementTypeId: SHOW,
  });
  if (isKeys) {
    const rows = user.keyPairs.map((key): Cell[] => [key.name, name, fingerprint(key.publicKey), ...rest(key)]);
    return done(`name user_name fingerprint role_scope ${shared}`, rows);
  }
  const tokens = user.tokens.filter(({ kind }) => kind === 'PROGRAMMATIC_ACCESS_TOKEN');
  return done(
    `name user_name role_restriction ${shared}`,
    tokens.map((token): Cell[] => [token.name, name, ...rest(token)]),
  );
}

function rest({ roles, disabled, expiresAt, comment, createdOn }: Omit<NamedKeyPair, 'publicKey'>): Cell[] {
  const isOver = expiresAt !== undefined && expiresAt <= Date.now();
  const status = disabled ? 'DISABLED' : isOver ? 'EXPIRED' : 'ACTIVE';
  const end = expiresAt === undefined ? null : expiresAt / 1000;
  return [roles[0] ?? null, status, comment, createdOn / 1000, 'ACCOUNTADMIN', end];
}

/** `SHA256:` and the base64 of the digest of a key, PEM or bare base64. */
export function fingerprint(key: string | undefined): string | null {
  if (key === undefined || key === '') return null;
  try {
    const pem = key.includes('BEGIN')
      ? key
      : `-----BEGIN PUBLIC KEY-----\n${key.replace(/\s+/g, '')}\n-----END PUBLIC KEY-----`;
    const der = createPublicKey(pem).export({ type: 'spki', format: 'der' });
    return `SHA256:${createHash('sha256').update(der).digest('base64')}`;
  } catch {
    return null;
  }
}
