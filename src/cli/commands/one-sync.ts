import { ConfigError } from '../../errors/errors.js';
import type { Sync } from '../../sync/sync.js';
import type { CliArguments } from '../arguments.js';
import { pickSyncs, type LoadedConfig } from '../load-config.js';

/**
 * The one sync that a command is about: what cannot be taken back is asked for by name.
 *
 * @throws ConfigError `CONFIG_INVALID` when none or several are named
 */
export function oneSync(config: LoadedConfig, { command, names }: CliArguments): Sync<unknown> {
  const [sync] = pickSyncs(config, names);
  const isMeant = names.length === 1 || (command === 'preview' && config.syncs.length === 1);
  if (sync !== undefined && isMeant) return sync;
  throw new ConfigError('CONFIG_INVALID', `snowmelt ${command} takes the name of one sync.`, {
    hint: `Known syncs: ${config.syncs.map(({ name }) => name).join(', ')}.`,
  });
}
