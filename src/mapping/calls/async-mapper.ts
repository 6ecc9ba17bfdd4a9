import { ConfigError } from '../../errors/errors.js';

/** A mapper that gives promises: a mistake in the mapper, not in the row. */
export class AsyncMapperError extends ConfigError {
  constructor(what: string) {
    super('CONFIG_INVALID', `${what} returned a promise.`, {
      hint: 'Mapping is synchronous. Look things up in the query, or before the run.',
    });
  }
}
