import { codeOf } from '../errors/code-of.js';
import { ConfigError } from '../errors/errors.js';

/**
 * Loads an optional peer package when it is first needed.
 *
 * @throws ConfigError `PEER_MISSING` with the install command when it is not installed or fails to load
 */
export async function loadPeer<T>(owner: string, packageName: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const code = codeOf(error);
    const missing = code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
    throw new ConfigError(
      'PEER_MISSING',
      `${owner} needs the package ${packageName}, which ${missing ? 'is not installed' : 'failed to load'}.`,
      { hint: `npm install ${packageName}`, ...(missing ? {} : { cause: error }) },
    );
  }
}
