import { pathOf } from '../../catalog/objects.js';
import { requirePrivilege } from '../../catalog/grants.js';
import type { TokenCursor } from '../../parse/token-cursor.js';
import { objectExists, objectMissing } from '../../types/sql-errors.js';
import { finish, ifExists, ifNotExists } from '../runner/finish.js';
import type { Outcome } from '../runner/outcome.js';
import { type Runner, status } from '../runner/statement-runner.js';
import { keyOf, placeOf } from './place.js';

/** CREATE SEQUENCE ("CREATE SEQUENCE"). */
export async function createSequence(runner: Runner, replace: boolean): Promise<Outcome> {
  const { binder, cursor, connection } = runner;
  const gentle = ifNotExists(cursor);
  const place = placeOf(runner, cursor.qualifiedName(), 'SEQUENCE');
  let [start, step, ordered, comment] = [1, 1, binder.parameter('NOORDER_SEQUENCE_AS_DEFAULT') !== true, ''];
  cursor.takeWords('WITH');
  while (!cursor.atEnd() && !cursor.isOp(';')) {
    if (cursor.takeWords('START')) start = numberBehind(cursor, 'WITH');
    else if (cursor.takeWords('INCREMENT')) step = numberBehind(cursor, 'BY');
    else if (cursor.takeWords('ORDER')) ordered = true;
    else if (cursor.takeWords('NOORDER')) ordered = false;
    else if (cursor.takeWords('COMMENT')) {
      cursor.takeOp('=');
      comment = cursor.next().value;
    } else if (!cursor.takeOp(',')) throw cursor.unexpected();
  }
  finish(cursor);
  const key = pathOf(place.database, place.schema, place.name);
  const existing = binder.objects.sequences.get(key);
  if (existing !== undefined && gentle) return status(`${place.name} already exists, statement succeeded.`);
  if (existing !== undefined && !replace) throw objectExists(`${place.database}.${place.schema}.${place.name}`);
  const physical = `q_${binder.objects.physicalName()}`;
  const limits = 'MINVALUE -9223372036854775807 MAXVALUE 9223372036854775807';
  await connection.run(`CREATE SEQUENCE ${physical} INCREMENT BY ${step} ${limits} START WITH ${start}`);
  if (existing !== undefined) await connection.run(`DROP SEQUENCE ${existing.physical}`);
  binder.objects.sequences.set(key, { ...place, physical, start, step, ordered, comment });
  await runner.persist();
  return status(`Sequence ${place.name} successfully created.`);
}

function numberBehind(cursor: TokenCursor, word: string): number {
  cursor.takeWords(word);
  cursor.takeOp('=');
  const sign = cursor.takeOp('-') ? -1 : 1;
  const token = cursor.next();
  if (token.kind !== 'number' || !/^\d{1,15}$/.test(token.value)) throw cursor.unexpected(token);
  return sign * Number(token.value);
}

/** DROP SEQUENCE. */
export async function dropSequence(runner: Runner): Promise<Outcome> {
  const { binder, cursor, catalog, connection } = runner;
  const gentle = ifExists(cursor);
  const written = cursor.qualifiedName();
  if (!cursor.takeWords('CASCADE')) cursor.takeWords('RESTRICT');
  finish(cursor);
  const name = written.at(-1)?.name ?? '';
  const key = keyOf(runner, written);
  const found = binder.objects.sequences.get(key);
  if (found === undefined) {
    if (gentle) return status(`Drop statement executed successfully (${name} already dropped).`);
    throw objectMissing(name, 'Sequence');
  }
  if (found.owner !== binder.context.role) requirePrivilege(catalog, binder.context, undefined, 'sequence', name);
  await connection.run(`DROP SEQUENCE ${found.physical}`);
  binder.objects.sequences.delete(key);
  await runner.persist();
  return status(`${name} successfully dropped.`);
}
