/** What Snowflake told of a statement. */
export interface RefusedStatement {
  readonly code: string;
  /** To be told apart by, never to be shown. */
  readonly raw: string;
  readonly sqlState?: string | undefined;
}

/**
 * Why no warehouse runs a statement, by code or by what Snowflake says, and what makes one run it ("Working with resource
 * monitors", "Overview of warehouses", "Trial accounts", docs.snowflake.com). The first that fits counts.
 */
const WAREHOUSES: readonly (readonly [code: number | undefined, said: RegExp, hint: string])[] = [
  [
    90073,
    /resource monitor .* has exceeded its quota/i,
    'The credits of its resource monitor are used up: wait for its next period, or raise them: ALTER RESOURCE MONITOR <name> SET CREDIT_QUOTA = <credits>;',
  ],
  [
    666,
    /free trial has ended|account is suspended|lack of payment/i,
    'The account is suspended: an account administrator has to add or renew the payment in Snowsight, Admin, Billing.',
  ],
  [
    608,
    /\bwarehouse\b.{0,300}\bis suspended/is,
    'It is suspended and does not resume by itself: ALTER WAREHOUSE <name> SET AUTO_RESUME = TRUE; ALTER WAREHOUSE <name> RESUME;',
  ],
  [606, /^No active warehouse/im, 'Set warehouse, or grant it: GRANT USAGE ON WAREHOUSE <name> TO ROLE <role>;'],
  [
    undefined,
    /\bwarehouse '[^']*' does not exist/i,
    'Check the option warehouse, or grant it: GRANT USAGE ON WAREHOUSE <name> TO ROLE <role>;',
  ],
  [
    undefined,
    /insufficient privileges to operate on warehouse/i,
    'Grant the role what it needs: GRANT USAGE, OPERATE ON WAREHOUSE <name> TO ROLE <role>;',
  ],
  [undefined, /\bwarehouse '[^']*' cannot be/i, 'See its state and who may use it: SHOW WAREHOUSES;'],
];

/** What to do about a warehouse; `undefined` when the failure is of something else. */
export function warehouseHint(code: number, raw: string): string | undefined {
  return WAREHOUSES.find(([known, said]) => known === code || said.test(raw))?.[2];
}

const SELECT = 'GRANT USAGE on its database and schema, and SELECT on it, to the role.';
const CAST = 'Convert it in the query so that it cannot fail: TRY_CAST, TRY_TO_NUMBER, TRY_TO_TIMESTAMP.';

/** Refusals of a statement by code or by what Snowflake says. */
const STATEMENTS: readonly (readonly [codes: readonly number[], said: RegExp, hint: string])[] = [
  [
    [90105],
    /does not have a current database/i,
    'Set database, or write names as DB.SCHEMA.TABLE. If it is set: GRANT USAGE ON DATABASE <name> TO ROLE <role>;',
  ],
  [
    [90106],
    /does not have a current schema/i,
    'Set schema, or write names as DB.SCHEMA.TABLE. If it is set: GRANT USAGE ON SCHEMA <name> TO ROLE <role>;',
  ],
  [[], /^SQL compilation error:\s*Database /i, 'Check the name, or: GRANT USAGE ON DATABASE <name> TO ROLE <role>;'],
  [[], /^SQL compilation error:\s*Schema /i, 'Check the name, or: GRANT USAGE ON SCHEMA <name> TO ROLE <role>;'],
  [
    [2003, 2043],
    /does not exist or not authorized/i,
    `Check the name, in capitals unless it was made in quotes; or ${SELECT}`,
  ],
  [[3001], /insufficient privileges/i, 'Have the privilege that the message names granted to the role.'],
  [[100035, 100037, 100038], /is not recognized|^Failed to cast/im, CAST],
  [[391908], /result .* too large/i, 'Select fewer columns or rows, or take SnowflakeSource.'],
];

/** What to do about a statement that was refused; of a code that is not known no cure is told. */
export function statementHint({ code, raw, sqlState }: RefusedStatement, line: number | undefined): string {
  const known = STATEMENTS.find(([codes, said]) => codes.includes(Number(code)) || said.test(raw))?.[2];
  if (line !== undefined)
    return [`Correct line ${line} of the query.`, ...(known === undefined ? [] : [known])].join(' ');
  if (known !== undefined) return known;
  // Class 42 of SQLSTATE: the text of the statement, or a right that it needs.
  if (sqlState?.startsWith('42') === true) return 'Correct the query.';
  return 'See what Snowflake says, and the query in its history: INFORMATION_SCHEMA.QUERY_HISTORY().';
}
