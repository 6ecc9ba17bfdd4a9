import type { TokenCursor } from '../../parse/token-cursor.js';

/** Rejects what stands behind a complete statement. */
export function finish(cursor: TokenCursor): void {
  cursor.takeOp(';');
  if (!cursor.atEnd()) throw cursor.unexpected();
}

/** IF NOT EXISTS, if it is there. */
export const ifNotExists = (cursor: TokenCursor): boolean => cursor.takeWords('IF', 'NOT', 'EXISTS');
export const ifExists = (cursor: TokenCursor): boolean => cursor.takeWords('IF', 'EXISTS');
