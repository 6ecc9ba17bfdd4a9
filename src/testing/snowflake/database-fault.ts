import { ConfigError } from '../../errors/errors.js';
import { shownPath } from '../../options/shown-name.js';

/** What DuckDB says of a file that it does not open, and what to do about it. */
const REASONS: readonly (readonly [said: RegExp, reason: string, hint: string])[] = [
  [/lock/i, 'is in use', 'Another process has it: end that one, or name another file.'],
  [/not a valid DuckDB/i, 'is there and is no DuckDB database', 'Name another file: this one is left as it is.'],
  [/no such file/i, 'cannot be made: its folder is not there', 'Make the folder, or name another file.'],
  [/permission|read-?only/i, 'may not be written', 'Check the permissions: ls -l shows them.'],
];

/** Why the database file cannot be opened. */
export function databaseFault(file: string, error: unknown): ConfigError {
  const said = error instanceof Error ? error.message : '';
  const [, reason, hint] = REASONS.find(([text]) => text.test(said)) ?? [
    undefined,
    'cannot be opened',
    'Name another file, or one of the version of @duckdb/node-api that is installed.',
  ];
  return new ConfigError('CONFIG_INVALID', `The database file ${shownPath(file)} ${reason}.`, { hint, cause: error });
}
