import { AsyncLocalStorage } from 'node:async_hooks';
import type { ActionDefinition, ActionRequest, DestinationDefinition } from './action-packages.js';

/** What to change about a destination's requests. */
export interface RequestChanges {
  readonly endpoint?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly timeoutMs?: number | undefined;
}

/** The fence of the write that a request belongs to: a destination is defined once and run for many writes. */
export const requestFence = new AsyncLocalStorage<() => Promise<void>>();

const DEFAULT_TIMEOUT_MS = 30_000;

/**
 * The destination with one action only, and with its requests changed. Name and title become plain: the package uses
 * both as the URI of a schema, and fast-uri 3.1.9 refuses a scheme with spaces.
 */
export function withRequests(
  definition: DestinationDefinition,
  { destination, action, ...changes }: RequestChanges & { readonly destination: string; readonly action: string },
  performed: ActionDefinition,
): DestinationDefinition {
  const { extendRequest, authentication } = definition;
  const refresh = authentication?.refreshAccessToken;
  const rerouted = (request: ActionRequest): ActionRequest => reroute(request, changes.endpoint);
  return {
    ...definition,
    name: `actions.${destination}`,
    extendRequest: (data) => {
      const extended = extendRequest?.(data) ?? {};
      return {
        ...extended,
        headers: { ...extended.headers, ...changes.headers },
        // The key would go along.
        redirect: 'manual',
        // With a signal the client has no time limit of its own.
        timeout: changes.timeoutMs ?? (extended.timeout || DEFAULT_TIMEOUT_MS),
      };
    },
    ...(authentication && {
      authentication: {
        ...authentication,
        ...(refresh && { refreshAccessToken: (request, data) => refresh(rerouted(request), data) }),
      },
    }),
    actions: { [action]: { ...rerouteAction(performed, rerouted), title: encodeURIComponent(action) } },
  };
}

function rerouteAction(
  action: ActionDefinition,
  rerouted: (request: ActionRequest) => ActionRequest,
): ActionDefinition {
  const { perform, performBatch } = action;
  return {
    ...action,
    perform: (request, data) => perform(rerouted(request), data),
    ...(performBatch && { performBatch: (request, data) => performBatch(rerouted(request), data) }),
  };
}

function reroute(request: ActionRequest, endpoint: string | undefined): ActionRequest {
  const base = endpoint?.replace(/\/+$/, '');
  return async (url, options) => {
    await requestFence.getStore()?.();
    if (base === undefined) return request(url, options);
    const { pathname, search } = new URL(url);
    return request(`${base}${pathname}${search}`, options);
  };
}
