// What a person writes with the official driver: connect, stream, take each row.
import { generateKeyPairSync } from 'node:crypto';
import snowflake from 'snowflake-sdk';
import { settings, sql } from './measure.mjs';

snowflake.configure({ logLevel: 'OFF' });

export async function openStream() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const connection = snowflake.createConnection({
    account: 'bench',
    accessUrl: settings.warehouse,
    username: 'BENCH',
    authenticator: 'SNOWFLAKE_JWT',
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }),
  });
  await new Promise((resolve, reject) => connection.connect((error) => (error ? reject(error) : resolve())));
  return new Promise((resolve, reject) =>
    connection.execute({
      sqlText: sql,
      streamResult: true,
      complete: (error, statement) => (error ? reject(error) : resolve(statement.streamRows())),
    }),
  );
}
