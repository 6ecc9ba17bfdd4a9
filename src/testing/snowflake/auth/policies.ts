import { BlockList, isIP, isIPv6 } from 'node:net';
import type { Catalog, CatalogUser, TokenKind } from '../sql/types/sql-engine.js';

/** By which name a policy knows a way to sign in ("CREATE AUTHENTICATION POLICY", docs.snowflake.com). */
export type AuthenticationMethod = TokenKind | 'KEYPAIR';

const quoted = (list: string): string[] => [...list.matchAll(/'([^']*)'/g)].map((match) => match[1] ?? '');

/** Whether the authentication policy of a user, if there is one, lets it sign in so. */
export function isMethodAllowed(catalog: Catalog, user: CatalogUser, method: AuthenticationMethod): boolean {
  const { authenticationPolicy: name } = user;
  const policy = name === undefined ? undefined : catalog.accountObjects.get(`AUTHENTICATION POLICY ${name}`);
  const methods = quoted(policy?.properties.get('AUTHENTICATION_METHODS') ?? "'ALL'").map((each) => each.toUpperCase());
  return methods.includes('ALL') || methods.includes(method);
}

/** Whether the network policy of a user, if there is one, lets it come from an address. */
export function isAddressAllowed(catalog: Catalog, user: CatalogUser, address: string): boolean {
  const { networkPolicy: name } = user;
  const policy = name === undefined ? undefined : catalog.accountObjects.get(`NETWORK POLICY ${name}`);
  const allowed = policy?.properties.get('ALLOWED_IP_LIST');
  if (policy === undefined) return true;
  const blocked = policy.properties.get('BLOCKED_IP_LIST') ?? '';
  return contains(quoted(allowed ?? ''), address) && !contains(quoted(blocked), address);
}

function contains(ranges: readonly string[], address: string): boolean {
  const list = new BlockList();
  for (const range of ranges) {
    const [net = '', bits] = range.split('/');
    if (isIP(net) === 0) continue;
    const family = isIPv6(net) ? 'ipv6' : 'ipv4';
    list.addSubnet(net, Number(bits ?? (family === 'ipv6' ? 128 : 32)), family);
  }
  return list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

/** Service users need a network policy to use a programmatic access token ("Programmatic access tokens: prerequisites"). */
export function lacksNetworkPolicy({ type, networkPolicy }: CatalogUser, method: AuthenticationMethod): boolean {
  return method === 'PROGRAMMATIC_ACCESS_TOKEN' && type !== 'SERVICE_AGENT' && networkPolicy === undefined;
}
