import { onTestFinished } from 'vitest';
import { startSnowflake, type EmbeddedSnowflake, type StartSnowflakeOptions } from '../../../src/testing/index.js';

/** A server that is closed with the test. */
export async function testServer(options: StartSnowflakeOptions = {}): Promise<EmbeddedSnowflake> {
  const server = await startSnowflake(options);
  onTestFinished(() => server.close());
  return server;
}
