/** What the same try meets again. */
const FINAL = new Set([
  'EACCES',
  'EPERM',
  'EROFS',
  'ENOTDIR',
  'EISDIR',
  'ENAMETOOLONG',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ELOOP',
]);

/** Whether trying again can help after a fault in a folder. */
export function isPassing(reason: string): boolean {
  // On Windows another program may hold a file for a moment.
  return process.platform === 'win32' || !FINAL.has(reason);
}

/** What to type after a fault in a folder. */
export function folderHint(reason: string, folder: string): string {
  if (reason === 'ELOOP')
    return `No symbolic link is followed: pass the folder that it names. Find it: find ${folder} -type l`;
  return `Make ${folder} a folder that this process may read and write: mkdir -p ${folder} && chmod u+rwx ${folder}`;
}
