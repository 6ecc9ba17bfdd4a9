/** What a system's error code about a path means for whoever writes there. */
export interface DiskFault {
  /** What to do about it, with the command to type. */
  readonly hint: string;
  /** Whether the same try meets it again, until somebody does something about it. */
  readonly isFinal: boolean;
}

const LACKS = (path: string): string =>
  `The file system cannot do what is asked of it: choose a path on a local disk. What it is: df -T ${path}`;

/** The codes of open(2), write(2), fsync(2) and mkdir(2) that stay until somebody acts. */
const FINAL: Readonly<Record<string, (path: string) => string>> = {
  EACCES: (path) => `This user may not write there: ls -ld ${path}, then chmod u+rwx ${path}, or choose another path.`,
  EPERM: (path) => `The system forbids it to this user: ls -ld ${path}; lsattr -d ${path} tells of a protected file.`,
  EROFS: (path) => `The file system is read-only: findmnt -T ${path}. Choose a path on a volume that can be written.`,
  ENOSPC: (path) => `The disk is full, or has no room for another file: df -h ${path}; df -i ${path}. Make room.`,
  EDQUOT: (path) => `The quota of this user is used up: quota -s; df -h ${path}. Make room, or raise the quota.`,
  EFBIG: () => 'The file would be larger than is allowed: ulimit -f. Raise the limit, or set a smaller maxFileBytes.',
  ENOTDIR: (path) => `A part of the path is a file, not a folder: remove it, or choose another path: mkdir -p ${path}`,
  EISDIR: (path) => `There is a folder of that name: ls -ld ${path}. Choose another path.`,
  EEXIST: (path) => `Something else has that name: ls -ld ${path}. Choose another path.`,
  ENAMETOOLONG: () => 'The path is too long for the file system: choose a shorter one.',
  ELOOP: (path) => `No symbolic link is followed: pass the path that it names: readlink -f ${path}`,
  ENOTSUP: LACKS,
  EOPNOTSUPP: LACKS,
  ENOSYS: LACKS,
  EINVAL: LACKS,
};

/** Codes that pass. */
const PASSING: Readonly<Record<string, (path: string) => string>> = {
  EMFILE: () => 'Too many files are open: ulimit -n. Raise the limit, or close what is left open.',
  ENFILE: () => 'Too many files are open on this machine: sysctl fs.file-max.',
  EIO: (path) => `The disk failed: look at dmesg and at the volume of ${path}.`,
  ESTALE: (path) => `The network file system lost the file: mount the volume of ${path} anew.`,
  ENOENT: (path) => `Something removes what is written there: ls -ld ${path}. Let only this program use the folder.`,
};

/** On Windows another program may hold a file for a moment, which is told in the same way as a missing right. */
const HELD_ON_WINDOWS: ReadonlySet<string> = new Set(['EACCES', 'EPERM']);

/**
 * What to do about a failure of the file system.
 *
 * @param code - the system's, such as ENOSPC; of one that is not known here no cause is told
 */
export function diskFault(code: string | undefined, path: string): DiskFault {
  const word = asWord(path);
  const final = code === undefined || !Object.hasOwn(FINAL, code) ? undefined : FINAL[code];
  if (final !== undefined && code !== undefined) {
    return { hint: final(word), isFinal: process.platform !== 'win32' || !HELD_ON_WINDOWS.has(code) };
  }
  const passing = code === undefined || !Object.hasOwn(PASSING, code) ? undefined : PASSING[code];
  const hint = passing?.(word) ?? `Look up the code of the system (errno(3)), and at the path: ls -ld ${word}`;
  return { hint, isFinal: false };
}

/** A path as it can be pasted into a shell. */
function asWord(path: string): string {
  return /^[\w./\\:~-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
}
