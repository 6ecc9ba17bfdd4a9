import { codeOf } from '../errors/code-of.js';
import { ConfigError } from '../errors/errors.js';

/**
 * What is thrown when an optional peer package can't be loaded. The `import()` has to stand right in the `try` that this
 * is the `catch` of: only then a bundler that does not find the package leaves the import as it is (esbuild documents it
 * as "Bundling with try/catch", webpack and Turbopack do alike); otherwise its build would fail.
 *
 * @returns `PEER_MISSING` with the install command
 */
export function peerFault(owner: string, packageName: string, error: unknown): ConfigError {
  const code = codeOf(error);
  const missing = code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
  return new ConfigError(
    'PEER_MISSING',
    `${owner} needs the package ${packageName}, which ${missing ? 'is not installed' : 'failed to load'}.`,
    { hint: `npm install ${packageName}`, ...(missing ? {} : { cause: error }) },
  );
}
