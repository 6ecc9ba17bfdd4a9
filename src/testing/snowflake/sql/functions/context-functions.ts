import { TEXT } from '../types/data-type.js';
import { quote } from '../types/quote.js';
import type { Typed } from '../convert/scope.js';
import { unsupported } from '../types/sql-errors.js';
import type { Call, FunctionBinder } from '../convert/binder.js';

const known = (value: string | undefined): Typed =>
  value === undefined ? { sql: 'CAST(NULL AS VARCHAR)', type: TEXT } : { sql: quote(value), type: TEXT };

const WAIT_UNITS = new Map([
  ['MILLISECONDS', 1],
  ['SECONDS', 1000],
  ['MINUTES', 60_000],
  ['HOURS', 3_600_000],
  ['DAYS', 86_400_000],
]);

const context =
  (read: (call: Call) => string | undefined): FunctionBinder =>
  (call) =>
    known(read(call));

/** CURRENT_… and the like. */
export const contextFunctions: Record<string, FunctionBinder> = {
  CURRENT_USER: context(({ binder }) => binder.context.user),
  CURRENT_ROLE: context(({ binder }) => binder.context.role),
  CURRENT_WAREHOUSE: context(({ binder }) => binder.context.warehouse),
  CURRENT_DATABASE: context(({ binder }) => binder.context.database),
  CURRENT_SCHEMA: context(({ binder }) => binder.context.schema),
  CURRENT_ACCOUNT: context(({ binder }) => binder.account),
  CURRENT_ACCOUNT_NAME: context(({ binder }) => binder.account),
  CURRENT_ORGANIZATION_NAME: context(() => 'SNOWMELT'),
  CURRENT_REGION: context(() => 'AWS_US_WEST_2'),
  CURRENT_SESSION: context(({ binder }) => binder.context.sessionId),
  CURRENT_VERSION: context(() => '9.0.0'),
  CURRENT_CLIENT: context(() => 'snowmelt'),
  CURRENT_SECONDARY_ROLES: context(() => '{"roles":"","value":""}'),
  CURRENT_AVAILABLE_ROLES: context(({ binder }) =>
    JSON.stringify(binder.context.role === undefined ? [] : [binder.context.role]),
  ),
  CURRENT_IP_ADDRESS: context(() => '127.0.0.1'),
  CURRENT_STATEMENT: context(({ binder }) => binder.sql),
  CURRENT_TRANSACTION: context(({ binder }) => binder.own.transaction?.startedAt.toString()),
  LAST_QUERY_ID: (call) => {
    if (call.args.length > 0 && call.arg(0).constant !== '-1')
      throw unsupported('LAST_QUERY_ID of an earlier statement');
    return known(call.binder.context.lastQueryId);
  },
  SYSTEM$WAIT: (call) => {
    const amount = call.arg(0).constant;
    const unit = call.args.length > 1 ? (call.arg(1).constant ?? '').toUpperCase() : 'SECONDS';
    const ms = WAIT_UNITS.get(unit);
    if (amount === undefined || ms === undefined) throw unsupported('SYSTEM$WAIT of a computed time');
    call.binder.wait(Number(amount) * ms);
    return known(`waited ${amount} ${unit.toLowerCase()}`);
  },
  GETVARIABLE: (call) => {
    const found = call.binder.variables.get((call.arg(0).constant ?? '').toUpperCase());
    return found === undefined ? known(undefined) : known(found.constant);
  },
};
