import { SinkError } from '../../errors/errors.js';
import { networkFault } from '../../http/network-fault.js';
import type { Destination } from './status-error.js';

const HINTS = {
  certificate: 'Check the endpoint; for a private authority set NODE_EXTRA_CA_CERTS to the file of its certificate.',
  'no-tls': 'Check whether the endpoint should begin with `http:`, and its port.',
  proxy: 'Have the proxy allow the host of the endpoint, and pass the user that it wants (docs/sources.md, "Proxies").',
  port: 'Let the destination listen at another port: fetch refuses this one.',
};
const OTHER_NAME = 'Its certificate is for another name: check the spelling of the host in `endpoint`.';
const REASONS = {
  certificate: ': its certificate is not valid',
  'no-tls': ': it does not speak TLS there',
  proxy: ': the proxy did not let it pass',
  port: ': fetch refuses the port',
};

/**
 * The error for a request that got no reply. It carries the system's error code and nothing else of the error below,
 * because an injected `fetch` may put the request with its key into its errors.
 */
export function networkError(error: unknown, to: Pick<Destination, 'name' | 'origin'>): SinkError {
  const { code, kind } = networkFault(error);
  const isOtherName = code === 'ERR_TLS_CERT_ALTNAME_INVALID' || code === 'HOSTNAME_MISMATCH';
  const what = `${to.name}: no reply from ${to.origin}${code === undefined ? '' : ` (${code})`}`;
  const details = code === undefined ? {} : { code };
  if (kind !== 'other') {
    const hint = isOtherName ? OTHER_NAME : HINTS[kind];
    return new SinkError('SINK_UNREACHABLE', what + REASONS[kind], { retryable: false, details, hint });
  }
  return new SinkError('SINK_UNREACHABLE', what, {
    retryable: true,
    details,
    hint:
      code === 'ENOTFOUND' ? 'Check the spelling of the host in `endpoint` and the DNS of this machine.' : undefined,
  });
}
