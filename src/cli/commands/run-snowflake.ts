import { once } from 'node:events';
import { ConfigError } from '../../errors/errors.js';
import { wholeNumber, type CliValues } from '../arguments.js';
import { EXIT, type Output } from '../output.js';
import { stopSignal } from '../stop-signal.js';
import { snowflakeKey, type SnowflakeKey } from './snowflake-key.js';

/**
 * `snowmelt snowflake`: an embedded Snowflake beside an application, until a signal ends it. Of its key it tells the
 * path only.
 *
 * @throws ConfigError: a wrong option, a port in use, a file that cannot be used, a seed that fails, or PEER_MISSING
 */
export async function runSnowflake(values: CliValues, output: Output): Promise<number> {
  const port = portOf(values.port);
  const stop = stopSignal('closing the embedded Snowflake');
  let key: SnowflakeKey | undefined;
  try {
    // Loaded only here: no other command needs the server.
    const { startSnowflake } = await import('../../testing/snowflake/start-snowflake.js');
    key = await snowflakeKey(values['private-key']);
    const server = await startSnowflake({
      port,
      users: [{ name: values.user ?? 'SNOWMELT', roles: ['ACCOUNTADMIN'], keyPair: key.keyPair }],
      seedFiles: values.seed,
      databaseFile: values.file,
    });
    try {
      const { account, accessUrl, username, role, warehouse, database, schema } = server.connection();
      const signIn = { username, authenticator: 'SNOWFLAKE_JWT', privateKeyPath: key.path };
      const options = { account, accessUrl, ...signIn, role, warehouse, database, schema };
      output.result(options, howToConnect(options, key, values.file));
      if (!stop.signal.aborted) await once(stop.signal, 'abort');
    } finally {
      await server.close();
    }
    return stop.exitCode ?? EXIT.ok;
  } finally {
    await key?.remove();
    stop.remove();
  }
}

function portOf(text: string): number {
  const port = wholeNumber('port', text);
  if (port <= 65_535) return port;
  throw new ConfigError('CONFIG_INVALID', '--port is above 65535.', {
    hint: 'Write --port 8085, or --port 0 for a free one.',
  });
}

function howToConnect(
  options: Readonly<Record<string, string>>,
  { path, isTemporary }: SnowflakeKey,
  file: string | undefined,
): string {
  const lines = Object.entries(options).map(([name, value]) => `  ${name}: ${JSON.stringify(value)},\n`);
  return `A Snowflake for development runs at ${options['accessUrl'] ?? ''}; Ctrl+C ends it.
Private key: ${path}${isTemporary ? ' (removed at the end; --private-key <file> keeps one)' : ''}
Data:        ${file ?? 'in memory (gone at the end; --file <file> keeps them)'}

To connect with the driver:

import snowflake from 'snowflake-sdk';

const connection = snowflake.createConnection({
${lines.join('')}});
await connection.connectAsync();
`;
}
