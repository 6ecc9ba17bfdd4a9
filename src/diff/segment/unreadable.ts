import { SnowmeltError } from '../../errors/errors.js';

const FORGET =
  'Or forget the snapshot: `reset()` sends everything again, `seed()` takes the present result as sent. It was left as it is.';

/** What is wrong with a part of a snapshot. Never an empty snapshot: everything would be sent again. */
export function unreadable(name: string, reason: string, cure = 'Restore the snapshot store.'): SnowmeltError {
  return new SnowmeltError('SNAPSHOT_UNREADABLE', `"${name}" of the snapshot cannot be read: ${reason}.`, {
    hint: `${cure} ${FORGET}`,
    details: { name },
  });
}
