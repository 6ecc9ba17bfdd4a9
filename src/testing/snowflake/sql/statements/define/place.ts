import { mayUse, requirePrivilege } from '../../catalog/grants.js';
import { pathOf } from '../../catalog/objects.js';
import type { Name } from '../../parse/ast.js';
import { objectMissing } from '../../types/sql-errors.js';
import type { Runner } from '../runner/statement-runner.js';

/** Where something is to be created. */
interface Place {
  readonly database: string;
  readonly schema: string;
  readonly name: string;
  readonly createdOn: number;
  readonly owner: string;
}

/** The place that a name means, if the role may create such a thing there. */
export function placeOf({ binder, catalog }: Runner, written: readonly Name[], kind: string): Place {
  const { context, objects } = binder;
  const [database, schema, name] = objects.resolve(written, context.database, context.schema);
  if (!mayUse(catalog, context.role, database, schema)) throw objectMissing(`${database}.${schema}`, 'Schema');
  objects.schema(database, schema);
  requirePrivilege(catalog, context, `CREATE ${kind} ON SCHEMA ${database}.${schema}`, 'schema', schema);
  const createdOn = Number(binder.now / 1_000_000_000n);
  return { database, schema, name, createdOn, owner: context.role ?? 'ACCOUNTADMIN' };
}

/** The key of the thing that a name means, with what else tells it apart. */
export function keyOf({ binder }: Runner, written: readonly Name[], ...more: readonly number[]): string {
  return pathOf(...binder.objects.resolve(written, binder.context.database, binder.context.schema), ...more);
}
