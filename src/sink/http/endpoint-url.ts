import { ConfigError } from '../../errors/errors.js';
import { isLoopback } from '../../http/http-exchange.js';

/**
 * The URL of an endpoint, with `path` behind its own.
 *
 * @throws ConfigError `CONFIG_INSECURE_HTTP` for `http:` to another machine without `insecureHttp`
 */
export function endpointUrl(
  owner: string,
  endpoint: string,
  options: { readonly path?: string | undefined; readonly insecureHttp?: boolean | undefined },
): URL {
  const url = new URL(endpoint);
  if (url.protocol === 'http:' && !isLoopback(url) && options.insecureHttp !== true) {
    throw new ConfigError('CONFIG_INSECURE_HTTP', `${owner}: \`endpoint\` is not an https: URL.`, {
      hint: 'Use https:, or set insecureHttp: true if the network in between is trusted.',
    });
  }
  if (options.path !== undefined) url.pathname = url.pathname.replace(/\/+$/, '') + options.path;
  return url;
}
