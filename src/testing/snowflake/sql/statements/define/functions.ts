import { bindRoutine, bindTableRoutine } from '../../bind/bind-routine.js';
import { requirePrivilege } from '../../catalog/grants.js';
import { pathOf } from '../../catalog/objects.js';
import type { NamedType, SqlFunction } from '../../catalog/routines.js';
import { newScope } from '../../convert/scope.js';
import { emptyCall } from '../../parse/parse-call.js';
import { parseType } from '../../parse/parse-type.js';
import type { TokenCursor } from '../../parse/token-cursor.js';
import { objectExists, objectMissing, unsupported } from '../../types/sql-errors.js';
import { finish, ifExists, ifNotExists } from '../runner/finish.js';
import type { Outcome } from '../runner/outcome.js';
import { type Runner, status } from '../runner/statement-runner.js';
import { keyOf, placeOf } from './place.js';

/** CREATE FUNCTION in SQL, of a value or a table ("CREATE FUNCTION"). Other languages are refused. */
export async function createFunction(runner: Runner, replace: boolean): Promise<Outcome> {
  const { binder, cursor } = runner;
  const gentle = ifNotExists(cursor);
  const place = placeOf(runner, cursor.qualifiedName(), 'FUNCTION');
  if (binder.functions.all.has(place.name)) throw unsupported(`a function of the system's name ${place.name}`);
  const parameters = parseNamedTypes(cursor, true);
  cursor.expectWords('RETURNS');
  const returns = cursor.isWord('TABLE') && cursor.isOp('(', 1) ? parseTableShape(cursor) : parseType(cursor);
  const { body, comment } = parseRest(cursor);
  finish(cursor);
  const routine: SqlFunction = { ...place, parameters, returns, body, comment };
  const key = pathOf(place.database, place.schema, place.name, parameters.length);
  const existing = binder.objects.functions.get(key);
  if (existing !== undefined && !replace) {
    if (gentle) return status(`${place.name} already exists, statement succeeded.`);
    const types = (each: SqlFunction): string => each.parameters.map(({ type }) => type.kind).join();
    if (types(existing) !== types(routine))
      throw unsupported('functions that differ in the types of their arguments only');
    throw objectExists(place.name);
  }
  // A text that can't be compiled is refused now.
  const call = emptyCall(
    place.name,
    parameters.map(() => ({ kind: 'null', start: 0, end: 0 })),
  );
  if (Array.isArray(returns)) bindTableRoutine(binder, routine, call, newScope());
  else bindRoutine(binder, routine, call, newScope());
  binder.objects.functions.set(key, routine);
  await runner.persist();
  return status(`Function ${place.name} successfully created.`);
}

function parseTableShape(cursor: TokenCursor): NamedType[] {
  cursor.next();
  return parseNamedTypes(cursor, false);
}

function parseNamedTypes(cursor: TokenCursor, ofArguments: boolean): NamedType[] {
  const list: NamedType[] = [];
  cursor.expectOp('(');
  if (cursor.takeOp(')')) return list;
  do {
    const { name } = cursor.name();
    list.push({ name, type: parseType(cursor) });
    if (ofArguments && cursor.isWord('DEFAULT')) throw unsupported('CREATE FUNCTION with default arguments');
  } while (cursor.takeOp(','));
  cursor.expectOp(')');
  return list;
}

function parseRest(cursor: TokenCursor): { readonly body: string; readonly comment: string } {
  let comment = '';
  while (!cursor.takeWords('AS')) {
    if (cursor.takeWords('LANGUAGE')) {
      const { value } = cursor.next();
      if (value !== 'SQL') throw unsupported(`CREATE FUNCTION … LANGUAGE ${value}`);
    } else if (cursor.takeWords('COMMENT')) {
      cursor.expectOp('=');
      comment = cursor.next().value;
    } else if (['STRICT', 'RETURNS', 'RUNTIME_VERSION', 'HANDLER'].some((word) => cursor.isWord(word)))
      throw unsupported(`CREATE FUNCTION … ${cursor.peek().value}`);
    else if (
      !cursor.takeWords('NOT', 'NULL') &&
      !cursor.takeWords('CALLED', 'ON', 'NULL', 'INPUT') &&
      !['VOLATILE', 'IMMUTABLE', 'MEMOIZABLE'].some((word) => cursor.takeWords(word))
    )
      throw cursor.unexpected();
  }
  const token = cursor.next();
  if (token.kind !== 'string') throw cursor.unexpected(token);
  if (/^\s*(BEGIN|DECLARE)\b/i.test(token.value)) throw unsupported('CREATE FUNCTION … AS BEGIN … END');
  return { body: token.value, comment };
}

/** DROP FUNCTION name(types). */
export async function dropFunction(runner: Runner): Promise<Outcome> {
  const { binder, cursor, catalog } = runner;
  const gentle = ifExists(cursor);
  const written = cursor.qualifiedName();
  let count = 0;
  cursor.expectOp('(');
  if (!cursor.takeOp(')')) {
    do {
      parseType(cursor);
      count += 1;
    } while (cursor.takeOp(','));
    cursor.expectOp(')');
  }
  finish(cursor);
  const name = written.at(-1)?.name ?? '';
  const key = keyOf(runner, written, count);
  const found = binder.objects.functions.get(key);
  if (found === undefined) {
    if (gentle) return status(`Drop statement executed successfully (${name} already dropped).`);
    throw objectMissing(name, 'Function');
  }
  if (found.owner !== binder.context.role) requirePrivilege(catalog, binder.context, undefined, 'function', name);
  binder.objects.functions.delete(key);
  await runner.persist();
  return status(`${name} successfully dropped.`);
}
