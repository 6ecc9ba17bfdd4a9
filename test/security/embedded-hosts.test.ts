import { once } from 'node:events';
import { connect } from 'node:net';
import { SnowflakeSource, SqlApiSource } from 'snowmelt';
import { startSnowflake, type EmbeddedSnowflake } from 'snowmelt/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let snowflake: EmbeddedSnowflake;
let port: string;

beforeAll(async () => {
  snowflake = await startSnowflake({
    seedSql: ['CREATE TABLE PEOPLE (ID NUMBER)', 'INSERT INTO PEOPLE VALUES (1), (2)'],
  });
  ({ port } = new URL(snowflake.accessUrl));
});
afterAll(async () => snowflake.close());

/** What the server sends until it closes. */
async function answerTo(...lines: readonly string[]): Promise<string> {
  const socket = connect(Number(port), '127.0.0.1');
  let answer = '';
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
  socket.write(lines.join('\r\n'));
  await once(socket, 'close');
  return answer;
}

const put = (host: string): string => host.replaceAll('PORT', port);

describe('the embedded Snowflake answers only as this machine', () => {
  it.each([
    'evil.example:PORT',
    'evil.example',
    'localhost.evil.example:PORT',
    '127.0.0.1.evil.example:PORT',
    'localhost@evil.example:PORT',
    'evil.example:PORT#.localhost',
    '10.0.0.1:PORT',
    '0.0.0.0:PORT',
    '[::2]:PORT',
    'localhost',
    '127.0.0.1:1',
    '',
  ])('and refuses %s before it reads the body', async (host) => {
    const before = snowflake.stats();
    // The rest of the body never comes: only an answer that does not wait for it closes the connection.
    const answer = await answerTo(
      'POST /session/v1/login-request HTTP/1.1',
      `Host: ${put(host)}`,
      'Content-Type: application/json',
      'Content-Length: 1000000',
      '',
      '{"',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 421 /);
    expect(answer).toContain(snowflake.accessUrl);
    expect(answer).not.toContain('evil');
    expect(snowflake.stats()).toEqual(before);
  });

  it('also where the whole address is asked for, which counts instead of the header', async () => {
    const answer = await answerTo(
      `GET http://evil.example:${port}/api/v2/statements/x HTTP/1.1`,
      `Host: 127.0.0.1:${port}`,
      '',
      '',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 421 /);
  });

  it.each(['127.0.0.1:PORT', 'localhost:PORT', 'LocalHost:PORT', '[::1]:PORT', 'app.localhost:PORT', '127.1.2.3:PORT'])(
    'as %s it does',
    async (host) => {
      const lines = [`Host: ${put(host)}`, 'User-Agent: test/1.0', 'Connection: close', '', ''];
      expect(await answerTo('GET /api/v2/statements/x HTTP/1.1', ...lines)).toMatch(/^HTTP\/1\.1 401 /);
      expect(await answerTo(`GET http://${put(host)}/api/v2/statements/x HTTP/1.1`, ...lines)).toMatch(/ 401 /);
    },
  );

  it.each([
    ['the official driver', SnowflakeSource],
    ['the SQL API', SqlApiSource],
  ] as const)('%s goes on working by the name localhost', async (_what, Source) => {
    const source = new Source({ ...snowflake.connection(), accessUrl: `http://localhost:${port}` });
    const statement = { sql: 'SELECT ID FROM PEOPLE ORDER BY ID', binds: [] };
    const result = await source.execute(statement, { signal: AbortSignal.timeout(60_000) });
    const found: unknown[] = [];
    for await (const { rows } of result.read({ signal: AbortSignal.timeout(60_000) })) found.push(...rows.flat());
    expect(found).toEqual(['1', '2']);
    await source.close();
  });
});

it.each(['//', '/%', '/queries/%zz/result', '/chunks/%E0%A4%A', 'http://[', 'x', '*', '//evil.example/a', '/\\evil/a'])(
  'a request for %j is answered',
  async (path) => {
    for (const method of ['GET', 'POST']) {
      const lines = [`Host: 127.0.0.1:${port}`, 'Connection: close', 'Content-Length: 0', '', ''];
      expect(await answerTo(`${method} ${path} HTTP/1.1`, ...lines)).toMatch(/^HTTP\/1\.1 4\d\d /);
    }
  },
);
