/**
 * Every error code of snowmelt with its cause and its repair. The documentation's error table is made from this
 * record; only its type reaches the built package.
 */
export const errorCodes = {
  // configuration
  CONFIG_INVALID: {
    cause: 'An option is missing, has the wrong type or contradicts another one.',
    fix: 'Correct the option that the message names.',
  },
  CONFIG_ACCOUNT_INVALID: {
    cause: 'The Snowflake account or access URL is missing or malformed.',
    fix: 'Pass `account` as `orgname-accountname`, or a full `accessUrl`.',
  },
  CONFIG_INSECURE_HTTP: {
    cause: 'An `http:` URL to a host that is not this machine.',
    fix: 'Use `https:`, or set `insecureHttp: true` if the network in between is trusted.',
  },
  CONFIG_NAME_INVALID: {
    cause: 'The name of a sync does not match `[a-z0-9][a-z0-9_-]{0,63}`.',
    fix: 'Choose a name of lower-case letters, digits, `_` and `-`.',
  },
  WORKER_DIFFERS: {
    cause: 'A worker has another query or mapper than the run it is to deliver, or an older release of snowmelt.',
    fix: 'Deploy the same version to all workers; the jobs wait for one that fits.',
  },
  PEER_MISSING: {
    cause: 'An optional package that this feature needs is not installed.',
    fix: 'Run the install command in the hint.',
  },
  // keys
  KEY_UNREADABLE: {
    cause: 'The private key file does not exist or cannot be read.',
    fix: 'Check `privateKeyPath` and the permissions of the file.',
  },
  KEY_FORMAT: {
    cause: 'The private key is not a private key in PEM form, or of a kind that the source does not take.',
    fix: 'Follow the openssl command in the hint.',
  },
  KEY_PASSPHRASE: {
    cause: 'The private key is encrypted and the passphrase is missing or wrong.',
    fix: 'Pass the right `passphrase`, or decrypt the key with the command in the hint.',
  },
  // tokens
  TOKEN_FORMAT: {
    cause: 'A token is empty, has line breaks, quotation marks or blanks, or is no token at all.',
    fix: 'Pass the token alone, on one line, as the hint says.',
  },
  TOKEN_UNREADABLE: {
    cause: 'A token cannot be had: its function threw or is late, or its file or the identity cannot be read.',
    fix: 'Call the function by itself to see why; see `cause`.',
  },
  // query templates
  QUERY_TEMPLATE: {
    cause: 'The query template has an unknown placeholder, unclosed braces, several statements or no query.',
    fix: 'Correct the text at the line and column that the message names.',
  },
  QUERY_PARAM_MISSING: {
    cause: 'A parameter of the query template has no value.',
    fix: 'Pass it in `params`.',
  },
  // source
  SOURCE_UNREACHABLE: {
    cause: 'The Snowflake host cannot be reached: DNS, TLS, proxy or network.',
    fix: 'Check the account identifier, the network and the proxy settings.',
  },
  SOURCE_LOGIN_REFUSED: {
    cause: 'Snowflake refused the login: the key, the token, the user or where it comes from.',
    fix: 'Follow the hint; `diagnose` finds out more.',
  },
  SOURCE_WAREHOUSE: {
    cause: 'There is no warehouse to run the query on, or the role may not use it.',
    fix: 'Set `warehouse`, or grant USAGE on it to the role.',
  },
  SOURCE_SQL: {
    cause: 'Snowflake refused the query.',
    fix: "Correct the query; the message is Snowflake's own.",
  },
  SOURCE_TIMEOUT: {
    cause: 'The statement ran past its timeout and Snowflake cancelled it.',
    fix: 'Raise `statementTimeoutSeconds`, use a larger warehouse or narrow the query.',
  },
  SOURCE_CANCELED: { cause: 'The statement was cancelled on the server.', fix: 'Run again.' },
  SOURCE_FAILED: {
    cause: 'The connection to Snowflake failed while a statement ran or a result was read.',
    fix: 'Run again: the run resumes at the first unsettled row.',
  },
  SOURCE_CLOSED: { cause: 'The source was used after `close()`.', fix: 'Make a new source.' },
  RESULT_EXPIRED: {
    cause: 'The result of an earlier query is gone (Snowflake keeps it for 24 hours) or is different when read again.',
    fix: 'Nothing to do: the next run queries again from the same `last_sync_time`.',
  },
  RESULT_UNSORTED: {
    cause: 'A row of a run with `changes` has a key that stands before the key of the row in front of it.',
    fix: 'Nothing to do: the next run queries again. When it comes back, look at the key columns of `changes`.',
  },
  // mapping
  MAPPING_COLUMNS: {
    cause: "The query's columns do not fit the call type: one is missing or two have the same name.",
    fix: 'Change the column aliases as the hint shows.',
  },
  MAPPING_ROW: {
    cause: 'A row cannot be turned into a message.',
    fix: 'Correct the value of the named column in the query.',
  },
  DUPLICATE_KEY: {
    cause:
      'Rows with the same `key` of `changes` have different messages, or are more than 10,000. All of them are rejected.',
    fix: 'Add the column to `key` that tells them apart, or select one row per key (`SELECT DISTINCT`).',
  },
  KEY_NULL: {
    cause: 'A column of the `key` of `changes` is NULL in a row.',
    fix: 'Leave such rows out in the query, or choose another key.',
  },
  // sink
  SINK_FAILED: {
    cause: 'The destination did not accept a batch.',
    fix: 'See the status and the reason in the message.',
  },
  SINK_UNAUTHORIZED: {
    cause: 'The destination refused the key (HTTP 401 or 403) or does not know the address (404).',
    fix: 'Check the write key, the region and the endpoint.',
  },
  SINK_UNREACHABLE: { cause: 'The destination cannot be reached.', fix: 'Check the endpoint and the network.' },
  SINK_TIMEOUT: { cause: 'The destination did not answer in time.', fix: 'Raise the timeout or lower the batch size.' },
  SINK_CONTRACT: {
    cause: 'A sink returned a result that does not account for every message of the batch.',
    fix: 'Correct the sink: accepted, rejected and retry must add up to the length of the batch.',
  },
  SINK_REFUSES_EVERYTHING: {
    cause: 'The first messages were all refused: that is a configuration, not a hundred bad rows.',
    fix: 'Check the mapping and the key of the destination with `preview()`.',
  },
  PACE_UNAVAILABLE: {
    cause:
      'The rate limit that several processes share could not be asked: nothing was sent, the batch is tried again.',
    fix: 'Check that the Redis or PostgreSQL that keeps the pace can be reached.',
  },
  MESSAGE_TOO_LARGE: {
    cause: "A message is larger than the destination's limit.",
    fix: 'Select fewer or shorter columns for that row.',
  },
  CALLBACK_FAILED: {
    cause:
      'Code of the host that a sink calls for each message (a filter, a transform, `serialize`, `body`) threw for one.',
    fix: 'Repair that code; the message stands in the dead letter, with the text of the error.',
  },
  MESSAGE_REJECTED: { cause: 'The destination refused a message for good.', fix: 'See the reason in the dead letter.' },
  // delivery
  TOO_MANY_REJECTS: {
    cause: 'More rows were rejected than `maxRejected` allows, or one was and there is no `deadLetter`.',
    fix: 'Repair the rows, set a `deadLetter`, or raise `maxRejected`.',
  },
  DEAD_LETTER_FAILED: {
    cause: 'A rejected row could not be kept in the dead letter.',
    fix: 'Repair the dead-letter sink; the run resumes.',
  },
  DEAD_LETTER_UNREADABLE: {
    cause: 'A dead-letter file is missing, or a line of it is not a dead letter.',
    fix: 'Check the path; remove or repair the line that the message names.',
  },
  DELIVERY_LOG_FAILED: {
    cause: 'What became of rows could not be kept in the delivery log.',
    fix: 'Repair the sink of `deliveryLog`; the run resumes.',
  },
  DELIVERY_LOG_UNREADABLE: {
    cause: 'A file of the delivery log is missing, or a line of it is not a delivery record.',
    fix: 'Check the path; remove or repair the line that the message names.',
  },
  REPLAY_IMPOSSIBLE: {
    cause: 'A dead letter holds neither a message to send nor the key to read its row again by.',
    fix: 'Replay by `key`, or pass `key.of`.',
  },
  RETRIES_EXHAUSTED: {
    cause: 'A batch failed again and again within the retry budget.',
    fix: 'Wait for the destination; the next run resumes.',
  },
  BOOKS_UNBALANCED: {
    cause: 'Rows read differ from rows delivered, rejected and skipped. Nothing was committed.',
    fix: 'Please report this: it is a fault of snowmelt or of a custom source.',
  },
  HOOK_FAILED: {
    cause: "Code of the host threw: a callback (`onSettled`, `fence`), or a mapper's or query's own method.",
    fix: 'See the cause; the next run resumes.',
  },
  ABORTED: { cause: 'The run was aborted by its signal.', fix: 'Run again: it resumes.' },
  // snapshots
  SNAPSHOT_UNREADABLE: {
    cause: 'A part of the snapshot of a sync with `changes` is missing, damaged, of a later version or not its own.',
    fix: 'Restore the snapshot store; or forget the snapshot with `reset()` or `seed()`.',
  },
  SNAPSHOT_KEY_CHANGED: {
    cause: 'The snapshot of a sync was made with other key columns than `changes` names now.',
    fix: 'Take the present result as sent with `seed()`, or send everything again after `reset()`.',
  },
  // plans
  PLAN_STALE: {
    cause: 'A plan can no longer be applied: something it rests on has changed since. Nothing was sent.',
    fix: 'See the reason in the message; plan again, and have that plan reviewed.',
  },
  PLAN_INVALID: {
    cause: 'What was passed as a plan is none of this sync and this release, is damaged, or was changed.',
    fix: 'Pass the `token` of `plan()` as it is, or plan again.',
  },
  // queue
  QUEUE_JOB_FAILED: {
    cause: 'The queue has given up the job of a run, or has lost it (a Redis that was flushed).',
    fix: 'Run again: the state store knows what is settled. See the queue for what its workers died of.',
  },
  QUEUE_UNAVAILABLE: {
    cause: 'Redis or PostgreSQL, where the queue is, could not be asked for as long as `patienceSeconds`.',
    fix: 'See the reason in the message. Ask again: what is asked twice is done once.',
  },
  // state
  STATE_UNREADABLE: {
    cause: 'The stored state cannot be parsed or has an unknown version. It was left as it is.',
    fix: 'Restore the record from a copy, or remove it to start from the beginning.',
  },
  STATE_UNAVAILABLE: { cause: 'The state store cannot be read or written.', fix: 'See the reason in the message.' },
  SNAPSHOT_UNAVAILABLE: {
    cause: 'The snapshot store cannot be read or written, or did not keep what it confirmed.',
    fix: 'See the reason in the message; the next run resumes.',
  },
  STATE_CONFLICT: {
    cause: 'Another process changed the state at the same time.',
    fix: 'Nothing to do: the other process goes on.',
  },
  LEASE_LOST: {
    cause: 'The lease of the run expired or was taken over.',
    fix: 'Nothing to do: the holder goes on; the next run resumes.',
  },
  LEASE_HELD: { cause: 'Another run of the same sync is going on.', fix: 'Wait for its end.' },
  RUN_UNFINISHED: { cause: '`finish` was called while rows are unsettled.', fix: 'Deliver the missing ranges first.' },
  BREAKER_TRIPPED: {
    cause: 'A circuit breaker stopped the run before the first write.',
    fix: 'Look at the query with `plan()`; raise the limit if the change is meant.',
  },
  SYNC_DISABLED: { cause: 'The sync is disabled.', fix: 'Set `enabled: true`.' },
} as const satisfies Record<string, { readonly cause: string; readonly fix: string }>;
