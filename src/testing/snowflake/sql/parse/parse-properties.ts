import type { TokenCursor } from './token-cursor.js';

/** `KEY = value` pairs (values: words, literals, lists in brackets) up to one of the words or the statement's end. */
export function parseProperties(cursor: TokenCursor, until: readonly string[] = []): Map<string, string> {
  const properties = new Map<string, string>();
  while (!cursor.atEnd() && !cursor.isOp(';') && !until.some((word) => cursor.isWord(word))) {
    if (cursor.takeOp(',')) continue;
    let key = cursor.name().name;
    // `NETWORK POLICY = x` style two-word keys don't exist with `=`; `WITH TAG` does.
    while (!cursor.isOp('=') && cursor.peek().kind === 'word' && !cursor.atEnd()) key = cursor.name().name;
    if (!cursor.takeOp('=')) {
      properties.set(key, '');
      continue;
    }
    if (cursor.isOp('(')) {
      const { start } = cursor.peek();
      let depth = 0;
      do {
        if (cursor.isOp('(')) depth += 1;
        if (cursor.isOp(')')) depth -= 1;
        if (cursor.atEnd()) throw cursor.unexpected();
        cursor.next();
      } while (depth > 0);
      properties.set(key, cursor.sql.slice(start + 1, cursor.lastEnd - 1));
    } else {
      let value = cursor.next().value;
      while (cursor.takeOp('.')) value = `${value}.${cursor.name().name}`;
      properties.set(key, value);
    }
  }
  return properties;
}

/** Properties without effect on queries: clustering, retention, comments. */
export function skipProperties(cursor: TokenCursor, until: readonly string[]): void {
  if (cursor.takeWords('CLUSTER', 'BY')) {
    let depth = 0;
    do {
      if (cursor.isOp('(')) depth += 1;
      if (cursor.isOp(')')) depth -= 1;
      cursor.next();
    } while (depth > 0 && !cursor.atEnd());
  }
  cursor.takeWords('COPY', 'GRANTS');
  cursor.takeWords('SECURE');
  parseProperties(cursor, until);
}
