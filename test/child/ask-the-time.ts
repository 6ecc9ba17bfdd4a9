import { generateKeyPairSync } from 'node:crypto';
import { isSnowmeltError, SnowflakeSource } from '../../src/index.js';

// One question through the driver, in a process whose authorities are set when it starts. Prints what came of it.
const [accessUrl] = process.argv.slice(2);
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const source = new SnowflakeSource({
  account: 'myorg-acct',
  username: 'SNOWMELT',
  privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  accessUrl,
});
const error: unknown = await source.now().catch((thrown: unknown) => thrown);
await source.close();
const { code, message, hint } = isSnowmeltError(error) ? error : { code: String(error), message: '', hint: '' };
process.stdout.write(JSON.stringify({ code, message, hint, retryable: Object(error).retryable as unknown }));
