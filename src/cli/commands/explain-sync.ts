import { ConfigError } from '../../errors/errors.js';
import type { Sync } from '../../sync/sync.js';
import type { Output } from '../output.js';

/** The names of columns and their values: `userId=42`. */
export type KeyArguments = Readonly<Record<string, string>>;

/** @throws ConfigError `CONFIG_INVALID` for what is no `column=value` */
export function keyArguments(texts: readonly string[]): KeyArguments {
  const key = new Map<string, string>();
  for (const text of texts) {
    const at = text.indexOf('=');
    if (at < 1) {
      throw new ConfigError('CONFIG_INVALID', 'snowmelt explain: what follows the sync has to be column=value.', {
        hint: 'Write snowmelt explain people userId=42',
      });
    }
    key.set(text.slice(0, at), text.slice(at + 1));
  }
  if (key.size > 0) return Object.fromEntries(key);
  throw new ConfigError('CONFIG_INVALID', 'snowmelt explain: the key of a row is missing.', {
    hint: 'Name columns of the query: snowmelt explain people userId=42',
  });
}

/** `snowmelt explain`: why a row was sent, or was not. */
export async function explainSync(
  sync: Sync<unknown>,
  key: KeyArguments,
  signal: AbortSignal,
  output: Output,
): Promise<void> {
  const explanation = await sync.explain(key, { signal });
  output.result(explanation, explanation.toString());
}
