import { describe, expect, it } from 'vitest';
import { SnowflakeSource, SqlApiSource, type ConfigError } from 'snowmelt';
import { users } from './start-prepared.js';

const privateKey = users[0]?.keyPair.privateKey ?? '';

function errorOf(options: object): ConfigError {
  const made = { account: 'myorg-acct', username: 'NINA', privateKey, ...options };
  const errors = [SnowflakeSource, SqlApiSource].map((Source) => {
    try {
      new Source(made);
    } catch (error) {
      return error as ConfigError;
    }
    throw new Error('the options were accepted');
  });
  const [first, second] = errors as [ConfigError, ConfigError];
  expect(first.hint).toBe(second.hint);
  return first;
}

describe('an account that is spelt in another way is named before anything is sent', () => {
  it.each([
    [{ account: 'MYORG.MY_ACCT' }, 'a dot between', "account: 'MYORG-MY_ACCT'"],
    [{ account: 'https://app.snowflake.com/myorg/my_acct/#/homepage' }, 'Snowsight', "account: 'myorg-my_acct'"],
    [{ account: 'app.snowflake.com/myorg/acct' }, 'Snowsight', "account: 'myorg-acct'"],
    [{ account: 'https://app.snowflake.com/eu-central-1/xy12345/worksheets' }, 'Snowsight', "'xy12345.eu-central-1'"],
    [{ account: undefined, accessUrl: 'https://app.snowflake.com/myorg/acct' }, 'Snowsight', "account: 'myorg-acct'"],
    [{ accessUrl: 'https://app.us-east-1.privatelink.snowflake.com/' }, 'Snowsight', 'orgname-accountname'],
    [{ account: ' myorg-acct' }, '`account`: has white space', 'Correct `account`'],
    [{ account: '"myorg-acct"' }, '`account`: has quotes', 'Correct `account`'],
    [{ username: 'NINA ' }, '`username`: has white space', 'Correct `username`'],
    [{ username: "'NINA'" }, '`username`: has quotes', 'Correct `username`'],
    [{ username: '\tNINA\n' }, '`username`: has white space', 'Correct `username`'],
    [{ role: 'READER ' }, '`role`: has white space', 'Correct `role`'],
    [{ warehouse: ' WH' }, '`warehouse`: has white space', 'Correct `warehouse`'],
    [{ accessUrl: '"https://myorg-acct.snowflakecomputing.com"' }, '`accessUrl`: has quotes', 'Correct `accessUrl`'],
  ])('%j', (options, message, hint) => {
    const error = errorOf(options);
    expect(error.message).toContain(message);
    expect(error.hint).toContain(hint);
  });

  it.each([
    'myorg-acct',
    'MYORG-MY_ACCT',
    'xy12345',
    'xy12345.eu-central-1',
    'xy12345.west-europe.azure',
    'acct.global',
  ])('%s is one', (account) => {
    expect(new SqlApiSource({ account, username: 'NINA', privateKey }).describe()).toMatchObject({ account });
  });

  it('a quoted role, which Snowflake takes, stays', () => {
    const source = new SqlApiSource({ account: 'a', username: 'N', privateKey, role: '"My Role"' });
    expect(source.describe().role).toBe('"My Role"');
  });
});
