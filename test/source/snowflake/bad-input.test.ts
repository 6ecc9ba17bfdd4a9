import { existsSync } from 'node:fs';
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ConfigError, SnowflakeSource, SqlApiSource, isSnowmeltError, type SnowmeltError, type Source } from 'snowmelt';
import { closing, counting, startPrepared } from '../start-prepared.js';

const otherKey = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();

async function errorOf(action: Promise<unknown>): Promise<SnowmeltError & { readonly retryable?: boolean }> {
  try {
    await action;
  } catch (error) {
    if (isSnowmeltError(error)) return error;
    throw error;
  }
  throw new Error('no error');
}

/** Nothing of the driver, the token or the key may be in what a user prints. */
function expectClean(error: SnowmeltError, key: string): void {
  expect(error.hint).toBeTruthy();
  expect(error.cause).toBeUndefined();
  const printed = [error.message, error.hint, JSON.stringify(error.details), error.stack].join('\n');
  expect(printed).not.toMatch(/snowflake-sdk\/|eyJ|Bearer|hunter2/);
  if (key !== '') expect(printed).not.toContain(key.split('\n')[3]);
}

type Make = (options: ConstructorParameters<typeof SnowflakeSource>[0]) => Source;
const makes: [string, Make][] = [
  ['SnowflakeSource', (options) => new SnowflakeSource(options)],
  ['SqlApiSource', (options) => new SqlApiSource({ ...options, maxRetries: 1 })],
];

