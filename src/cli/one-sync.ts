import { ConfigError } from '../errors.js';
import type { Sync } from '../sync/sync.js';
import type { CliArguments } from './arguments.js';
import { pickSyncs, type LoadedConfig } from './load-config.js';

/**
 * The one sync that a command is about: what cannot be taken back is asked for by name.
 *
 * @throws ConfigError `CONFIG_INVALID` when none or several are named
 */
export function oneSync(config: LoadedConfig, { command, names }: CliArguments): Sync<unknown> {
  const [sync] = pickSyncs(config, names);
  if (sync !== undefined && names.length === 1) return sync;
  throw new ConfigError('CONFIG_INVALID', `snowmelt ${command} takes the name of one sync.`, {
    hint: `Known syncs: ${config.syncs.map(({ name }) => name).join(', ')}.`,
  });
}
