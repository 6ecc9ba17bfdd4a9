import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Column, ColumnType } from 'snowmelt';
import { canonicalJson } from '../../../src/diff/canonical/canonical-json.js';
import { currentForm as firstForm, type CanonicalForm } from '../../../src/diff/canonical/canonical-form.js';
import { messageHasher } from '../../../src/diff/canonical/message-hasher.js';
import { withMessageId } from '../../../src/delivery/read/message-id.js';
import { canonicalVectors, rowVector, vectorSecret } from './canonical-vectors.js';

const hashOf = (messages: readonly unknown[], options = {}): string =>
  messageHasher(options).ofMessages(messages, 0).toString('hex');
const person = (traits: object, more: object = {}): object => ({ type: 'identify', userId: 'u', traits, ...more });

describe('the hash of a row', () => {
  it.each(canonicalVectors)('is the committed one: $name', ({ messages, text, hash, secretHash }) => {
    expect(`[${messages.map((message) => firstForm.ofMessage(message, new Set())).join(',')}]`).toBe(text);
    expect(hashOf(messages)).toBe(hash);
    expect(hashOf(messages, { secret: vectorSecret })).toBe(secretHash);
    expect(hashOf(messages, { secret: Buffer.from(vectorSecret) })).toBe(secretHash);
  });

  it('is the committed one of a row that could not be mapped, and never that of messages', () => {
    const columns = ['A', 'B', 'C'].map((name): Column => ({ name, type: 'text', nullable: true }));
    const { values, hash, secretHash } = rowVector;
    expect(messageHasher().ofRow(columns, values).toString('hex')).toBe(hash);
    expect(messageHasher({ secret: vectorSecret }).ofRow(columns, values).toString('hex')).toBe(secretHash);
    const texts = ['1', 'a', 'b'];
    expect(hashOf(texts)).not.toBe(messageHasher().ofRow(columns, texts).toString('hex'));
  });

  it('is the first half of an HMAC of version, mark and text', () => {
    const hmac = createHmac('sha256', 's')
      .update(Buffer.from([1]))
      .update('m')
      .update('[{"a":"é"}]')
      .digest('hex');
    expect(hashOf([{ a: 'é' }], { secret: 's' })).toBe(hmac.slice(0, 32));
  });

  it('differs for every vector, and with every secret', () => {
    const hashes = canonicalVectors.flatMap(({ hash, secretHash }) => [hash, secretHash]);
    expect(new Set(hashes).size).toBe(hashes.length);
    expect(hashOf([], { secret: 'a' })).not.toBe(hashOf([], { secret: 'b' }));
  });

  it.each([
    ['the message id of a call', person({ a: 1 }, { messageId: 'x' }), person({ a: 1 }, { messageId: 'y' })],
    ['the order of keys', person({ a: 1, b: { c: 1, d: 2 } }), person({ b: { d: 2, c: 1 }, a: 1 })],
    ['a key without a value', person({ a: 1, b: undefined }), person({ a: 1 })],
    ['the sign of zero', person({ a: -0 }), person({ a: 0 })],
    ['a date and its text', person({ a: new Date(0) }), person({ a: '1970-01-01T00:00:00.000Z' })],
    ['an object without a prototype', person(Object.assign(Object.create(null), { a: 1 }) as object), person({ a: 1 })],
  ])('is the same whatever %s is', (_what, one, other) => {
    expect(hashOf([one])).toBe(hashOf([other]));
  });

  it.each([
    ['null and nothing', person({ a: null }), person({})],
    ['a number and its text', person({ a: 1 }), person({ a: '1' })],
    ['an empty object and none', person({}), { type: 'identify', userId: 'u' }],
    ['composed and decomposed letters', person({ a: '\u00e9' }), person({ a: 'e\u0301' })],
    ['two halves of surrogates', person({ a: '\ud800' }), person({ a: '\udfff' })],
    ['half a surrogate and its escape', person({ a: '\ud800' }), person({ a: '\\ud800' })],
    ['half a surrogate and what UTF-8 makes of it', person({ a: '\ud800' }), person({ a: '\ufffd' })],
    ['order in a list', person({ a: [1, 2] }), person({ a: [2, 1] })],
    ['texts that run together', person({ a: 'b,"c":1' }), person({ a: 'b', c: 1 })],
    ["the messageId of a message of the host's own", { messageId: 'x' }, { messageId: 'y' }],
    ['a message id deeper down', person({ messageId: 'x' }), person({ messageId: 'y' })],
  ])('tells apart %s', (_what, one, other) => {
    expect(hashOf([one])).not.toBe(hashOf([other]));
  });

  class Call {
    readonly type = 'identify';
    readonly userId = 'u';
    readonly messageId: string | undefined;
    constructor(messageId?: string) {
      this.messageId = messageId;
    }
    toJSON(): object {
      return { said: 'something else', messageId: this.messageId };
    }
  }
  it.each([
    ['an object of a class, which gets an id', new Call()],
    ['an object of a class that has an id', new Call('own')],
    ['a plain call with a toJSON of its own', { type: 'identify', userId: 'u', toJSON: () => ({ said: 'own' }) }],
    ["a message of the host's own with a toJSON", { kind: 'x', toJSON: () => ({ said: 'own', messageId: 'm' }) }],
  ])('is of what the delivery sends: %s', (_what, message) => {
    const sent = JSON.parse(JSON.stringify(withMessageId<object>(message, 'run', 0, 0))) as object;
    expect(hashOf([message])).toBe(hashOf(['kind' in message ? sent : { ...sent, messageId: undefined }]));
  });

  it('tells apart the number of messages and their order', () => {
    const [a, b] = [person({ a: 1 }), person({ b: 1 })];
    expect(new Set([[], [a], [a, a], [a, b], [b, a]].map((messages) => hashOf(messages))).size).toBe(5);
  });
});

