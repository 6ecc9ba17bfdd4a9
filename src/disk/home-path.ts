import { homedir } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from '../errors/errors.js';

/** What only a shell writes in another way: to the file system these are names like any other. */
const SHELL_HOME = /^(?:\$HOME|\$\{HOME\}|%USERPROFILE%|%HOMEPATH%|\$env:(?:USERPROFILE|HOME))(?=[\\/]|$)/i;

/**
 * A path with `~` at its beginning made the home of this user, which a shell would do, but not the file system: it makes
 * a folder named `~`. A folder of that name is written `./~`.
 *
 * @param what - names the option in errors
 * @throws ConfigError `CONFIG_INVALID` for the home of another user, a variable of a shell and a `file:` URL
 */
export function homePath(what: string, path: string): string {
  const user = /^~([^\\/]*)/.exec(path)?.[1];
  if (user === '') return join(homedir(), path.slice(1));
  if (user !== undefined) {
    throw notAPath(what, 'begins with ~ and a name', 'Write the whole path; a name that begins with ~ after ./');
  }
  if (SHELL_HOME.test(path)) {
    throw notAPath(
      what,
      'begins with a variable of a shell, which is not put in',
      'Write ~/ instead, or the whole path',
    );
  }
  if (/^file:/i.test(path)) {
    throw notAPath(what, 'is a file: URL', 'Pass fileURLToPath(url), from node:url');
  }
  return path;
}

function notAPath(what: string, problem: string, hint: string): ConfigError {
  return new ConfigError('CONFIG_INVALID', `${what} ${problem}.`, { hint: `${hint}.` });
}
