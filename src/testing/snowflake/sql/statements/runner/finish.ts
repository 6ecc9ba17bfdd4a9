import type { TokenCursor } from '../../parse/token-cursor.js';

/** Rejects what stands behind a complete statement. */
export function finish(cursor: TokenCursor): void {
  cursor.takeOp(';');
  if (!cursor.atEnd()) throw cursor.unexpected();
}
