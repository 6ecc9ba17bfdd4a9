import { createContainer, dropContainer } from './containers.js';
import { createFunction, dropFunction } from './define/functions.js';
import { createSequence, dropSequence } from './define/sequences.js';
import { explainStatement } from './explain-statement.js';
import { runInsertAll } from './insert-all.js';
import { alterTable, dropTable } from './alter-table.js';
import { createTable, createView } from './ddl.js';
import { runDelete, runInsert, runUpdate } from './dml.js';
import { finish } from './runner/finish.js';
import { bindQuery } from '../bind/bind-query.js';
import { describe } from './describe.js';
import { runMerge } from './merge.js';
import { type Outcome, SELECT } from './runner/outcome.js';
import { isInsertAll } from './insert-all.js';
import { parseQuery, startsQuery } from '../parse/parse-query.js';
import { alterAccountObject, createAccountObject, dropAccountObject, isAccountObject } from './account-objects.js';
import { alterSession, runSet, runUse } from './session-statements.js';
import { runGrant } from './run-grant.js';
import { runShow } from './show/run-show.js';
import { alterAccount } from './alter-account.js';
import { unsupported } from '../types/sql-errors.js';
import { type Runner, status } from './runner/statement-runner.js';
import { runTransaction } from './rows/transactions.js';
import { alterUser, createUser } from './users.js';
import { SnowflakeSqlError } from '../types/sql-engine.js';

/** Runs one statement of any kind. */
export async function runStatement(runner: Runner): Promise<Outcome> {
  const { cursor } = runner;
  if (startsQuery(cursor)) return runQuery(runner);
  const first = cursor.peek();
  if (runner.describeOnly && COMMANDS.some((word) => cursor.isWord(word))) return described();
  switch (first.kind === 'word' ? first.value : '') {
    case 'INSERT':
      needWarehouse(runner);
      return isInsertAll(cursor) ? runInsertAll(runner) : runInsert(runner);
    case 'UPDATE':
      needWarehouse(runner);
      return runUpdate(runner);
    case 'DELETE':
      needWarehouse(runner);
      return runDelete(runner);
    case 'MERGE':
      needWarehouse(runner);
      return runMerge(runner);
    case 'CREATE':
      return runCreate(runner);
    case 'DROP':
      return runDrop(runner);
    case 'ALTER':
      return runAlter(runner);
    case 'TRUNCATE':
      cursor.next();
      cursor.takeWords('TABLE');
      return dropTable(runner, 'TABLE', true);
    case 'GRANT':
    case 'REVOKE':
      return runGrant(runner);
    case 'USE':
      return runUse(runner);
    case 'SET':
    case 'UNSET':
      return runSet(runner);
    case 'SHOW':
      return runShow(runner);
    case 'DESCRIBE':
    case 'DESC':
      return describe(runner);
    case 'BEGIN':
    case 'START':
    case 'COMMIT':
    case 'ROLLBACK':
      return runTransaction(runner);
    case 'COMMENT':
      cursor.next();
      while (!cursor.atEnd()) cursor.next();
      return status('Statement executed successfully.');
    case 'EXPLAIN':
      return explainStatement(runner);
    case 'CALL':
    case 'COPY':
    case 'PUT':
    case 'GET':
    case 'LIST':
    case 'LS':
    case 'REMOVE':
    case 'EXECUTE':
    case 'DECLARE':
    case 'UNDROP':
      throw unsupported(first.value);
    default:
      throw cursor.unexpected(first);
  }
}

const COMMANDS = ['ALTER', 'DROP', 'GRANT', 'REVOKE', 'SET', 'TRUNCATE', 'UNSET', 'USE'];

/** What a command answers when it is only described: there is nothing to compile. */
const described = (): Outcome => status('Statement executed successfully.');

function runQuery(runner: Runner): Outcome {
  const { cursor, binder } = runner;
  const query = parseQuery(cursor);
  finish(cursor);
  const bound = bindQuery(binder, query);
  // A query without tables needs no warehouse.
  if (binder.used.length > 0) needWarehouse(runner);
  return { query: bound, statementTypeId: SELECT };
}

function needWarehouse({ binder, describeOnly }: Runner): void {
  if (binder.context.warehouse !== undefined || describeOnly) return;
  throw new SnowflakeSqlError(
    '000606',
    '57P03',
    "No active warehouse selected in the current session.  Select an active warehouse with the 'use warehouse' command.",
  );
}

async function runCreate(runner: Runner): Promise<Outcome> {
  const { cursor } = runner;
  cursor.expectWords('CREATE');
  const replace = cursor.takeWords('OR', 'REPLACE');
  let temporary = false;
  for (;;) {
    const modifier = ['TRANSIENT', 'TEMPORARY', 'TEMP', 'VOLATILE', 'LOCAL', 'GLOBAL', 'SECURE'].find((word) =>
      cursor.takeWords(word),
    );
    if (modifier === undefined) break;
    if (['TEMPORARY', 'TEMP', 'VOLATILE'].includes(modifier)) temporary = true;
  }
  if (cursor.takeWords('TABLE')) return createTable(runner, { replace, temporary });
  if (runner.describeOnly) return described();
  if (cursor.takeWords('VIEW')) return createView(runner, { replace, temporary });
  if (temporary) throw unsupported(`CREATE TEMPORARY ${cursor.peek().value}`);
  if (cursor.takeWords('SEQUENCE')) return createSequence(runner, replace);
  if (cursor.takeWords('FUNCTION')) return createFunction(runner, replace);
  if (cursor.takeWords('DATABASE')) return createContainer(runner, 'DATABASE', replace);
  if (cursor.takeWords('SCHEMA')) return createContainer(runner, 'SCHEMA', replace);
  if (cursor.takeWords('USER')) return createUser(runner, replace);
  if (isAccountObject(cursor)) return createAccountObject(runner, replace);
  throw unsupported(`CREATE ${cursor.peek().value}`);
}

async function runDrop(runner: Runner): Promise<Outcome> {
  const { cursor } = runner;
  cursor.expectWords('DROP');
  if (cursor.takeWords('TABLE')) return dropTable(runner, 'TABLE');
  if (cursor.takeWords('VIEW')) return dropTable(runner, 'VIEW');
  if (cursor.takeWords('SEQUENCE')) return dropSequence(runner);
  if (cursor.takeWords('FUNCTION')) return dropFunction(runner);
  if (cursor.takeWords('DATABASE')) return dropContainer(runner, 'DATABASE');
  if (cursor.takeWords('SCHEMA')) return dropContainer(runner, 'SCHEMA');
  if (cursor.isWord('USER') || isAccountObject(cursor)) return dropAccountObject(runner);
  throw unsupported(`DROP ${cursor.peek().value}`);
}

async function runAlter(runner: Runner): Promise<Outcome> {
  const { cursor } = runner;
  cursor.expectWords('ALTER');
  if (cursor.takeWords('SESSION')) return alterSession(runner);
  if (cursor.takeWords('TABLE')) return alterTable(runner);
  if (cursor.takeWords('USER')) return alterUser(runner);
  if (cursor.takeWords('ACCOUNT')) return alterAccount(runner);
  if (isAccountObject(cursor)) return alterAccountObject(runner);
  throw unsupported(`ALTER ${cursor.peek().value}`);
}
