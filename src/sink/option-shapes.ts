import * as z from 'zod';
import { aFunction } from '../options/option-checks.js';

/** Text that can stand in a header: what fetch refuses it would repeat in its error. */
const headerText = z.string().regex(/^[\t\x20-\x7e\x80-\xff]*$/, 'must be one line of Latin-1 text');
const headerName = z
  .string()
  .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'must be a header name')
  .regex(
    /^(?!(?:connection|keep-alive|transfer-encoding|content-length|expect|upgrade)$)/i,
    'is a header of the connection, which fetch sets itself',
  );
/** Checks for the options that sinks share. */
export const sinkOption = {
  url: z.string().refine((text) => {
    if (!URL.canParse(text)) return false;
    const url = new URL(text);
    return /^https?:$/.test(url.protocol) && url.username === '' && url.password === '' && url.hash === '';
  }, 'must be a full http: or https: URL without user, password and fragment'),
  key: z.string().regex(/^[\x21-\x7e]+$/, 'must be text without spaces'),
  rate: z.number().positive(),
  count: z.number().int().positive(),
  milliseconds: z.number().positive().max(2_147_483_647),
  headerName,
  headerText,
  headers: z.record(headerName, headerText),
  function: aFunction(),
  name: z.string().min(1),
};

/** The shape of {@link HttpSinkOptions}. */
export const httpOptions = {
  timeoutMs: sinkOption.milliseconds.optional(),
  headers: sinkOption.headers.optional(),
  fetch: sinkOption.function.optional(),
  insecureHttp: z.boolean().optional(),
};

/** Header names in lower case, so that a later one of the same name replaces an earlier one. */
export function lowerCased(headers: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
