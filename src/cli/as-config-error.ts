import { basename } from 'node:path';
import { codeOf } from '../errors/code-of.js';
import { ConfigError, isSnowmeltError, type SnowmeltError } from '../errors/errors.js';
import { looksSecret, shownPath } from '../options/shown-name.js';

/** What a configuration file throws while it loads. Only facts of an error that is not ours: its text may hold secrets. */
export function asConfigError(path: string, thrown: unknown): SnowmeltError {
  if (isSnowmeltError(thrown)) return thrown;
  const missing = missingModule(thrown);
  if (missing !== undefined) {
    return new ConfigError('CONFIG_INVALID', `${path} imports ${shownPath(missing)}, which is not there.`, {
      hint:
        missing.startsWith('.') || missing.startsWith('/') || looksSecret(missing)
          ? 'Check the path.'
          : `npm install ${missing}`,
    });
  }
  const file = unreadFile(thrown);
  if (file === undefined) {
    const name = thrown instanceof Error ? thrown.name : typeof thrown;
    const code = codeOf(thrown);
    return new ConfigError(
      'CONFIG_INVALID',
      `${path} failed with ${name}${code === undefined ? '' : ` (${code})`}${lineOf(path, thrown)}.`,
      { hint: `To see the whole error: node ${path}` },
    );
  }
  if (looksSecret(file.path)) {
    return new ConfigError('KEY_FORMAT', `${path} reads a file by the text of a key instead of its path.`, {
      hint: 'Pass the text as privateKey.',
    });
  }
  const hint = `Check the path and the permissions: ls -l ${file.path}`;
  const reason = `cannot be read (${file.code}).`;
  return /\.(p8|pem|key)$/.test(file.path)
    ? new ConfigError('KEY_UNREADABLE', `The private key file ${file.path} ${reason}`, { hint })
    : new ConfigError('CONFIG_INVALID', `${path} needs ${file.path}, which ${reason}`, { hint });
}

/** What Node does not find, by its own words: `Cannot find package 'x' imported from …`. */
function missingModule(thrown: unknown): string | undefined {
  if (codeOf(thrown) !== 'ERR_MODULE_NOT_FOUND' || !(thrown instanceof Error)) return undefined;
  return /^Cannot find (?:package|module) '([^']+)'/.exec(thrown.message)?.[1];
}

/** The file that an error of the file system is about; programs that are started have a path too. */
function unreadFile(thrown: unknown): { readonly path: string; readonly code: string } | undefined {
  if (!(thrown instanceof Error) || !('path' in thrown) || !('syscall' in thrown)) return undefined;
  const { path, syscall } = thrown;
  const code = codeOf(thrown);
  const isFile = typeof syscall === 'string' && /^(?:open|l?stat|read|scandir|access)$/.test(syscall);
  return isFile && typeof path === 'string' && code !== undefined ? { path, code } : undefined;
}

function lineOf(path: string, thrown: unknown): string {
  // A host may have made anything of the stack, with Error.prepareStackTrace.
  const stack = thrown instanceof Error ? String(thrown.stack) : '';
  const place = stack.split(`/${basename(path)}:`)[1];
  const line = place === undefined ? undefined : /^\d+/.exec(place)?.[0];
  return line === undefined ? '' : ` at line ${line}`;
}
