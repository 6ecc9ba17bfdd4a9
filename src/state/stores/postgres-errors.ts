import type { ErrorCode } from '../../errors/errors.js';
import type { StoreErrors, StoreFault } from './store-error.js';

const final = (hint: string): StoreFault => ({ hint, isFinal: true });
const passing = (hint: string): StoreFault => ({ hint, isFinal: false });

/** SQLSTATEs and their classes, the longest first ("PostgreSQL Error Codes", postgresql.org). */
const SQLSTATE: Readonly<Record<string, StoreFault>> = {
  '08': passing('The connection was lost; the run goes on when PostgreSQL can be reached again.'),
  '25006': final('This server takes no writes (a standby, or default_transaction_read_only): connect to the primary.'),
  '28': final('Check user and password of the connection.'),
  '3D': final('Create the database, or name another one in the connection.'),
  '3F': final('Create the schema, or name another one in `schema`.'),
  '42501': final(
    'The role has to read and write the table: GRANT SELECT, INSERT, UPDATE, DELETE ON the table TO the role.',
  ),
  '42703': final('A table of that name has other columns: choose another `table`.'),
  '42': final('The role has to read, write and create the table: GRANT it, or create the table beforehand.'),
  '53100': final('The disk of PostgreSQL is full: make room on the server.'),
  '53300': passing(
    'PostgreSQL has no connection left: use one pool for all stores, lower its `max`, or raise max_connections.',
  ),
  '53': passing('PostgreSQL lacks memory or another resource: look at its log.'),
  '57P03': passing('PostgreSQL is starting or recovering; the run goes on when it takes connections.'),
  '57': passing('An administrator stopped the statement or the server; the run goes on when it is back.'),
};

/** What the package pg says without a code, and what PostgreSQL says of several causes by one code. */
const REASONS: readonly (readonly [said: RegExp, reason: string])[] = [
  [/client password must be a (?:non-empty )?string/, 'no password'],
  [/no pg_hba\.conf entry .*no encryption/s, 'TLS wanted'],
  [/pg_hba\.conf (?:entry|rejects)/, 'refused by pg_hba.conf'],
  [/server does not support SSL/, 'no TLS'],
  [/Cannot use a pool after calling end/, 'pool ended'],
  [/timeout exceeded when trying to connect|Connection terminated due to connection timeout/, 'connection timeout'],
];

const OF_REASON: Readonly<Record<string, StoreFault>> = {
  'no password': final(
    'The connection has no password: is the environment variable set that it comes from? Else set PGPASSWORD, or put it into the connection.',
  ),
  'TLS wanted': final(
    'The server wants TLS: add ?sslmode=require to the connection string, or pass ssl: true to the pool.',
  ),
  'refused by pg_hba.conf': final(
    'The server does not let this user in from this address: have a line for user, database and address added to its pg_hba.conf.',
  ),
  'no TLS': final('The server speaks no TLS: connect with ?sslmode=disable, or pass ssl: false to the pool.'),
  'pool ended': final('The pool was ended before the sync: end it after the last run.'),
  'connection timeout': passing(
    'No connection came in time: all of the pool may be in use (raise its `max`), or a firewall drops what is sent.',
  ),
  ERR_INVALID_URL: final(
    'The connection string is not an address: write postgres://user:password@host:5432/database, with special characters of the password encoded (encodeURIComponent).',
  ),
  ECONNREFUSED: passing('Nobody listens there: check host and port, and that PostgreSQL runs: pg_isready -h <host>'),
  ENOTFOUND: passing('The name of the host is not known: check it in the connection.'),
};

/** What to tell of the errors of the package pg. */
export function postgresErrors(store: string, code: ErrorCode): StoreErrors {
  return {
    store,
    code,
    reasonOf: (error) => {
      const message = error instanceof Error ? error.message : '';
      return REASONS.find(([said]) => said.test(message))?.[1];
    },
    fault: (reason) => {
      if (Object.hasOwn(OF_REASON, reason) && OF_REASON[reason] !== undefined) return OF_REASON[reason];
      const states = /^[0-9A-Z]{5}$/.test(reason) ? [reason, reason.slice(0, 2)] : [];
      const known = states.find((state) => Object.hasOwn(SQLSTATE, state));
      return (
        (known === undefined ? undefined : SQLSTATE[known]) ??
        passing('See the reason; the run goes on when PostgreSQL answers.')
      );
    },
  };
}
