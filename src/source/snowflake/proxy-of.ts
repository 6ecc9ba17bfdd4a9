/**
 * The proxy that the driver asks for the way, without its credentials: one of its options, else of the environment, which
 * the driver looks at by itself ("Managing connections", Node.js driver, docs.snowflake.com).
 */
export function proxyOf(driverOptions: Readonly<Record<string, unknown>>): string | undefined {
  const { proxyHost, proxyPort } = driverOptions;
  if (typeof proxyHost === 'string') return typeof proxyPort === 'number' ? `${proxyHost}:${proxyPort}` : proxyHost;
  const variable = ['https_proxy', 'HTTPS_PROXY'].find((name) => (process.env[name] ?? '') !== '');
  if (variable === undefined) return undefined;
  const value = process.env[variable] ?? '';
  try {
    return `${new URL(value.includes('://') ? value : `http://${value}`).host} (${variable})`;
  } catch {
    return `of ${variable}`;
  }
}
