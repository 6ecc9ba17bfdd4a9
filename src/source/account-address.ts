import { ConfigError } from '../errors/errors.js';
import { isLoopback } from '../http/http-exchange.js';

/** Where an account is. */
export interface AccountAddress {
  readonly account: string;
  /** Without a slash at the end. */
  readonly baseUrl: string;
}

const HINT = 'Pass account as orgname-accountname (Snowsight: account menu, "View account details").';

/**
 * Finds out the account and its address.
 *
 * @throws ConfigError `CONFIG_ACCOUNT_INVALID`, `CONFIG_INSECURE_HTTP`
 */
export function accountAddress(
  owner: string,
  account: string | undefined,
  accessUrl: string | undefined,
  insecureHttp: boolean,
): AccountAddress {
  const wrong = (problem: string, hint = HINT): ConfigError =>
    new ConfigError('CONFIG_ACCOUNT_INVALID', `${owner}: ${problem}.`, { hint });
  for (const [name, text] of Object.entries({ account, accessUrl })) {
    const page = text === undefined ? undefined : snowsightPage(text);
    if (page !== undefined) throw wrong(`${name} is the address of a page of Snowsight`, page);
  }
  if (account !== undefined && /:\/\/|snowflakecomputing\./i.test(account)) {
    const hint = 'Pass it as accessUrl, or only the part before ".snowflakecomputing.com" as account.';
    throw wrong('account is a URL, not an account identifier', hint);
  }
  if (account !== undefined && !/^[A-Za-z0-9_]+(?:[.-][A-Za-z0-9_]+)*$/.test(account)) {
    throw wrong('account is not an account identifier');
  }
  if (accessUrl === undefined) {
    if (account === undefined) throw wrong('account is missing');
    const organization = /^([^.]+)\.([^.-]+)$/.exec(account);
    // Behind the dot of a locator stands its region, and every name of one has a hyphen.
    if (organization !== null && !/^(?:global|privatelink)$/i.test(organization[2] ?? '')) {
      throw wrong(
        'account has a dot between organization and account name, as SQL has it',
        `Write a hyphen: account: '${organization.slice(1).join('-')}'. A locator has the whole region behind it: xy12345.eu-central-1.`,
      );
    }
    // Underscores of an account name become hyphens in its host name ("Account identifiers", docs.snowflake.com).
    return { account, baseUrl: `https://${account.replaceAll('_', '-').toLowerCase()}.snowflakecomputing.com` };
  }
  const url = checkedUrl(owner, accessUrl, insecureHttp, wrong);
  const host = /^([^.]+)\.(?:.+\.)?snowflakecomputing\.(?:com|cn|mil)$/i.exec(url.hostname)?.[1];
  const known = account ?? host;
  if (known === undefined) throw wrong('accessUrl is not a Snowflake host and account is missing');
  return { account: known, baseUrl: url.origin + url.pathname.replace(/\/+$/, '') };
}

function checkedUrl(
  owner: string,
  accessUrl: string,
  insecureHttp: boolean,
  wrong: (problem: string, hint: string) => ConfigError,
): URL {
  let url: URL;
  try {
    url = new URL(accessUrl);
  } catch {
    throw wrong(
      'accessUrl is not a URL',
      'Pass a full URL such as https://orgname-accountname.snowflakecomputing.com.',
    );
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw wrong(
      'accessUrl has more than an address and a path',
      'Leave out user, password, query and fragment: the user is username, and signs with its key.',
    );
  }
  if (url.protocol === 'https:') return url;
  if (url.protocol !== 'http:' || (!isLoopback(url) && !insecureHttp)) {
    throw new ConfigError('CONFIG_INSECURE_HTTP', `${owner}: accessUrl is not an https: URL.`, {
      hint: 'Use https:, or set insecureHttp: true if the network in between is trusted.',
    });
  }
  return url;
}

/**
 * What to pass in place of the address of a page of Snowsight, `app.snowflake.com/<organization>/<account>/` or
 * `app.snowflake.com/<region>/<locator>/` ("Account identifiers", docs.snowflake.com).
 */
function snowsightPage(text: string): string | undefined {
  const page = /^(?:https?:\/\/)?app\.(?:[\w-]+\.)*snowflake\.(?:com|cn)(?:\/(.*))?$/i.exec(text.trim());
  if (page === null) return undefined;
  const [first, second] = (page[1] ?? '').split(/[/?#]/);
  if (first === undefined || second === undefined || !/^[\w.-]+$/.test(first) || !/^\w+$/.test(second)) return HINT;
  // Names of organizations have no hyphen, and names of regions have one.
  return `Pass account: '${first.includes('-') ? `${second}.${first}` : `${first}-${second}`}'.`;
}
