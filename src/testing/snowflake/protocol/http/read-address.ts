import type { IncomingMessage } from 'node:http';
import { isLoopback } from '../../../../http/http-exchange.js';

/**
 * The address that a request asks for; `400` where it is none or holds a broken escape, `421` where it is another
 * host's. A page in a browser can have its own name lead to this machine (DNS rebinding), and would otherwise reach
 * what listens here; the name that it gives is still its own.
 */
export function readAddress({ url: target = '/', headers }: IncomingMessage, origin: string): URL | 400 | 421 {
  try {
    // A proxy is sent a whole address, which counts instead of the header (RFC 9112, "absolute-form").
    const url = new URL(target.startsWith('/') ? `${origin}${target}` : target);
    if (!isOwn(headers.host ?? '', origin) || !isOwn(url.host, origin)) return 421;
    decodeURIComponent(url.pathname);
    return url;
  } catch {
    return isOwn(headers.host ?? '', origin) ? 400 : 421;
  }
}

/** Whether it is a name of this machine with the port of the server; any other port is another server's. */
function isOwn(host: string, origin: string): boolean {
  try {
    const named = new URL(`http://${host}`);
    return named.href === `${named.origin}/` && isLoopback(named) && named.port === new URL(origin).port;
  } catch {
    return false;
  }
}
