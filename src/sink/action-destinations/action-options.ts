import * as z from 'zod';
import type { JsonObject } from '../../mapping/message.js';
import { checkOptions } from '../../options/check-options.js';
import { sinkOption } from '../option-shapes.js';
import { endpointUrl } from '../http/endpoint-url.js';
import type { LoadPackage } from './action-packages.js';

/** Tokens of a destination with OAuth. */
export interface ActionAuth {
  readonly accessToken: string;
  /** With it, an expired access token is replaced when the destination answers 401. */
  readonly refreshToken?: string | undefined;
  readonly refreshTokenUrl?: string | undefined;
  readonly clientId?: string | undefined;
  readonly clientSecret?: string | undefined;
  /** Called with new tokens, so that you can keep them. */
  readonly onRefresh?:
    | ((tokens: { readonly accessToken: string; readonly refreshToken?: string | undefined }) => void | Promise<void>)
    | undefined;
}

/** Options of `ActionDestinationSink`. */
export interface ActionDestinationSinkOptions {
  /** A folder of `@segment/action-destinations`, such as `braze`, `hubspot` or `google-sheets`. */
  readonly destination: string;
  /** One of its actions, such as `trackEvent2`. */
  readonly action: string;
  /** The destination's settings: keys, region. Missing ones get the destination's defaults. */
  readonly settings?: JsonObject | undefined;
  /**
   * Fields of the action, as values or directives of Segment's mapping kit (`{ "@path": "$.properties.total" }`). They
   * replace single fields of the destination's preset for this action; `null` leaves a field out.
   *
   * @default the preset, or else the fields' defaults
   */
  readonly mapping?: JsonObject | undefined;
  /** The access token of a destination with OAuth, and how it is renewed. */
  readonly auth?: ActionAuth | undefined;
  /** What to do with records, for actions that ask. @default the action's own */
  readonly syncMode?: 'add' | 'update' | 'upsert' | 'delete' | 'mirror' | undefined;
  /** Whether to use the action's batch request. @default when the action has one */
  readonly batch?: boolean | undefined;
  /** Messages per request. @default the action's `batch_size`, at most 100 */
  readonly maxMessages?: number | undefined;
  /** Replaces scheme, host and port of every request (a path is put before the destination's), for proxies and tests. */
  readonly endpoint?: string | undefined;
  /** Allows an `http:` endpoint on a host other than this machine. @default false */
  readonly insecureHttp?: boolean | undefined;
  /** More request headers. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** After this time a request is given up and tried again by the engine, milliseconds. @default the destination's, or else 30000 */
  readonly timeoutMs?: number | undefined;
  /** Shown in events and errors. @default destination and action */
  readonly name?: string | undefined;
  /** Loads the packages from another place, for example `createRequire('/opt/destinations/package.json')`. */
  readonly load?: LoadPackage | undefined;
}

const optionShape = {
  destination: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'must be the name of a destination, such as "braze"'),
  action: z.string().min(1),
  settings: z.record(z.string(), z.unknown()).optional(),
  mapping: z.record(z.string(), z.unknown()).optional(),
  auth: z
    .strictObject({
      accessToken: z.string().min(1),
      refreshToken: z.string().min(1).optional(),
      refreshTokenUrl: sinkOption.url.optional(),
      clientId: z.string().optional(),
      clientSecret: z.string().optional(),
      onRefresh: sinkOption.function.optional(),
    })
    .optional(),
  syncMode: z.enum(['add', 'update', 'upsert', 'delete', 'mirror']).optional(),
  batch: z.boolean().optional(),
  maxMessages: sinkOption.count.optional(),
  endpoint: sinkOption.url.optional(),
  insecureHttp: z.boolean().optional(),
  headers: sinkOption.headers.optional(),
  timeoutMs: sinkOption.milliseconds.optional(),
  name: sinkOption.name.optional(),
  load: sinkOption.function.optional(),
};

/** @throws ConfigError `CONFIG_INVALID`, `CONFIG_INSECURE_HTTP` */
export function checkActionOptions(options: ActionDestinationSinkOptions): void {
  checkOptions('ActionDestinationSink', optionShape, options);
  const { endpoint, insecureHttp } = options;
  if (endpoint !== undefined) endpointUrl('ActionDestinationSink', endpoint, { insecureHttp });
}