describe.each(makes)('%s gives one clear error', (name, make) => {
  it('for a refused login, naming the fingerprint that Snowflake should know', async () => {
    const server = await startPrepared();
    const source = closing(make({ ...server.connection(), privateKey: otherKey }));
    const error = await errorOf(counting(source, 1));
    expect(error).toMatchObject({ code: 'SOURCE_LOGIN_REFUSED', retryable: false });
    expect(error.message).toContain('390144');
    expect(error.hint).toContain('SHA256:');
    expectClean(error, otherKey);
  });

  it('for a user that does not exist', async () => {
    const server = await startPrepared();
    const source = closing(make({ ...server.connection(), username: 'nobody' }));
    expect(await errorOf(counting(source, 1))).toMatchObject({ code: 'SOURCE_LOGIN_REFUSED' });
  });

  // Within seconds, where the driver alone goes on for minutes: the time that a test has is enough.
  it('for a host that refuses connections', async () => {
    const server = await startPrepared();
    const connection = server.connection();
    await server.close();
    const error = await errorOf(counting(closing(make(connection)), 1));
    expect(error).toMatchObject({ code: 'SOURCE_UNREACHABLE', retryable: true });
    expect(error.message).toContain('ECONNREFUSED');
    expectClean(error, connection.privateKey);
  });

  it('for an account host that does not exist', async () => {
    const { privateKey } = (await startPrepared()).connection();
    const source = closing(make({ accessUrl: 'https://no-such.invalid', account: 'a', username: 'u', privateKey }));
    const error = await errorOf(counting(source, 1));
    expect(error.code).toBe('SOURCE_UNREACHABLE');
    expect(error.message).toMatch(/no-such\.invalid \((ENOTFOUND|EAI_AGAIN|E[A-Z_]+)\)/);
    expectClean(error, privateKey);
  });

  it("for SQL that is refused: Snowflake's message, code and line", async () => {
    const server = await startPrepared();
    const source = closing(make(server.connection()));
    const error = await errorOf(source.execute({ sql: 'SELECT\n  NO_SUCH_COLUMN', binds: [] }));
    expect(error).toMatchObject({ code: 'SOURCE_SQL', retryable: false });
    expect(error.message).toContain('000904, line 2 at position 2');
    expect(error.message).toContain("invalid identifier 'NO_SUCH_COLUMN'");
    expect(error.details).toMatchObject({ snowflakeCode: '000904', line: 2, position: 2 });
    expect(error.details['queryId']).toMatch(/^[0-9a-f-]{36}$/);
    expectClean(error, '');
  });

  it.each([
    [
      '000606',
      '57P03',
      "No active warehouse selected in the current session.  Select an active warehouse with the 'use warehouse' command.",
      'SOURCE_WAREHOUSE',
      false,
    ],
    [
      '000630',
      '57014',
      'Statement reached its statement or warehouse timeout of 5 second(s) and was canceled.',
      'SOURCE_TIMEOUT',
      true,
    ],
    ['000604', '57014', 'SQL execution canceled', 'SOURCE_CANCELED', true],
    [
      '002003',
      '42S02',
      "SQL compilation error:\nObject 'WAREHOUSE' does not exist or not authorized.",
      'SOURCE_SQL',
      false,
    ],
    ['300002', 'XX000', 'Processing aborted by error 300002:1234; incident 5678', 'SOURCE_FAILED', true],
  ] as const)('for code %s', async (snowflakeCode, sqlState, message, code, retryable) => {
    const server = await startPrepared();
    const source = closing(make(server.connection()));
    const error = await errorOf(
      source.execute({ sql: `SELECT FAIL_${snowflakeCode}_${sqlState} ${message}`, binds: [] }),
    );
    expect(error).toMatchObject({ code, retryable });
    expect(error.message).toContain(snowflakeCode === '000630' && name === 'SqlApiSource' ? '000630' : snowflakeCode);
    expectClean(error, '');
  });

  const HIDDEN = 'its message is not shown';
  it.each([
    ['100038', "Numeric value 'ada@example.com' is not recognized", "Numeric value '…' is not recognized"],
    ['100038', "Numeric value 'O'Brien, ada@example.com' is not recognized", "Numeric value '…' is not recognized"],
    ['100071', 'Failed to cast variant value "ada@example.com" to FIXED', 'Failed to cast variant value … to FIXED'],
    ['100071', 'Failed to cast variant value 4915112345678 to BOOLEAN', 'Failed to cast variant value … to BOOLEAN'],
    ['002151', 'Failed to cast variant value 4915112345678 to BOOLEAN', 'Failed to cast variant value … to BOOLEAN'],
    ['100183', 'Failed to convert ada@example.com to date', 'Failed to convert … to date'],
    ['001015', 'Failed to convert ada@example.com to date', 'Failed to convert … to date'],
    ['100183', 'Failed to convert 4915112345678 to ada@example.com', HIDDEN],
    ['000603', 'Failed to cast ada@example.com 4915112345678', HIDDEN],
    ['090232', 'Row 4915112345678 of ada@example.com', HIDDEN],
    ['200001', 'SQL compilation error:\nbad value 4915112345678', HIDDEN],
    ['100351', 'SQL compilation error: error line 1 at position 2\nada@example.com', HIDDEN],
    // The form of another code: what stands there need not be a name.
    ['100351', "SQL compilation error: error line 1 at position 2\ninvalid identifier '4915112345678'", HIDDEN],
    ['000603', "Object 'ada@example.com' does not exist or not authorized.", HIDDEN],
    ['002003', "Object 'ada@example.com' does not exist or not authorized.", HIDDEN],
    ['100069', 'Error parsing JSON: unknown keyword ada@example.com', 'Error parsing JSON…'],
    ['100132', 'JavaScript execution error: Uncaught ada@example.com', 'JavaScript execution error…'],
    [
      '100090',
      'Duplicate row detected during DML action [ada@example.com]',
      'Duplicate row detected during DML action…',
    ],
    ['100035', "Timestamp 'ada@example.com", HIDDEN],
    ['100051', 'Division by zero', 'Division by zero'],
    [
      '001065',
      "SQL compilation error:\nCan not convert parameter ''ada@example.com'' of type [VARCHAR(15)] into expected type [DATE]",
      'SQL compilation error: Can not convert parameter … of type [VARCHAR(15)] into expected type [DATE]',
    ],
  ])('without the value that could not be converted: %s %s', async (snowflakeCode, message, said) => {
    const server = await startPrepared();
    const source = closing(make(server.connection()));
    const error = await errorOf(source.execute({ sql: `SELECT FAIL_${snowflakeCode}_22018 ${message}`, binds: [] }));
    expect(error.code).toBe('SOURCE_SQL');
    expect(error.message).toContain(`: ${said}`);
    const told = JSON.stringify([error.message, error.hint, error.details, error.stack]);
    expect(told).not.toMatch(/ada@|4915112345678/);
    if (said === HIDDEN) expect(error.hint).toContain(`WHERE QUERY_ID = '${String(error.details['queryId'])}'`);
  });

  it.each([
    [{ account: undefined, accessUrl: undefined }, 'CONFIG_ACCOUNT_INVALID'],
    [{ account: 'https://acme.snowflakecomputing.com', accessUrl: undefined }, 'CONFIG_ACCOUNT_INVALID'],
    [{ account: 'a b', accessUrl: undefined }, 'CONFIG_ACCOUNT_INVALID'],
    [{ account: 'a', accessUrl: 'acme' }, 'CONFIG_ACCOUNT_INVALID'],
    [{ account: undefined, accessUrl: 'https://proxy.example' }, 'CONFIG_ACCOUNT_INVALID'],
    [{ account: 'a', accessUrl: 'http://proxy.example' }, 'CONFIG_INSECURE_HTTP'],
    [{ account: 'a', username: '' }, 'CONFIG_INVALID'],
    [{ account: 'a', username: 5 }, 'CONFIG_INVALID'],
    [{ account: 'a', timeZone: "UTC'; DROP TABLE t" }, 'CONFIG_INVALID'],
    [{ account: 'a', statementTimeoutSeconds: 0 }, 'CONFIG_INVALID'],
    [{ account: 'a', privateKey: 'hunter2' }, 'KEY_FORMAT'],
    [{ account: 'a', privateKey: undefined, privateKeyPath: '/no/such/key.p8' }, 'KEY_UNREADABLE'],
  ])('at construction for %j', (wrong, code) => {
    const options = { username: 'u', privateKey: otherKey, ...wrong } as never;
    let error: unknown;
    try {
      make(options);
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(ConfigError);
    expect(error).toMatchObject({ code });
    expectClean(error as ConfigError, otherKey);
  });

  it('accepts http to another host only when told so, and leaves the options alone', () => {
    const options = Object.freeze({
      account: 'a',
      accessUrl: 'http://proxy.example/snowflake/',
      username: 'u',
      privateKey: otherKey,
      insecureHttp: true,
      warehouse: '',
    });
    expect(() => make(options)).not.toThrow();
  });
});

describe('the driver is quiet', () => {
  it('writes no log file', async () => {
    const server = await startPrepared();
    await counting(closing(new SnowflakeSource(server.connection())), 1);
    expect(existsSync('snowflake.log')).toBe(false);
  });
});