describe('`ignore`', () => {
  const options = { ignore: ['seen_at', 'userId', 'messageId'] };
  it.each([
    ['traits', person({ a: 1, seen_at: 1 }), person({ a: 1, seen_at: 2 })],
    ['traits that come and go', person({ seen_at: 1 }), person({})],
    [
      'properties',
      { type: 'track', event: 'e', properties: { seen_at: 1 } },
      { type: 'track', event: 'e', properties: {} },
    ],
    ["fields of a message of the host's own", { id: 1, seen_at: 1 }, { id: 1 }],
    ['its message id', { id: 1, messageId: 'x' }, { id: 1, messageId: 'y' }],
    ["traits of a message of the host's own", { kind: 'x', traits: { seen_at: 1 } }, { kind: 'x', traits: {} }],
  ])('leaves out %s', (_what, one, other) => {
    expect(hashOf([one], options)).toBe(hashOf([other], options));
    expect(hashOf([one])).not.toBe(hashOf([other]));
  });

  it.each([
    ['the fields of a call', { type: 'identify', userId: 'a' }, { type: 'identify', userId: 'b' }],
    ['what stands deeper', person({ a: { seen_at: 1 } }), person({ a: { seen_at: 2 } })],
    ['names that begin alike', person({ seen_at_2: 1 }), person({ seen_at_2: 2 })],
  ])('leaves in %s', (_what, one, other) => {
    expect(hashOf([one], options)).not.toBe(hashOf([other], options));
  });
});

