import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { batchesOf, failure, numbersOf, refusal, until } from './reading.js';
import type { SourceLines } from './source-lines.js';

/** A line of a key in PEM form is telling; its last one may be short. */
const TELLING_LENGTH = 8;

/** The end of a source, and what it may tell about itself. */
export function closeLines({ rows, counting, refused, check, checkIf }: SourceLines): void {
  const closed = (action: Promise<unknown>): Promise<unknown> => refusal(action, 'SourceError', 'SOURCE_CLOSED');

  check('can be closed before it was used, and twice', async ({ source }) => {
    await source.close();
    await Promise.all([source.close(), source.close()]);
  });

  check('can be closed twice after it was used', async ({ source }) => {
    await numbersOf(await source.execute(counting(2)));
    await source.close();
    await source.close();
  });

  check('refuses execute, reopen and now after it was closed', async ({ source }) => {
    const { ref } = await source.execute(counting(3));
    await source.close();
    await closed(source.execute(counting(1)));
    await closed(source.reopen(ref));
    await closed(source.now());
  });

  check('refuses to read an open result after it was closed', async ({ source }) => {
    const result = await source.execute(counting(3));
    await source.close();
    await closed(batchesOf(result));
  });

  check('ends a reading with SOURCE_CLOSED when it is closed during it', async ({ source }) => {
    const result = await source.execute(counting(rows));
    const reading = async (): Promise<void> => {
      for await (const { firstRow } of result.read()) if (firstRow === 0) await source.close();
    };
    await closed(reading());
  });

  checkIf('slow', 'ends a running statement with SOURCE_CLOSED, on the server too', async ({ source }, slow) => {
    const executing = source.execute(slow.statement);
    // It fails while the test still waits.
    executing.catch(() => undefined);
    await until(async () => (await slow.running()) > 0, 'the statement runs');
    await source.close();
    await closed(executing);
    await until(async () => (await slow.running()) === 0, 'the statement is cancelled on the server');
  });

  checkIf('Symbol.asyncDispose', 'closes by Symbol.asyncDispose', async ({ source }, dispose) => {
    await source.execute(counting(1));
    await dispose();
    await dispose();
    await closed(source.execute(counting(1)));
  });

  checkIf('describe', 'describes itself in plain JSON, the same each time', async (_test, describe) => {
    const description = describe();
    assert.deepEqual(description, describe());
    const given = Object.entries(description).filter(([, value]) => value !== undefined);
    for (const [key, value] of given) assert.equal(typeof value, 'string', key);
  });

  checkIf('secret', 'shows no secret in its description, nor when it is printed', async ({ source }, secret) => {
    await source.execute(counting(1));
    assertHidden(source.describe?.(), secret, 'describe()');
    assertHidden(source, secret, 'the printed source');
    assertHidden(JSON.stringify(source), secret, 'the source as JSON');
  });

  checkIf('secret', 'shows no secret in its errors', async ({ source }, secret) => {
    const { ref } = await source.execute(counting(1));
    assertHidden(await failure(source.execute(refused)), secret, 'the error of a refused statement');
    assertHidden(await failure(source.reopen({ ...ref, rowCount: 2 })), secret, 'the error of a refused result');
    await source.close();
    assertHidden(await failure(source.execute(counting(1))), secret, 'the error of a closed source');
  });
}

function assertHidden(shown: unknown, secret: string, what: string): void {
  const text = inspect(shown, { depth: 10, showHidden: true, maxStringLength: null });
  const parts = secret.split('\n').filter((part) => part.length >= TELLING_LENGTH && !part.startsWith('-----'));
  for (const part of parts.length === 0 ? [secret] : parts) {
    for (const form of [part, Buffer.from(part).toString('base64')]) {
      assert.ok(!text.includes(form), `${what} shows the secret`);
    }
  }
}
