import { inspect } from 'node:util';
import { held, same } from '../rule.js';
import { shown } from '../shown.js';
import { batchesOf, failure, numbersOf, refusal, until } from './reading.js';
import type { SourceLines } from './source-lines.js';

/** A line of a key in PEM form is telling; its last one may be short. */
const TELLING_LENGTH = 8;

/** The end of a source, and what it may tell about itself. */
export function closeLines({ rows, counting, refused, check, checkIf }: SourceLines): void {
  const closed = (action: Promise<unknown>, what: string): Promise<unknown> =>
    refusal(action, 'SourceError', 'SOURCE_CLOSED', what);

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
    await closed(source.execute(counting(1)), 'execute after close');
    await closed(source.reopen(ref), 'reopen after close');
    await closed(source.now(), 'now after close');
  });

  check('refuses to read an open result after it was closed', async ({ source }) => {
    const result = await source.execute(counting(3));
    await source.close();
    await closed(batchesOf(result), 'a reading of an open result after close');
  });

  check('ends a reading with SOURCE_CLOSED when it is closed during it', async ({ source }) => {
    const result = await source.execute(counting(rows));
    const reading = async (): Promise<void> => {
      for await (const { firstRow } of result.read()) if (firstRow === 0) await source.close();
    };
    await closed(reading(), 'a reading during which the source was closed');
  });

  checkIf('slow', 'ends a running statement with SOURCE_CLOSED, on the server too', async ({ source }, slow) => {
    const executing = source.execute(slow.statement);
    // It fails while the test still waits.
    executing.catch(() => undefined);
    await until(async () => (await slow.running()) > 0, 'the statement runs');
    await source.close();
    await closed(executing, 'execute of a statement that ran when the source was closed');
    await until(async () => (await slow.running()) === 0, 'the statement is cancelled on the server');
  });

  checkIf('Symbol.asyncDispose', 'closes by Symbol.asyncDispose', async ({ source }, dispose) => {
    await source.execute(counting(1));
    await dispose();
    await dispose();
    await closed(source.execute(counting(1)), 'execute after Symbol.asyncDispose');
  });

  checkIf('describe', 'describes itself in plain JSON, the same each time', async (_test, describe) => {
    const description = describe();
    same(describe(), description, 'describe gave, the second time,');
    const given = Object.entries(description).filter(([, value]) => value !== undefined);
    for (const [key, value] of given) {
      held(typeof value === 'string', `describe gave ${shown(value)} as ${key}, which is no text`);
    }
  });

  checkIf('secret', 'shows no secret in its description, nor when it is printed', async ({ source }, secret) => {
    await source.execute(counting(1));
    staysHidden(source.describe?.(), secret, 'describe()');
    staysHidden(source, secret, 'the printed source');
    staysHidden(JSON.stringify(source), secret, 'the source as JSON');
  });

  checkIf('secret', 'shows no secret in its errors', async ({ source }, secret) => {
    const { ref } = await source.execute(counting(1));
    staysHidden(
      await failure(source.execute(refused), 'a wrong statement'),
      secret,
      'the error of a refused statement',
    );
    staysHidden(
      await failure(source.reopen({ ...ref, rowCount: 2 }), 'another result'),
      secret,
      'the error of a refused result',
    );
    await source.close();
    staysHidden(
      await failure(source.execute(counting(1)), 'execute after close'),
      secret,
      'the error of a closed source',
    );
  });
}

function staysHidden(shown: unknown, secret: string, what: string): void {
  const text = inspect(shown, { depth: 10, showHidden: true, maxStringLength: null });
  const parts = secret.split('\n').filter((part) => part.length >= TELLING_LENGTH && !part.startsWith('-----'));
  for (const part of parts.length === 0 ? [secret] : parts) {
    for (const form of [part, Buffer.from(part).toString('base64')]) {
      held(!text.includes(form), `${what} shows the secret`);
    }
  }
}
