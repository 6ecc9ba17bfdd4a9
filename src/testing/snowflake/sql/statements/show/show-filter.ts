import { unsupported } from '../../types/sql-errors.js';
import { finish } from '../runner/finish.js';
import type { Runner } from '../runner/statement-runner.js';

/** What follows SHOW <things>: a pattern, a place, a limit. */
export interface ShowFilter {
  readonly like: RegExp | undefined;
  readonly kind: string | undefined;
  readonly place: readonly string[];
}

/** Reads it, up to the statement's end. */
export function parseFilter({ cursor }: Runner): ShowFilter {
  let like: RegExp | undefined;
  let kind: string | undefined;
  let place: string[] = [];
  for (;;) {
    if (cursor.takeWords('HISTORY')) continue;
    if (cursor.takeWords('LIKE')) {
      const pattern = cursor.next().value.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
      like = new RegExp(`^${pattern.replaceAll('%', '.*').replaceAll('_', '.')}$`, 'i');
    } else if (cursor.takeWords('IN') || cursor.takeWords('FOR')) {
      kind = ['ACCOUNT', 'DATABASE', 'SCHEMA', 'TABLE', 'VIEW', 'SESSION', 'USER', 'WAREHOUSE'].find((word) =>
        cursor.takeWords(word),
      );
      if (!cursor.atEnd() && !cursor.isOp(';') && !cursor.isWord('LIKE'))
        place = cursor.qualifiedName().map((part) => part.name);
    } else if (cursor.takeWords('LIMIT')) throw unsupported('SHOW … LIMIT');
    else if (cursor.takeWords('STARTS', 'WITH')) like = new RegExp(`^${cursor.next().value}`);
    else break;
  }
  finish(cursor);
  return { like, kind, place };
}
