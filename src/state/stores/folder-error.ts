import { diskFault } from '../../disk/disk-fault.js';
import { codeOf } from '../../errors/code-of.js';
import { StateError } from '../../errors/errors.js';

/** What went wrong with the files of a state folder. */
export function folderError(verb: 'read' | 'write', folder: string, error: unknown): StateError {
  const code = codeOf(error);
  const reason = code ?? 'unknown error';
  const { hint, isFinal } = diskFault(code, folder);
  return new StateError('STATE_UNAVAILABLE', `Cannot ${verb} the state folder ${folder} (${reason}).`, {
    hint,
    retryable: !isFinal,
    cause: error,
    details: { reason },
  });
}

/** What link(2) says of the disk, the rights or the moment; anything else, it says of links. */
const NOT_OF_LINKS: ReadonlySet<unknown> = new Set([
  'EACCES',
  'EBUSY',
  'EDQUOT',
  'EINTR',
  'EIO',
  'ENOMEM',
  'ENOSPC',
  'EROFS',
  'ESTALE',
  'ETIMEDOUT',
]);

/**
 * What a refused link means, right after a file was written in the same folder: file systems without hard links say so
 * with whatever code they like (EPERM, ENOTSUP, EINVAL, ENOSYS, EMLINK, EXDEV …).
 *
 * @returns `undefined` when it was refused for another reason
 */
export function linkError(folder: string, error: unknown): StateError | undefined {
  const reason = codeOf(error) ?? 'unknown error';
  // On Windows another program may hold a file for a moment, which is told as a missing right.
  if (NOT_OF_LINKS.has(reason) || (process.platform === 'win32' && reason === 'EPERM')) return undefined;
  return new StateError(
    'STATE_UNAVAILABLE',
    `The file system of the state folder ${folder} makes no hard links (${reason}).`,
    {
      hint: 'Choose a folder on a local disk, all on one volume; of a network or object storage use another store, such as PostgresStateStore.',
      retryable: false,
      cause: error,
      details: { reason },
    },
  );
}
