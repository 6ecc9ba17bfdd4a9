import type { LambdaNode } from './ast.js';
import { parseExpression } from './parse-expression.js';
import { parseType } from './parse-type.js';
import type { TokenCursor } from './token-cursor.js';

/** `x -> …`, `x INT -> …`, `(x, y) -> …`; undefined, with nothing taken, where no lambda comes next. */
export function parseLambda(cursor: TokenCursor): LambdaNode | undefined {
  const { start } = cursor.peek();
  if (!startsLambda(cursor)) return undefined;
  const parameters: LambdaNode['parameters'][number][] = [];
  const parameter = (): void => {
    const { name } = cursor.name();
    const typed = !cursor.isOp('->') && !cursor.isOp(',') && !cursor.isOp(')');
    parameters.push({ name, type: typed ? parseType(cursor) : undefined });
  };
  if (cursor.takeOp('(')) {
    do parameter();
    while (cursor.takeOp(','));
    cursor.expectOp(')');
  } else parameter();
  cursor.expectOp('->');
  const body = parseExpression(cursor);
  return { kind: 'lambda', parameters, body, start, end: cursor.lastEnd };
}

/** The arrow stands behind the parameters, and nowhere else in SQL. */
function startsLambda(cursor: TokenCursor): boolean {
  let depth = 0;
  for (let ahead = 0; ; ahead += 1) {
    const token = cursor.peek(ahead);
    if (cursor.isOp('->', ahead)) return depth === 0;
    if (cursor.isOp('(', ahead)) depth += 1;
    else if (cursor.isOp(')', ahead)) depth -= 1;
    else if (cursor.isOp(',', ahead) ? depth === 0 : !['word', 'quoted', 'number'].includes(token.kind)) return false;
    if (depth < 0) return false;
  }
}
