import { SourceError } from '../errors/errors.js';
import type { NetworkFault } from '../http/network-fault.js';

/** What is known of a host that did not answer, or not as Snowflake does. */
export interface Unreached {
  readonly status?: number | undefined;
  readonly kind?: NetworkFault['kind'] | undefined;
  /** The proxy that is asked for the way, where one is known, without its credentials. */
  readonly proxy?: string | undefined;
  /** Whether something answered that is not Snowflake. */
  readonly isOther?: boolean | undefined;
}

const ACCOUNT = 'Check the account identifier: orgname-accountname.';
const PROXIES = 'docs/sources.md, "Proxies"';

/** What a certificate of another host means: Snowflake's are for names of one level, and for those of its regions. */
const OTHER_NAME = `The certificate there is for another name, mostly because the account is misspelt. ${ACCOUNT} A locator has its region behind it: xy12345.eu-central-1. With accessUrl, pass the host that the certificate is for.`;

const NETWORK_HINTS = {
  certificate:
    'For a private authority, such as that of a proxy that opens TLS, set NODE_EXTRA_CA_CERTS to the file of its certificate.',
  port: 'fetch refuses this port: let the host listen at another one.',
  other: `Check the network, the proxy (${PROXIES}) and the account identifier.`,
};

/** Statuses that only a proxy or a network gives (RFC 9110, section 15.5.8; RFC 6585, section 6). */
const PROXY_WANTS_LOGIN = 407;
const NETWORK_WANTS_LOGIN = 511;

/** The error of a host that did not answer, or not as Snowflake does. */
export function unreachable(host: string, reason: string, found: Unreached = {}): SourceError {
  const { status, kind = 'other' } = found;
  const isRefused = status !== undefined && status < 500 && status !== 408 && status !== 429;
  const isProxy = kind === 'proxy' || status === PROXY_WANTS_LOGIN;
  const what = isProxy ? `the proxy did not let it pass, ${reason}` : reason;
  return new SourceError('SOURCE_UNREACHABLE', `Snowflake cannot be reached at ${host} (${what}).`, {
    retryable: !isRefused && status !== NETWORK_WANTS_LOGIN && (kind === 'other' || (isProxy && status !== undefined)),
    hint: hintFor(host, reason, found, isRefused, isProxy),
    details: status === undefined ? { reason } : { reason, status },
  });
}

function hintFor(host: string, reason: string, found: Unreached, isRefused: boolean, isProxy: boolean): string {
  const { status, kind = 'other', proxy } = found;
  const name = proxy === undefined ? 'The proxy' : `The proxy ${proxy}`;
  const target = host.includes(':') ? host : `${host}:443`;
  if (status === PROXY_WANTS_LOGIN) {
    return `${name} wants a user and a password: pass proxyUser and proxyPassword in driverOptions, or put them into the proxy's address (${PROXIES}).`;
  }
  if (isProxy) return `${name} refuses the way: have it allow ${target}, and pass the user that it wants (${PROXIES}).`;
  if (reason === 'ERR_TLS_CERT_ALTNAME_INVALID' || reason === 'HOSTNAME_MISMATCH') return OTHER_NAME;
  if (status !== undefined && status >= 300 && status < 400) {
    return 'Let accessUrl be the final address. A proxy, or a network that wants a sign-in, may redirect too.';
  }
  if (found.isOther === true || kind === 'no-tls' || status === NETWORK_WANTS_LOGIN) {
    const who = proxy === undefined ? 'A proxy, or a network that wants a sign-in,' : `${name}, or its network,`;
    const address = kind === 'no-tls' ? ' Without one: should accessUrl begin with http:, and is its port right?' : '';
    return `${who} answers in place of Snowflake: sign in there, or have it allow ${target} (${PROXIES}).${address}`;
  }
  if (proxy !== undefined && kind === 'other') {
    return `Have the proxy ${proxy} allow ${target} (${PROXIES}). If it does: ${lower(ACCOUNT)}`;
  }
  if (isRefused || reason === 'ENOTFOUND') return ACCOUNT;
  return kind === 'proxy' ? NETWORK_HINTS.other : NETWORK_HINTS[kind];
}

function lower(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}
