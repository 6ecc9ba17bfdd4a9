import type { Cell } from '../../convert/literal-rows.js';
import { inheritedParameters, sessionParameter } from '../../parameters/parameter-levels.js';
import { PARAMETERS } from '../../parameters/parameter-table.js';
import type { LevelledValue } from '../../types/parameter-value.js';
import { objectMissing, unsupported } from '../../types/sql-errors.js';
import type { Runner } from '../runner/statement-runner.js';
import { columns, type Columns } from './show-columns.js';
import type { ShowFilter } from './show-filter.js';

/** SHOW PARAMETERS [IN | FOR SESSION | USER | ACCOUNT]: each value with the level that it was set on. */
export function showParameters(runner: Runner, filter: ShowFilter): [Columns, Cell[][]] {
  const read = reader(runner, filter);
  return [
    columns('key value default level description type'),
    [...PARAMETERS].map(([key, { standard }]): Cell[] => {
      const { value, level } = read(key) ?? { value: standard, level: '' };
      const type = typeof standard === 'boolean' ? 'BOOLEAN' : typeof standard === 'number' ? 'NUMBER' : 'STRING';
      return [key, String(value), String(standard), level, '', type];
    }),
  ];
}

function reader({ binder, catalog }: Runner, filter: ShowFilter): (key: string) => LevelledValue | undefined {
  const { context } = binder;
  switch (filter.kind) {
    case undefined:
    case 'SESSION':
      return (key) => sessionParameter(context, key);
    case 'ACCOUNT': {
      const account = inheritedParameters(undefined, catalog.accountParameters);
      return (key) => account.get(key);
    }
    case 'USER': {
      const name = filter.place[0] ?? context.user;
      const user = catalog.users.get(name);
      if (user === undefined) throw objectMissing(name, 'User');
      const inherited = inheritedParameters(user, catalog.accountParameters);
      return (key) => inherited.get(key);
    }
    default:
      throw unsupported(`SHOW PARAMETERS IN ${filter.kind}`);
  }
}
