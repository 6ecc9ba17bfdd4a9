import type { StoreErrors, StoreFault } from './store-error.js';

const final = (hint: string): StoreFault => ({ hint, isFinal: true });
const passing = (hint: string): StoreFault => ({ hint, isFinal: false });

const CLUSTER =
  'This is a node of a cluster: pass a cluster client, createCluster() of redis or new Redis.Cluster() of ioredis.';
const NOT_CONNECTED = 'Connect the client first: await client.connect(). Close it after the last run.';

/** The codes that replies begin with ("Redis server errors", redis.io), and what the clients say. */
const FAULTS: Readonly<Record<string, StoreFault>> = {
  NOAUTH: final('Give the client a user and a password.'),
  WRONGPASS: final('Check user and password of the client.'),
  NOPERM: final('Let the user run EVAL, TIME, HGET, HMGET, HSET and DEL on these keys.'),
  DENIED: final(
    'Redis is in protected mode: give it a password and pass that to the client, or have it listen for this host.',
  ),
  WRONGTYPE: final('The key is used by something else: choose another `prefix`.'),
  MOVED: final(CLUSTER),
  ASK: final(CLUSTER),
  CROSSSLOT: final(CLUSTER),
  READONLY: final('This is a replica, which takes no writes: connect the client to the primary, or by Sentinel.'),
  OOM: final('Redis has no memory left: raise maxmemory. State must not be evicted: maxmemory-policy noeviction.'),
  MISCONF: final('Redis cannot save to its disk: look at its log, make room or give it the right to write there.'),
  'unknown command': final(
    'This server runs no scripts (EVAL): connect to Redis itself, not through a proxy without them.',
  ),
  CLUSTERDOWN: passing('The cluster is not complete: redis-cli cluster info.'),
  TRYAGAIN: passing('The cluster is moving keys; the run goes on.'),
  MASTERDOWN: passing('The replica has lost its primary; the run goes on when it is back.'),
  NOREPLICAS: passing('Too few replicas are connected (min-replicas-to-write); the run goes on when they are.'),
  LOADING: passing('Redis is loading its data; the run goes on.'),
  BUSY: passing('Another script is running: redis-cli SCRIPT KILL ends one that has not written.'),
  ClientClosedError: final(NOT_CONNECTED),
  'connection closed': final(NOT_CONNECTED),
  ECONNREFUSED: passing('Nobody listens there: check host and port, and that Redis runs: redis-cli ping'),
  ENOTFOUND: passing('The name of the host is not known: check it in the options of the client.'),
  MaxRetriesPerRequestError: passing('The client could not connect: check host, port and TLS of its options.'),
};

/** A code where a reply begins, or where an older server tells what a script met. */
const CODE = /^(?:ERR Error running script .*?@user_script:? ?\d+: -?)?([A-Z]{3,}) /s;

/** What to tell of the errors of the packages redis and ioredis. */
export const redisErrors: StoreErrors = {
  store: 'The state in Redis',
  reasonOf: (error) => {
    if (!(error instanceof Error)) return undefined;
    const { message } = error;
    if (/^ERR unknown command/i.test(message)) return 'unknown command';
    if (message === 'Connection is closed.') return 'connection closed';
    const code = CODE.exec(message)?.[1];
    // `redis` names only some of its errors.
    return code ?? (error.constructor.name === 'ClientClosedError' ? 'ClientClosedError' : undefined);
  },
  fault: (reason) =>
    (Object.hasOwn(FAULTS, reason) ? FAULTS[reason] : undefined) ??
    passing('See the reason; the run goes on when Redis answers.'),
};
