import { codeOf } from '../errors/code-of.js';

/** Why a request got no reply. */
export interface NetworkFault {
  /** The system's code, such as ECONNREFUSED. */
  readonly code: string | undefined;
  /**
   * `certificate`: the server's is not valid; `no-tls`: it speaks no TLS, or none that this side knows; `port`: fetch
   * refuses the port; `proxy`: one did not make a tunnel. Another try cannot help any of these.
   */
  readonly kind: 'certificate' | 'no-tls' | 'port' | 'proxy' | 'other';
  /** What a proxy answered in place of a tunnel, where its client tells. */
  readonly status?: number | undefined;
}

// OpenSSL's verification results as Node names them (Node documentation, TLS, "X509 certificate error codes").
const CERTIFICATE =
  /^(?:CERT_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_|ERR_TLS_CERT|INVALID_CA|INVALID_PURPOSE|HOSTNAME_MISMATCH)/;
// Other faults of TLS come from a connection that was damaged on its way, and pass.
const NO_TLS =
  /^ERR_SSL_(?:WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|UNSUPPORTED_PROTOCOL|.*PROTOCOL_VERSION|.*HANDSHAKE_FAILURE|.*UNRECOGNIZED_NAME)$/;

/** A system's code, and not the number of a library's own. */
const SYSTEM_CODE = /^[A-Z][A-Z0-9_]+$/;
const DEEPEST = 5;

/**
 * Tells why a request failed, by codes alone: the text of an error may hold the request with its key.
 *
 * @param error - what fetch threw; the innermost cause with a code tells most
 */
export function networkFault(error: unknown): NetworkFault {
  let code: string | undefined;
  let status: number | undefined;
  let at = error;
  for (let depth = 0; depth < DEEPEST && typeof at === 'object' && at !== null; depth += 1) {
    // "Port blocking", Fetch Standard; undici gives it no code.
    if (at instanceof Error && at.message === 'bad port') return { code, kind: 'port' };
    const own = codeOf(at);
    if (own !== undefined && SYSTEM_CODE.test(own)) code = own;
    const told = at instanceof Error ? /^Proxy response \((\d{3})\)/.exec(at.message)?.[1] : undefined;
    if (told !== undefined) status = Number(told);
    at = Reflect.get(at, 'cause');
  }
  if (code === undefined) return { code, kind: 'other' };
  // undici's ProxyAgent cancels a request so, whatever the proxy said; nothing here aborts one without a reason.
  if (code === 'UND_ERR_ABORTED') return { code, kind: 'proxy', status };
  return { code, kind: CERTIFICATE.test(code) ? 'certificate' : NO_TLS.test(code) ? 'no-tls' : 'other' };
}
