import { ConfigError, type SnowmeltError } from '../../errors/errors.js';
import type { SyncState } from '../../state/sync-state.js';

/**
 * A result that is not in the order of its keys is given up: the next query may be. Twice in a row it is no accident,
 * and sorting again would only cost.
 */
export function unsortedAgain(error: SnowmeltError, { history }: SyncState, sync: string): SnowmeltError {
  if (error.code !== 'RESULT_UNSORTED') return error;
  // Once told, it is told until a run ends in another way.
  const before = history.findLast(({ reason }) => reason !== 'CONFIG_INVALID');
  if (before?.reason !== 'RESULT_UNSORTED') return error;
  return new ConfigError(
    'CONFIG_INVALID',
    `Sync "${sync}": two results in a row were not in the order of their keys.`,
    {
      hint: 'The source has to run the ORDER BY of its statement and to give rows in that order: see what stands between it and Snowflake, such as a source of your own or a proxy.',
      cause: error,
    },
  );
}
