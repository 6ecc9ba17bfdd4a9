import { ConfigError } from '../../errors/errors.js';

const PART = /^[a-z0-9-]{1,200}$/;
/** Keys of S3, the shortest of the object stores', have 1024 bytes at most. */
const LONGEST = 900;

/**
 * Checks the name of an object before it becomes a path or a key: a name out of a damaged manifest must not lead
 * anywhere else.
 *
 * @throws ConfigError `CONFIG_INVALID`
 */
export function checkSnapshotName(store: string, name: string): void {
  if (typeof name === 'string' && name.length <= LONGEST && name.split('/').every((part) => PART.test(part))) return;
  throw new ConfigError('CONFIG_INVALID', `${store}: the name of an object is not allowed.`, {
    hint: 'A name is parts of a-z, 0-9 and -, joined by /, such as 1f00/7-a3.',
  });
}

/** Checks what the names of a list begin with. @throws ConfigError `CONFIG_INVALID` */
export function checkSnapshotPrefix(store: string, prefix: string): void {
  if (prefix !== '') checkSnapshotName(store, prefix.replace(/\/$/, ''));
}
