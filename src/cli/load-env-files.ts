import { codeOf } from '../errors/code-of.js';
import { ConfigError } from '../errors/errors.js';
import { looksSecret, shownPath } from '../options/shown-name.js';

/**
 * Sets environment variables from files, as `node --env-file` does; those that are set stay. The option has another name:
 * Node takes an `--env-file` behind the script for its own (Node.js issue 54232).
 *
 * @throws ConfigError `CONFIG_INVALID` when one cannot be read
 */
export function loadEnvFiles(paths: readonly string[]): void {
  // Of two files the last wins, as with Node.
  for (const path of [...paths].reverse()) {
    try {
      process.loadEnvFile(path);
    } catch (error) {
      throw new ConfigError(
        'CONFIG_INVALID',
        `--env ${shownPath(path)} cannot be read (${codeOf(error) ?? 'no code'}).`,
        {
          hint: looksSecret(path) ? 'Pass the path of a file.' : `Check the path and the permissions: ls -l ${path}`,
        },
      );
    }
  }
}
