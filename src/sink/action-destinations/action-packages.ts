import { createRequire } from 'node:module';
import { ConfigError } from '../../errors/errors.js';
import { peerFault } from '../../options/peer-fault.js';

/** A field of a destination's settings or of an action. */
export interface ActionField {
  readonly default?: unknown;
}

/** Sends one request: the client that an action is given. */
export type ActionRequest = (url: string, options?: object) => Promise<unknown>;

/** One action of a destination, as the package defines it. */
export interface ActionDefinition {
  readonly title: string;
  readonly fields: Readonly<Record<string, ActionField>>;
  readonly syncMode?: { readonly default?: string };
  readonly perform: (request: ActionRequest, data: unknown) => unknown;
  readonly performBatch?: (request: ActionRequest, data: unknown) => unknown;
}

/** A destination, as the package defines it. */
export interface DestinationDefinition {
  readonly name: string;
  readonly mode: string;
  readonly authentication?: {
    readonly scheme: string;
    readonly fields?: Readonly<Record<string, ActionField>>;
    readonly refreshAccessToken?: (request: ActionRequest, data: unknown) => unknown;
  };
  readonly extendRequest?: (data: unknown) => { readonly headers?: object; readonly timeout?: number | false };
  readonly actions: Readonly<Record<string, ActionDefinition>>;
  readonly presets?: readonly {
    readonly partnerAction: string;
    readonly mapping?: Readonly<Record<string, unknown>>;
  }[];
}

/** What became of one event of a batch. */
export interface ActionRowResult {
  readonly status?: unknown;
  readonly errortype?: unknown;
  readonly errormessage?: unknown;
}

/** An action, ready to run. */
export interface RunnableAction {
  readonly hasBatchSupport: boolean;
  execute(bundle: object): Promise<unknown>;
  executeBatch(bundle: object): Promise<readonly (ActionRowResult | undefined)[]>;
  removeAllListeners(event: string): unknown;
}

/** A destination, ready to run. */
export interface RunnableDestination {
  readonly actions: Readonly<Record<string, RunnableAction>>;
  validateSettings(settings: object): void;
  refreshAccessToken(
    settings: object,
    oauth: object,
  ): Promise<{ accessToken?: string; refreshToken?: string } | undefined>;
}

/** What is used of `@segment/actions-core`. */
export interface ActionsCore {
  readonly Destination: new (definition: DestinationDefinition) => RunnableDestination;
  readonly transform: (mapping: object, event: object) => Record<string, unknown>;
}

/** Loads a package by its name and path. */
export type LoadPackage = (specifier: string) => unknown;

const CORE = '@segment/actions-core';
const DESTINATIONS = '@segment/action-destinations';

// Destinations `require` the core and compare classes by `instanceof`, so it has to be the same CommonJS copy: an
// `import` would give the package's other build.
const loadInstalled: LoadPackage = (specifier) => createRequire(import.meta.url)(specifier) as unknown;

/**
 * Loads the core and one destination. The root of `@segment/action-destinations` is left alone: it loads all of them,
 * takes seconds, and fails when one fails.
 *
 * @throws ConfigError `PEER_MISSING`, or `CONFIG_INVALID` for a destination that the package does not have
 */
export async function loadPackages(
  owner: string,
  name: string,
  load: LoadPackage = loadInstalled,
): Promise<{ readonly core: ActionsCore; readonly definition: DestinationDefinition }> {
  const core = unwrap(await loadPeer(owner, CORE, load, CORE)) as ActionsCore;
  const path = (folder: string): string => `${DESTINATIONS}/dist/destinations/${folder}/index.js`;
  try {
    return { core, definition: unwrap(await load(path(name))) as DestinationDefinition };
  } catch (error) {
    const [text = ''] = error instanceof Error ? error.message.split('\n') : [];
    if (!text.includes(DESTINATIONS)) throw failedToLoad(owner, name, text, error);
    // Either the package is missing, or only this destination.
    await loadPeer(owner, DESTINATIONS, load, path('webhook'));
    throw new ConfigError('CONFIG_INVALID', `${owner}: ${DESTINATIONS} has no destination "${name}".`, {
      hint: 'Use the name of a folder below src/destinations of the repository segmentio/action-destinations, such as "braze".',
    });
  }
}

async function loadPeer(owner: string, name: string, load: LoadPackage, specifier: string): Promise<unknown> {
  try {
    return await load(specifier);
  } catch (error) {
    throw peerFault(owner, name, error);
  }
}

function failedToLoad(owner: string, name: string, text: string, cause: unknown): ConfigError {
  // Some destinations use packages that are not among the dependencies.
  const missing = /^Cannot find (?:module|package) '([^'./][^']*)'/.exec(text)?.[1];
  return new ConfigError('PEER_MISSING', `${owner}: the destination "${name}" of ${DESTINATIONS} failed to load.`, {
    cause,
    hint: `npm install ${missing ?? `${DESTINATIONS} ${CORE}`}`,
  });
}

/** The exports, however the module was loaded: `import()` wraps CommonJS once, its own `default` is below that. */
function unwrap(module: unknown): unknown {
  let value = module;
  while (typeof value === 'object' && value !== null && 'default' in value && value.default) value = value.default;
  return value;
}
