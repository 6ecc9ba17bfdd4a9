import { basename } from 'node:path';
import { ConfigError, isSnowmeltError, type SnowmeltError } from '../errors.js';

/** What a configuration file throws while it loads. Only facts of an error that is not ours: its text may hold secrets. */
export function asConfigError(path: string, thrown: unknown): SnowmeltError {
  if (isSnowmeltError(thrown)) return thrown;
  const file = unreadFile(thrown);
  if (file === undefined) {
    const name = thrown instanceof Error ? thrown.name : typeof thrown;
    return new ConfigError('CONFIG_INVALID', `${path} failed with ${name}${lineOf(path, thrown)}.`, {
      hint: `To see the whole error: node ${path}`,
    });
  }
  const hint = `Check the path and the permissions: ls -l ${file.path}`;
  const reason = `cannot be read (${file.code}).`;
  return /\.(p8|pem|key)$/.test(file.path)
    ? new ConfigError('KEY_UNREADABLE', `The private key file ${file.path} ${reason}`, { hint })
    : new ConfigError('CONFIG_INVALID', `${path} needs ${file.path}, which ${reason}`, { hint });
}

/** The file that an error of the system is about. */
function unreadFile(thrown: unknown): { readonly path: string; readonly code: string } | undefined {
  if (!(thrown instanceof Error) || !('path' in thrown) || !('code' in thrown)) return undefined;
  const { path, code } = thrown;
  return typeof path === 'string' && typeof code === 'string' ? { path, code } : undefined;
}

function lineOf(path: string, thrown: unknown): string {
  const stack = thrown instanceof Error ? (thrown.stack ?? '') : '';
  const name = basename(path);
  const place = stack.split(`/${name}:`)[1];
  const line = place === undefined ? undefined : /^\d+/.exec(place)?.[0];
  return line === undefined ? '' : ` at line ${line}`;
}
