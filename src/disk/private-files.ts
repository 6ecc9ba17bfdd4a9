import { constants, lstat, mkdir, open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf } from '../errors/code-of.js';

/** What only its owner may read: rows, dead letters and state are other people's data. */
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;
/** Windows has no such flag. */
const NO_FOLLOW = (constants as Partial<typeof constants>).O_NOFOLLOW ?? 0;
/** A file system without modes, or a file of another user who lets this one write. */
const CANNOT_CHANGE: ReadonlySet<unknown> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);

/**
 * Makes a folder, and those above it that are missing, for this user alone. One that exists stays as it is.
 *
 * @returns the path of the first one that was made
 */
export async function makeFolder(path: string): Promise<string | undefined> {
  try {
    return await mkdir(path, { recursive: true, mode: FOLDER_MODE });
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' || dirname(path) === path) throw error;
    // With `recursive` Node tells of a read-only or full disk as of a missing folder: one at a time, it says which.
    const above = await makeFolder(dirname(path));
    await mkdir(path, { mode: FOLDER_MODE }).catch((reason: unknown) => {
      if (codeOf(reason) !== 'EEXIST') throw reason;
    });
    return above ?? path;
  }
}

/**
 * Opens a file for this user alone, whatever the umask; one that others may read is closed to them.
 *
 * @param flags of `open(2)`, such as `O_RDWR | O_CREAT`
 * @throws an error with the code `ELOOP` when it is a symbolic link
 */
export async function openPrivate(path: string, flags: number): Promise<FileHandle> {
  const handle = await open(path, flags | NO_FOLLOW, FILE_MODE);
  try {
    const { mode } = await handle.stat();
    if ((mode & 0o077) !== 0) await handle.chmod(FILE_MODE);
  } catch (error) {
    if (!CANNOT_CHANGE.has(codeOf(error))) {
      await handle.close();
      throw error;
    }
  }
  return handle;
}

/**
 * Refuses a symbolic link: whoever made it says where this process writes.
 *
 * @throws an error with the code `ELOOP`
 */
export async function refuseLink(path: string): Promise<void> {
  const found = await lstat(path).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (found?.isSymbolicLink() !== true) return;
  throw Object.assign(new Error(`${path} is a symbolic link`), { code: 'ELOOP' });
}

/** The flags to read a file with, unless it is a symbolic link. */
export const READ_NO_LINK = constants.O_RDONLY | NO_FOLLOW;
/** The flags to append to a file, made when it is missing. */
export const APPEND = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT;
/** The flags to make a file that is not there. */
export const CREATE = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL;
