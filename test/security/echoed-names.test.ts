import { createHash, generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { identify, loadPrivateKey, QueryTemplate, SnowflakeSource } from 'snowmelt';
import { CustomerIoSink } from 'snowmelt/customerio';
import { readDeadLetters, WebhookSink } from 'snowmelt/sinks';
import { asConfigError } from '../../src/cli/as-config-error.js';
import { readArguments } from '../../src/cli/arguments.js';
import { loadEnvFiles } from '../../src/cli/load-env-files.js';
import { readFileSync } from 'node:fs';
import { looksSecret } from '../../src/options/shown-name.js';

const pem = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' });
const BODY = String(pem).split('\n');
/** Keys as services give them out. */
const KEYS = [
  'a9f8c7e6d5b4a3f2e1d0',
  'Xk7PqZ2mN9vB4cT8rL1wY6hJ3sD5gF0a',
  'sk_live_51HqLmKJ2eZvKYlo',
  'hunter2',
  BODY[2] ?? '',
];

function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

describe('a name that looks like none of ours is not repeated', () => {
  it.each(KEYS)('as an option: %s', (key) => {
    const calls: (() => unknown)[] = [
      () => new CustomerIoSink({ writeKey: 'x', region: 'us', [key]: true } as never),
      () => new CustomerIoSink({ writeKey: 'x', region: 'us', headers: { [key]: 5 } } as never),
      () => new WebhookSink({ url: 'https://example.com', [key]: key } as never),
      () => new SnowflakeSource({ account: 'a', username: 'u', [key]: 'x' }),
      () => identify({ [key]: 1 }),
      () => identify({ messageId: { from: ['A'], [key]: 1 } }),
      () => identify({ rename: { [key]: 5 } } as never),
    ];
    for (const call of calls) {
      const error = thrownBy(call);
      expect(error).toMatchObject({ code: 'CONFIG_INVALID' });
      expect(inspect(error)).not.toContain(key);
    }
  });

  it.each(['batchsize', 'write_key', 'timeoutMS', 'maxRetry', 'Region', 'flush-interval', 'url'])(
    'but %s is',
    (name) => {
      const error = thrownBy(() => new CustomerIoSink({ writeKey: 'x', region: 'us', [name]: true } as never));
      expect(error).toMatchObject({ message: expect.stringContaining(`unknown option \`${name}\``) as string });
    },
  );

  it('and neither is a header in place of its value, while its name is', () => {
    const error = thrownBy(() => new WebhookSink({ url: 'https://example.com', headers: { 'X-Api-Key': 5 } } as never));
    expect(error).toMatchObject({ message: expect.stringContaining('`headers.X-Api-Key`') as string });
  });
});

describe('a path that looks like a secret is not repeated', () => {
  const lines = BODY.slice(1, 4);

  it.each(lines)('by a configuration that reads a file by a key: %s', (line) => {
    for (const path of [line, `./${line}`, `keys/${line}.pem`]) {
      const error = asConfigError(
        'snowmelt.config.mjs',
        thrownBy(() => readFileSync(path)),
      );
      expect(error).toMatchObject({ code: 'KEY_FORMAT', hint: 'Pass the text as privateKey.' });
      expect(inspect(error)).not.toContain(line);
    }
  });

  it.each([...lines, KEYS[1] ?? ''])('where else a path is taken: %s', async (line) => {
    const errors = [
      thrownBy(() => loadPrivateKey({ privateKeyPath: line })),
      thrownBy(() => loadEnvFiles([line])),
      thrownBy(() => readArguments(['run', 'people', `--${line.replaceAll('/', '')}`])),
      await readDeadLetters(line)
        .next()
        .catch((error: unknown) => error),
    ];
    for (const error of errors) {
      expect(error).toMatchObject({ code: expect.any(String) as string });
      expect(inspect(error)).not.toContain(line.replaceAll('/', ''));
      expect(inspect(error)).not.toContain(line);
    }
  });

  it('wherever base64 has its slashes, dashes and underscores', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 48, maxLength: 48 }),
        fc.constantFrom('base64' as const, 'base64url' as const),
        fc.constantFrom('', './', 'keys/'),
        (bytes, encoding, folder) => {
          // Bytes that a test's shrinking makes alike are no key.
          const line = createHash('sha384').update(bytes).digest(encoding);
          expect(looksSecret(`${folder}${line}`)).toBe(true);
        },
      ),
    );
  });

  it.each([
    '/var/lib/snowmelt/dead-letters-2026-01-31.ndjson',
    './keys/rsa_key.p8',
    '/home/someone/no/such.pem',
    '/Users/Ada1/Documents/Project2/configKeys/rsa_key_2026',
    '/srv/releases/20261128/node_modules/snowmelt/dist',
  ])('but %s is', (path) => {
    const error = asConfigError(
      'snowmelt.config.mjs',
      thrownBy(() => readFileSync(path)),
    );
    expect(error.message).toContain(path);
  });
});

it('a template takes no key for the name of a parameter, and does not repeat it', () => {
  const key = KEYS[0] ?? '';
  const params = { [`${key}-${key}`]: 1 };
  expect(inspect(thrownBy(() => new QueryTemplate('SELECT 1', { params })))).not.toContain(key);
  expect(inspect(thrownBy(() => new QueryTemplate('SELECT 1').render({ params })))).not.toContain(key);
});
