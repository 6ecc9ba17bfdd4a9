import { BRAND, isBranded } from './brand.js';
import type { errorCodes } from './error-codes.js';
import { hiddenText, shownCause } from './foreign-cause.js';

/** The stable code of an error; see the table in docs/errors.md. */
export type ErrorCode = keyof typeof errorCodes;

/** Texts of foreign causes by the error above them: not a property, so that nothing prints them. */
const hidden = new WeakMap<object, string>();

/** What every error of snowmelt is made of. */
export interface SnowmeltErrorOptions {
  /** What to do about it, in one sentence, with the command to type where there is one. */
  readonly hint?: string | undefined;
  /** The error below. One that is not of snowmelt is copied: its kind, its code and its stack, without its text. */
  readonly cause?: unknown;
  /** Plain facts for programs (a row number, an HTTP status), never row values or secrets. */
  readonly details?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * The one error family of snowmelt. Branch on `code`; `instanceof` works between all entries of one module format,
 * {@link isSnowmeltError} also between the ESM and the CommonJS build.
 */
export class SnowmeltError extends Error {
  override readonly name: string = 'SnowmeltError';
  /** Stable code, see docs/errors.md. */
  readonly code: ErrorCode;
  /** What to do about it. */
  readonly hint: string | undefined;
  /** Facts for programs. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: SnowmeltErrorOptions = {}) {
    const { cause } = options;
    super(message, cause === undefined ? undefined : { cause: shownCause(cause) });
    const text = hiddenText(cause);
    if (text !== undefined) hidden.set(this, text);
    this.code = code;
    this.hint = options.hint;
    this.details = options.details ?? {};
    Object.defineProperty(this, BRAND, { value: true });
  }
}

/** Misuse: wrong options, a wrong key, a wrong query template. Never worth a retry. */
export class ConfigError extends SnowmeltError {
  override readonly name: string = 'ConfigError';
}

/** Snowflake refused or failed a statement. `retryable` tells whether the same statement may succeed later. */
export class SourceError extends SnowmeltError {
  override readonly name: string = 'SourceError';
  /** Whether trying again can help. */
  readonly retryable: boolean;

  constructor(code: ErrorCode, message: string, options: SnowmeltErrorOptions & { readonly retryable: boolean }) {
    super(code, message, options);
    this.retryable = options.retryable;
  }
}

/** The stored result of an earlier query is gone, or is different when read again. */
export class ResultExpiredError extends SnowmeltError {
  override readonly name: string = 'ResultExpiredError';

  constructor(message: string, options: SnowmeltErrorOptions = {}) {
    super('RESULT_EXPIRED', message, {
      ...options,
      hint: options.hint ?? 'Nothing to do: the next run queries again from the same last_sync_time.',
    });
  }
}

/** A row or the columns of a result cannot become a message. */
export class MappingError extends SnowmeltError {
  override readonly name: string = 'MappingError';
}

/** What a sink throws from `write` when the batch as a whole was not accepted. */
export interface SinkErrorOptions extends SnowmeltErrorOptions {
  /** Whether sending the same batch again can help. */
  readonly retryable: boolean;
  /** How long to wait before that, in milliseconds (from Retry-After). */
  readonly retryAfterMs?: number | undefined;
  /** Whether a part of the batch may be accepted where the whole was not (HTTP 400, 413). */
  readonly splittable?: boolean | undefined;
}

/** The destination did not accept a batch. */
export class SinkError extends SnowmeltError {
  override readonly name: string = 'SinkError';
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  readonly splittable: boolean;

  constructor(code: ErrorCode, message: string, options: SinkErrorOptions) {
    super(code, message, options);
    this.retryable = options.retryable;
    this.retryAfterMs = options.retryAfterMs;
    this.splittable = options.splittable ?? false;
  }
}

/** What the error of a state store or a snapshot store is made of. */
export interface StateErrorOptions extends SnowmeltErrorOptions {
  /** Whether trying again can help. @default true for `STATE_UNAVAILABLE` and `SNAPSHOT_UNAVAILABLE`, else false */
  readonly retryable?: boolean | undefined;
}

/** The state store or the snapshot store failed, or holds something that cannot be read. */
export class StateError extends SnowmeltError {
  override readonly name: string = 'StateError';
  /** Whether trying again can help. */
  readonly retryable: boolean;

  constructor(code: ErrorCode, message: string, options: StateErrorOptions = {}) {
    super(code, message, options);
    this.retryable = options.retryable ?? (code === 'STATE_UNAVAILABLE' || code === 'SNAPSHOT_UNAVAILABLE');
  }
}

/** A compare-and-set lost against another writer. */
export class StateConflictError extends SnowmeltError {
  override readonly name: string = 'StateConflictError';

  constructor(message: string, options: SnowmeltErrorOptions = {}) {
    super('STATE_CONFLICT', message, options);
  }
}

/** Whether a value is an error of snowmelt, whichever build of the package made it. */
export function isSnowmeltError(value: unknown): value is SnowmeltError {
  return isBranded(value);
}

/** The text of the error below one of snowmelt. It may hold values of a row: for the dead letter, and nothing else. */
export function hiddenTextOf(error: SnowmeltError): string | undefined {
  return hidden.get(error);
}
