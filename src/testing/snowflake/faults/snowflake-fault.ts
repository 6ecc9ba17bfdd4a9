import * as z from 'zod';

/** What a request is for; a fault names the ones that it hits. */
export const endpoints = [
  'login',
  'renewal',
  'query',
  'result',
  'monitoring',
  'cancel',
  'heartbeat',
  'logout',
  'telemetry',
  'chunk',
  'api-submit',
  'api-status',
  'api-cancel',
] as const;

/** What a request is for. `api-*` are the SQL API's, `api-status` includes its partitions. */
export type SnowflakeEndpoint = (typeof endpoints)[number];

/** What happens to a request. */
export type SnowflakeFaultEffect =
  /** The connection is cut without an answer. */
  | { readonly kind: 'refuse' }
  /** The answer comes `ms` later. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** An HTTP error instead of the answer: 403, 429, 500, 503, … The request has no effect. */
  | { readonly kind: 'status'; readonly status: number; readonly retryAfterSeconds?: number | undefined }
  /** The request takes effect, but the client sees this HTTP error: a retry must not run the statement twice. */
  | { readonly kind: 'lose-answer'; readonly status?: number | undefined }
  /** The connection is cut after so many bytes of the answer's body. */
  | { readonly kind: 'reset'; readonly afterBytes: number }
  /** The body trickles at this speed. */
  | { readonly kind: 'slow'; readonly bytesPerSecond: number }
  /** The body says gzip and isn't. */
  | { readonly kind: 'corrupt-gzip' }
  /** Valid gzip of a text that breaks off in the middle. */
  | { readonly kind: 'truncated-json' }
  /** HTTP 200 with no body. */
  | { readonly kind: 'empty' }
  /** Answers Snowflake's error of this code, e.g. `390112` (session token expired) or `390111` (session gone). */
  | { readonly kind: 'error'; readonly code: string; readonly message?: string | undefined };

/** A fault: which requests it hits, and what happens to them. */
export type SnowflakeFault = SnowflakeFaultEffect & {
  /** The requests it hits. Default all. */
  readonly on?: SnowflakeEndpoint | readonly SnowflakeEndpoint[] | undefined;
  /** How many of them. Default all. */
  readonly times?: number | undefined;
  /** How many matching requests pass before. Default 0. */
  readonly after?: number | undefined;
};

const scope = {
  on: z.union([z.enum(endpoints), z.array(z.enum(endpoints))]).optional(),
  times: z.number().int().positive().optional(),
  after: z.number().int().min(0).optional(),
};

/** Validates a fault. */
export const faultSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('refuse'), ...scope }),
  z.strictObject({ kind: z.literal('delay'), ms: z.number().min(0), ...scope }),
  z.strictObject({
    kind: z.literal('status'),
    status: z.number().int().min(400).max(599),
    retryAfterSeconds: z.number().min(0).optional(),
    ...scope,
  }),
  z.strictObject({ kind: z.literal('lose-answer'), status: z.number().int().min(400).max(599).optional(), ...scope }),
  z.strictObject({ kind: z.literal('reset'), afterBytes: z.number().int().min(0), ...scope }),
  z.strictObject({ kind: z.literal('slow'), bytesPerSecond: z.number().positive(), ...scope }),
  z.strictObject({ kind: z.literal('corrupt-gzip'), ...scope }),
  z.strictObject({ kind: z.literal('truncated-json'), ...scope }),
  z.strictObject({ kind: z.literal('empty'), ...scope }),
  z.strictObject({
    kind: z.literal('error'),
    code: z.string().regex(/^\d{6}$/),
    message: z.string().optional(),
    ...scope,
  }),
]);
