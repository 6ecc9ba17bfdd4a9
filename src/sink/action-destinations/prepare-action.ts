import { ConfigError } from '../../errors/errors.js';
import type { ActionDestinationSinkOptions } from './action-options.js';
import {
  loadPackages,
  type ActionField,
  type ActionsCore,
  type DestinationDefinition,
  type RunnableAction,
  type RunnableDestination,
} from './action-packages.js';
import { withRequests } from './with-requests.js';

/** An action with everything that a run of it needs. */
export interface PreparedAction {
  readonly destination: RunnableDestination;
  readonly action: RunnableAction;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly mapping: Readonly<Record<string, unknown>>;
  readonly batch: boolean;
  /** Messages per request. */
  readonly size: number;
  /** Messages of one request have the same key. */
  readonly batchKey: (event: object) => string;
  readonly oauth: boolean;
}

/** Messages per request where neither the caller nor the action says. */
export const USUAL_SIZE = 100;

/**
 * Loads a destination and resolves settings and mapping.
 *
 * @throws ConfigError `PEER_MISSING`, or `CONFIG_INVALID` for an unknown destination or action, or unfit settings
 */
export async function prepareAction(owner: string, options: ActionDestinationSinkOptions): Promise<PreparedAction> {
  const { core, definition } = await loadPackages(owner, options.destination, options.load);
  const found = Object.hasOwn(definition.actions, options.action) ? definition.actions[options.action] : undefined;
  if (found === undefined) {
    throw new ConfigError('CONFIG_INVALID', `${owner}: ${options.destination} has no action "${options.action}".`, {
      hint: `Its actions: ${Object.keys(definition.actions).join(', ')}.`,
    });
  }
  const batch = options.batch ?? found.performBatch !== undefined;
  if (batch && found.performBatch === undefined) {
    throw new ConfigError('CONFIG_INVALID', `${owner}: the action "${options.action}" takes no batches.`, {
      hint: 'Leave `batch` out.',
    });
  }
  const settings = resolveSettings(definition, options);
  const mapping = resolveMapping(definition, options, batch);
  const destination = new core.Destination(withRequests(definition, options, found));
  checkSettings(owner, destination, settings);
  const action = destination.actions[options.action] as RunnableAction;
  // It keeps every response in a list that grows for ever (`Destination.partnerAction`).
  action.removeAllListeners('response');
  const ownSize = Number(mapping['batch_size'] ?? 0);
  return {
    destination,
    action,
    settings,
    mapping,
    batch,
    size: options.maxMessages ?? (ownSize > 0 ? Math.min(ownSize, USUAL_SIZE) : USUAL_SIZE),
    batchKey: batch ? batchKeyOf(core, mapping) : () => '',
    oauth: definition.authentication?.scheme.startsWith('oauth') ?? false,
  };
}

function defaults(fields: Readonly<Record<string, ActionField>> = {}): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, field]) => (field.default === undefined ? [] : [[name, field.default]])),
  );
}

function resolveSettings(
  definition: DestinationDefinition,
  { settings }: ActionDestinationSinkOptions,
): Record<string, unknown> {
  return { ...defaults(definition.authentication?.fields), ...settings };
}

function resolveMapping(
  definition: DestinationDefinition,
  { action: name, mapping, syncMode }: ActionDestinationSinkOptions,
  batch: boolean,
): Record<string, unknown> {
  const action = definition.actions[name];
  const preset = definition.presets?.find(({ partnerAction }) => partnerAction === name)?.mapping;
  const mode = syncMode ?? action?.syncMode?.default;
  const merged: Record<string, unknown> = {
    ...(preset ?? defaults(action?.fields)),
    // Some actions act differently by this field, so it has to tell the truth.
    ...(action?.fields['enable_batching'] === undefined ? {} : { enable_batching: batch }),
    ...mapping,
    ...(mode === undefined ? {} : { __segment_internal_sync_mode: mode }),
  };
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null && value !== undefined));
}

function checkSettings(owner: string, destination: RunnableDestination, settings: object): void {
  try {
    destination.validateSettings(settings);
  } catch (error) {
    // The validator's texts name fields and what they have to be; they do not repeat values.
    const faults = (Array.isArray(error) ? error : [...asIterable(error)]).map((fault: unknown) =>
      fault instanceof Error ? fault.message : String(fault),
    );
    throw new ConfigError('CONFIG_INVALID', `${owner}: \`settings\` do not fit: ${faults.join('; ')}`, {
      hint: "See the settings in the destination's folder of the repository segmentio/action-destinations.",
    });
  }
}

function asIterable(error: unknown): Iterable<unknown> {
  if (typeof error === 'object' && error !== null && Symbol.iterator in error) return error as Iterable<unknown>;
  return [error];
}

/** Actions that read some fields from the first message of a batch name them in `batch_keys`. */
function batchKeyOf(core: ActionsCore, mapping: Readonly<Record<string, unknown>>): (event: object) => string {
  const names = mapping['batch_keys'];
  if (!Array.isArray(names)) return () => '';
  const part = Object.fromEntries(Object.entries(mapping).filter(([name]) => names.includes(name)));
  if (!JSON.stringify(part).includes('"@')) return () => '';
  return (event) => JSON.stringify(core.transform(part, event));
}
