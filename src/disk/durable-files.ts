import { open, stat, unlink } from 'node:fs/promises';
import { codeOf } from '../errors/code-of.js';

/** Makes the names in a folder outlast a crash of the machine, as `fsync` does for the bytes of a file. */
export async function syncFolder(path: string): Promise<void> {
  // Windows cannot open a folder for syncing; there the entry is durable with the file system's own journal.
  if (process.platform === 'win32') return;
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Removes a file; one that is not there is fine. */
export async function unlinkIfThere(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

/** Whether a file was last written more than so many milliseconds ago, or is gone. */
export async function isOlderThan(path: string, ms: number): Promise<boolean> {
  try {
    return Date.now() - (await stat(path)).mtimeMs > ms;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return true;
    throw error;
  }
}