describe('a message that no sink could be sent has no hash', () => {
  const circle: unknown[] = [];
  circle.push(circle);
  let deep: unknown = 1;
  for (let level = 0; level < 5_000; level += 1) deep = { deep };
  const throwing = {
    toJSON: () => {
      throw new Error('value-of-the-row');
    },
  };
  it.each([
    ['a bigint', person({ a: 1n }), '(TypeError)'],
    ['an object around a bigint', person({ a: Object(1n) as unknown }), '(TypeError)'],
    ['a circle', person({ circle }), '(RangeError)'],
    ['very deep values', person({ deep }), '(RangeError)'],
    ['a toJSON that throws', person({ throwing }), '(Error)'],
    ['a function', () => 1, ''],
    ['undefined', undefined, ''],
    ['a symbol', Symbol('s'), ''],
    ['a promise', Promise.resolve(person({})), ''],
    ['null', null, ''],
    ['false', false, ''],
  ])('%s', (_what, message, why) => {
    for (const messages of [[message], [person({}), message]]) {
      const hash = (): Buffer => messageHasher().ofMessages(messages, 4711);
      expect(hash).toThrow(expect.objectContaining({ name: 'MappingError', code: 'MAPPING_ROW' }));
      expect(hash).toThrow(`Row 4711: the message cannot become JSON, so it cannot be compared${why && ` ${why}`}.`);
    }
  });

  it('but every row of values has, also those that have no JSON', () => {
    const columns: Column[] = [{ name: 'A', type: 'native', nullable: true }];
    const values = [null, '', 'null', 1, true, {}, [], 1n, 2n, '1n', undefined, () => 1, Symbol('s'), circle, deep];
    const hashes = values.map((value) => messageHasher().ofRow(columns, [value]).toString('hex'));
    // A circle and what is too deep are both a RangeError.
    expect(new Set(hashes).size).toBe(values.length - 1);
    expect(hashes).toStrictEqual(values.map((value) => messageHasher().ofRow(columns, [value]).toString('hex')));
  });

  const rowHash = (type: ColumnType, value: string): string =>
    messageHasher()
      .ofRow([{ name: 'A', type, nullable: true }], [value])
      .toString('hex');

  it.each<[ColumnType, one: string, other: string]>([
    ['boolean', 'true', '1'],
    ['boolean', 'FALSE', '0'],
    ['real', '1.5', '1.500000000000000e+00'],
    ['real', '0', '-0.0'],
    ['variant', '{\n  "a": [\n    1\n  ]\n}', '{"a":[1]}'],
    ['geography', ' {"a" : "\\" "}', '{"a":"\\" "}'],
  ])('and a value of %s is the same as %j and as %j', (type, one, other) => {
    expect(rowHash(type, one)).toBe(rowHash(type, other));
  });

  it.each<[ColumnType, one: string, other: string]>([
    ['boolean', 'maybe', '1'],
    ['real', 'NaN', 'inf'],
    ['real', '', '0'],
    ['text', '1.50', '1.5'],
    ['text', '{ }', '{}'],
    ['variant', '{"a b":1}', '{"ab":1}'],
    ['array', '["a\\"  b"]', '["a\\" b"]'],
    ['array', '[9007199254740993]', '[9007199254740992]'],
  ])('but of %s, %j and %j are two', (type, one, other) => {
    expect(rowHash(type, one)).not.toBe(rowHash(type, other));
  });
});

describe('another version of the form', () => {
  // What a later version might be like: times to the second.
  const second: CanonicalForm = {
    version: 2,
    ofMessage: (message, ignore) => firstForm.ofMessage(message, ignore)?.replace(/\.\d+Z"/g, 'Z"'),
    ofText: (canonical) => canonical.replace(/\.\d+Z"/g, 'Z"'),
  };
  const stored = messageHasher({ secret: 's', ignore: ['b'] });
  const made = messageHasher({ secret: 's', ignore: ['b'], form: second });
  const message = person({ at: '2024-02-29T13:37:00.123Z', b: 1 });

  it('has hashes of its own, also where the texts are the same', () => {
    expect([stored.version, made.version]).toStrictEqual([1, 2]);
    for (const messages of [[message], [], [person({})]]) {
      expect(made.ofMessages(messages, 0)).not.toStrictEqual(stored.ofMessages(messages, 0));
    }
    expect(made.ofRow([], [])).not.toStrictEqual(stored.ofRow([], []));
  });

  it('is compared beside the stored one for a run, from one text of the row', () => {
    const canonical = canonicalJson({ ...message, traits: { at: '2024-02-29T13:37:00.123Z' } })!;
    const snapshot = stored.ofMessages([message], 0);
    expect(stored.ofText(canonical)).toStrictEqual(snapshot);
    expect(made.ofText(canonical)).toStrictEqual(made.ofMessages([message], 0));
    // The next run has the new one to compare with, and no longer tells what the new form does not tell.
    const later = person({ at: '2024-02-29T13:37:00.999Z' });
    expect(stored.ofMessages([later], 0)).not.toStrictEqual(snapshot);
    expect(made.ofMessages([later], 0)).toStrictEqual(made.ofText(canonical));
  });
});

it('refuses an empty secret, which would protect nothing', () => {
  for (const secret of ['', new Uint8Array()]) {
    expect(() => messageHasher({ secret })).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  }
});
