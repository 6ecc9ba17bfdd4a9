/** What row becomes which hash, for ever: a change here sends every row of every snapshot again. */
export interface CanonicalVector {
  readonly name: string;
  readonly messages: readonly unknown[];
  /** What is hashed of them, behind the version and the mark of messages. */
  readonly text: string;
  /** Without a secret, and with that of {@link vectorSecret}; made by another program than snowmelt. */
  readonly hash: string;
  readonly secretHash: string;
}

/** The secret of the vectors. */
export const vectorSecret = 'golden secret';

/** Messages of every kind of call and value. */
export const canonicalVectors: readonly CanonicalVector[] = [
  {
    name: 'a skipped row',
    messages: [],
    text: '[]',
    hash: '0de83e41bd69af35bb4a1a09ae315eb2',
    secretHash: '45f243007a9f1a428cc578b1ea50ff0d',
  },
  {
    name: 'identify',
    messages: [{ type: 'identify', userId: 'u1', traits: { plan: 'pro', email: 'a@example.com' }, messageId: 'run-1' }],
    text: '[{"traits":{"email":"a@example.com","plan":"pro"},"type":"identify","userId":"u1"}]',
    hash: '853031d0cda63689e791d9a2463f079f',
    secretHash: '771a860c217ccdeb48d3bf95ff69e6fb',
  },
  {
    name: 'track',
    messages: [
      {
        type: 'track',
        userId: 'u1',
        event: 'Bought',
        timestamp: '2024-02-29T13:37:00.123Z',
        properties: { price: 9.5 },
      },
    ],
    text: '[{"event":"Bought","properties":{"price":9.5},"timestamp":"2024-02-29T13:37:00.123Z","type":"track","userId":"u1"}]',
    hash: 'b2064dc5b8e8d1476b1b5aeed23ef697',
    secretHash: '24977acbf4920311f45507fc00f3bffb',
  },
  {
    name: 'group',
    messages: [
      {
        type: 'group',
        groupId: 'g',
        objectTypeId: '1',
        relationshipAttributes: { role: 'x' },
        traits: {},
        anonymousId: 'a',
      },
    ],
    text: '[{"anonymousId":"a","groupId":"g","objectTypeId":"1","relationshipAttributes":{"role":"x"},"traits":{},"type":"group"}]',
    hash: 'e42c3f22c77e9c94a4d3a769e36ee4b8',
    secretHash: 'b5acad3735a109ac14c77090baf8ca61',
  },
  {
    name: 'page',
    messages: [{ type: 'page', userId: 'u1', name: 'Home', category: 'c', properties: { url: '/', category: 'c' } }],
    text: '[{"category":"c","name":"Home","properties":{"category":"c","url":"/"},"type":"page","userId":"u1"}]',
    hash: '2d892f956b826ead4670bfe5395f3c37',
    secretHash: '890954119d0fb66ba8b07cd588b5df5c',
  },
  {
    name: 'screen',
    messages: [{ type: 'screen', userId: 'u1', name: 'Main', context: { app: { version: '2', build: 7 } } }],
    text: '[{"context":{"app":{"build":7,"version":"2"}},"name":"Main","type":"screen","userId":"u1"}]',
    hash: 'c60f40b136d742911046b4c76dc39790',
    secretHash: '52c7a7b6ceb60a21f2da85dca67682a7',
  },
  {
    name: 'alias',
    messages: [{ type: 'alias', previousId: 'old', userId: 'new' }],
    text: '[{"previousId":"old","type":"alias","userId":"new"}]',
    hash: 'ed4d0fef262abc3eb1cf253cb5fa6cc4',
    secretHash: '78fc95a7896b8e801129e3bc8bdcfbc9',
  },
  {
    name: 'a semantic event',
    messages: [{ type: 'track', event: 'User Deleted', userId: 'u1', messageId: 'x', integrations: { All: false } }],
    text: '[{"event":"User Deleted","integrations":{"All":false},"type":"track","userId":"u1"}]',
    hash: 'c334ae52c33cad0e98516bc341c9a9af',
    secretHash: '90fe9c760abd3140a7d2c23863e4a107',
  },
  {
    name: 'several messages in their order',
    messages: [
      { type: 'identify', userId: 'b' },
      { type: 'identify', userId: 'a' },
    ],
    text: '[{"type":"identify","userId":"b"},{"type":"identify","userId":"a"}]',
    hash: '1c2e08786c0d2151d9f94d6ee1b16b49',
    secretHash: 'a4d463b3dfd8f2de1260d764d24b6221',
  },
  {
    name: "a message of the host's own keeps its messageId",
    messages: [{ messageId: 'm', kind: 'order', lines: [{ sku: 's', n: 2 }] }],
    text: '[{"kind":"order","lines":[{"n":2,"sku":"s"}],"messageId":"m"}]',
    hash: '0215c730e75a858abd1ea82a15b95107',
    secretHash: '3e1e1c1f400bea627559d2ee6ffc2e75',
  },
  {
    name: 'messages that are texts and numbers',
    messages: ['a', 1, true],
    text: '["a",1,true]',
    hash: '7ea1ef406c273c130bd765c34d9c6860',
    secretHash: '4af9819d48123359cb5a5a7b63dbd8c0',
  },
  {
    name: 'nested values',
    messages: [{ b: [1, [], {}, [null]], a: { d: { f: 1, e: 2 }, c: false } }],
    text: '[{"a":{"c":false,"d":{"e":2,"f":1}},"b":[1,[],{},[null]]}]',
    hash: 'fd8c0ddb723226a5cb17dd2924b5ac9b',
    secretHash: '753d447a9ee6b8401787c560375e6090',
  },
  {
    name: 'numbers',
    messages: [
      [0, -0, 1.5, 1e21, 1e-7, 123456789012345680000, 5e-324, 1.7976931348623157e308, 9007199254740991, -12.25],
    ],
    text: '[[0,0,1.5,1e+21,1e-7,123456789012345680000,5e-324,1.7976931348623157e+308,9007199254740991,-12.25]]',
    hash: '05fc25f1eddb45620ed37d2fb0deecc7',
    secretHash: '103dc8d87cd1b4d2665eabbaca76da1b',
  },
  {
    name: 'numbers that JSON does not have',
    messages: [[NaN, Infinity, -Infinity]],
    text: '[[null,null,null]]',
    hash: '5b5204ba977f60c0981628110966544d',
    secretHash: 'aa517040e0611cec9ef2673fe69a7666',
  },
  {
    name: 'exact decimals that are texts',
    messages: [{ type: 'identify', userId: 'u', traits: { big: '9007199254740993', exact: '0.1234567890123456789' } }],
    text: '[{"traits":{"big":"9007199254740993","exact":"0.1234567890123456789"},"type":"identify","userId":"u"}]',
    hash: '93d62cd47b8a024e1c0fa6fd90449f46',
    secretHash: 'ea4cf393221cca0018033ec14dfcd832',
  },
  {
    name: 'composed letters',
    messages: ['\u00e9'],
    text: '["\u00e9"]',
    hash: '2019492b0e9f91cc0a675d1bb6ccfc8f',
    secretHash: 'c97f31ac813698ed2528e735507eaf99',
  },
  {
    name: 'decomposed letters are others',
    messages: ['e\u0301'],
    text: '["e\u0301"]',
    hash: 'ce225f4f0d82369d7d3f9ed52b193b5e',
    secretHash: '3d03d223d22edd8b65f51dcc68aa9dbb',
  },
  {
    name: 'pairs and halves of surrogates',
    messages: ['\ud83d\ude00', '\ud800', { '\udc00': 1 }],
    text: '["\ud83d\ude00","\\ud800",{"\\udc00":1}]',
    hash: 'c835b5e005a7f11ab83b3f0abbbcd1dc',
    secretHash: '9b99e0a385238734768b96fe3313cca8',
  },
  {
    name: 'control characters, quotes, separators of lines',
    messages: ['\u0000\u001f\b\t\n\f\r"\\/\u007f\u2028'],
    text: '["\\u0000\\u001f\\b\\t\\n\\f\\r\\"\\\\/\u007f\u2028"]',
    hash: 'c53b552d200e9b738cb898a5a34d7187',
    secretHash: 'cc6573d1f68440b0cdc8dd9643ab8456',
  },
  {
    name: 'keys sorted by UTF-16 code units',
    messages: [
      { '\ufb33': 1, '\u{1f600}': 2, '\u20ac': 3, '\r': 4, '1': 5, '\u0080': 6, '\u00f6': 7, '10': 8, '9': 9, '': 10 },
    ],
    text: '[{"":10,"\\r":4,"1":5,"10":8,"9":9,"\u0080":6,"\u00f6":7,"\u20ac":3,"\ud83d\ude00":2,"\ufb33":1}]',
    hash: '5bc05002573a90af7ea18be6ed32f2eb',
    secretHash: '6c9413724b54c5eacf6ed409005d2743',
  },
  {
    name: 'a key that is no ordinary one',
    messages: [JSON.parse('{"b":1,"__proto__":{"z":1,"y":2},"constructor":null}')],
    text: '[{"__proto__":{"y":2,"z":1},"b":1,"constructor":null}]',
    hash: '3a77c5ba1d23d6eb1723ae94a853d9b6',
    secretHash: '24f081dae32b2dceb29614ca77389fce',
  },
  {
    name: 'undefined is left out, null is not',
    messages: [{ a: undefined, b: null, c: [undefined] }],
    text: '[{"b":null,"c":[null]}]',
    hash: '97a26accee2fef5b572e314c1c62979f',
    secretHash: 'fa92ac70b3adcb7f8fec149ee93e70d4',
  },
  {
    name: 'dates',
    messages: [{ at: new Date(Date.UTC(2024, 1, 29, 13, 37)), no: new Date(NaN) }],
    text: '[{"at":"2024-02-29T13:37:00.000Z","no":null}]',
    hash: '6a0e9628bc19d741bdbc6e23eff79311',
    secretHash: '9f6811dd009a320dec1f1c3f22709316',
  },
  {
    name: 'bytes, maps, sets',
    messages: [{ bytes: Uint8Array.of(7, 8), map: new Map([[1, 2]]), set: new Set([1]) }],
    text: '[{"bytes":{"0":7,"1":8},"map":{},"set":{}}]',
    hash: '0bd7dda1c74b5cbe10062b00f4716635',
    secretHash: '5fff7e7b7401decad27a337c490eb17b',
  },
  {
    name: 'functions and symbols',
    messages: [{ f: () => 1, s: Symbol('s'), l: [() => 1, Symbol('s')] }],
    text: '[{"l":[null,null]}]',
    hash: 'ca94d22906b1cfc25a4a5f596dd398f9',
    secretHash: '6a0f2eb2061a496140f8882087698d6c',
  },
];

/** A row that could not be mapped: its wire values. */
export const rowVector = {
  values: ['1', null, 'Zo\u00eb'],
  hash: '93307c1454c0e860ddc1bcf3dd5df7f1',
  secretHash: '00cd53b01cf1b027740455423cb1d6d1',
};
