import { ConfigError } from './errors.js';

/** Code of the host gave a promise where none is waited for: a mistake in that code, not in a row or a message. */
export class AsyncCodeError extends ConfigError {
  constructor(what: string, hint: string) {
    super('CONFIG_INVALID', `${what} returned a promise.`, { hint });
  }
}
