import { codeOf } from '../../code-of.js';
import { SinkError } from '../../errors.js';
import type { Destination } from './status-error.js';

// OpenSSL's verification results as Node names them (Node documentation, TLS, "X509 certificate error codes").
const certificate =
  /^(CERT_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_|ERR_TLS_CERT|INVALID_CA|INVALID_PURPOSE|HOSTNAME_MISMATCH)/;
const handshake = /^(ERR_SSL_|EPROTO$)/;

/**
 * The error for a request that got no reply. It carries the system's error code and nothing else of the error below,
 * because an injected `fetch` may put the request with its key into its errors.
 */
export function networkError(error: unknown, to: Destination): SinkError {
  const code = systemCode(error);
  const details = code === undefined ? {} : { code };
  const what = `${to.name}: no reply from ${to.origin}${code === undefined ? '' : ` (${code})`}`;
  if (code !== undefined && certificate.test(code)) {
    return new SinkError('SINK_UNREACHABLE', `${what}: its certificate is not valid`, {
      retryable: false,
      details,
      hint: 'Check the endpoint; for a private authority set NODE_EXTRA_CA_CERTS to the file of its certificate.',
    });
  }
  if (code !== undefined && handshake.test(code)) {
    return new SinkError('SINK_UNREACHABLE', `${what}: it does not speak TLS there`, {
      retryable: false,
      details,
      hint: 'Check whether the endpoint should begin with `http:`, and its port.',
    });
  }
  return new SinkError('SINK_UNREACHABLE', what, {
    retryable: true,
    details,
    hint:
      code === 'ENOTFOUND' ? 'Check the spelling of the host in `endpoint` and the DNS of this machine.' : undefined,
  });
}

function systemCode(error: unknown): string | undefined {
  for (let current = error, depth = 0; depth < 5; depth++) {
    const cause: unknown = Reflect.get(Object(current) as object, 'cause');
    if (cause === undefined) return codeOf(current);
    current = cause;
  }
  return undefined;
}
