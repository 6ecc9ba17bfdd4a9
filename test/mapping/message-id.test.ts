import fc from 'fast-check';
import { expect, it } from 'vitest';
import { identify, page, screen, track, type Column, type ColumnType, type TrackOptions } from 'snowmelt';

type Cell = readonly [name: string, type: ColumnType, wire: string | null];

const EVENT: readonly Cell[] = [
  ['USERID', 'fixed', '1'],
  ['EVENT', 'text', 'Order Placed'],
  ['TIMESTAMP', 'timestamp_ntz', '1700000000.000000000'],
  ['PRICE', 'fixed', '1.50'],
];

function messageId(cells: readonly Cell[], options: TrackOptions = {}, sync = 'orders', row = 0): string | undefined {
  const columns = cells.map(([name, type]): Column => ({ name, type, nullable: true }));
  const message = track(options).bind(columns)(
    cells.map(([, , wire]) => wire),
    { row, sync },
  );
  return (message as { messageId?: string }).messageId;
}

function replace(name: string, wire: string | null): readonly Cell[] {
  return EVENT.map((cell): Cell => (cell[0] === name ? [name, cell[1], wire] : cell));
}

it('repeats the id of the same row in another run, at another row number, in another order of columns', () => {
  const id = messageId(EVENT);
  expect(id).toMatch(/^[A-Za-z0-9_-]{43}$/);
  expect(messageId(EVENT, {}, 'orders', 99)).toBe(id);
  expect(messageId([...EVENT].reverse())).toBe(id);
});

it('repeats the id when the same values are written differently on the wire', () => {
  const id = messageId([...EVENT, ['FLAG', 'boolean', '1']]);
  const other = [...replace('PRICE', '1.5'), ['FLAG', 'boolean', 'true'] as const];
  expect(
    messageId(other.map((cell) => (cell[0] === 'TIMESTAMP' ? ['TIMESTAMP', 'timestamp_ltz', '1700000000'] : cell))),
  ).toBe(id);
});

it('gives another id for another sync and for any other value, sent or not', () => {
  const ids = [
    messageId(EVENT),
    messageId(EVENT, {}, 'other'),
    messageId(replace('USERID', '2')),
    messageId(replace('EVENT', 'Order Paid')),
    messageId(replace('PRICE', null)),
    messageId(replace('TIMESTAMP', '1700000000.000000001')),
    messageId([...EVENT, ['HIDDEN', 'text', 'a']], { omit: ['HIDDEN'] }),
    messageId([...EVENT, ['HIDDEN', 'text', 'b']], { omit: ['HIDDEN'] }),
  ];
  expect(new Set(ids).size).toBe(ids.length);
});

it('leaves rows without a timestamp to the engine', () => {
  expect(messageId(replace('TIMESTAMP', null))).toBeUndefined();
  expect(messageId(EVENT.filter(([name]) => name !== 'TIMESTAMP'))).toBeUndefined();
});

it('leaves state-like calls to the engine, unless columns are named', () => {
  const row = { userId: 'u', timestamp: '2024-02-29T00:00:00Z', version: 3 };
  const info = { row: 0, sync: 'people' };
  expect(identify().map(row, info)).not.toHaveProperty('messageId');
  expect(identify({ messageId: { from: ['userId', 'version'] } }).map(row, info)).toHaveProperty('messageId');
  expect(page().map(row, info)).toHaveProperty('messageId');
  expect(screen().map(row, info)).toHaveProperty('messageId');
});

it('makes no id in map() that no run would send: it needs the name of the sync', () => {
  const row = { userId: 'u', event: 'Paid', timestamp: '2024-02-29T00:00:00Z' };
  for (const mapper of [track(), page(), screen(), identify({ messageId: { from: ['event'] } })]) {
    expect(mapper.map(row)).not.toHaveProperty('messageId');
    expect(mapper.map(row, { row: 7, sync: 'orders' }).messageId).toMatch(/^[\w-]{43}$/);
  }
  expect(track().map({ ...row, messageId: 'mine' })).toMatchObject({ messageId: 'mine' });
});

it('makes the id from the named columns alone', () => {
  const options: TrackOptions = { messageId: { from: ['PRICE'] } };
  const id = messageId(EVENT, options);
  expect(messageId(replace('USERID', '2'), options)).toBe(id);
  expect(messageId(replace('PRICE', '2'), options)).not.toBe(id);
  expect(messageId(replace('PRICE', null), options)).toBeUndefined();
});

it('lets a messageId column win, and falls back where it is empty', () => {
  expect(messageId([...EVENT, ['messageId', 'text', 'order.1_A-b']])).toBe('order.1_A-b');
  expect(messageId([...EVENT, ['messageId', 'fixed', '12']])).toBe('12');
  expect(messageId([...EVENT, ['messageId', 'text', null]])).toMatch(/^.{43}$/);
});

it.each(['order:1', 'ä', 'a'.repeat(65), ' '])('refuses the message id %s instead of changing it', (id) => {
  expect(() => messageId([...EVENT, ['messageId', 'text', id]])).toThrow(
    expect.objectContaining({
      code: 'MAPPING_ROW',
      hint: 'Write SHA2(TO_VARCHAR(messageId)) AS "messageId".',
      details: { row: 0, column: 'messageId' },
    }),
  );
});

it.each<[ColumnType, readonly (string | null)[]]>([
  ['real', [null, 'NaN', 'inf', '-inf', '0', '1e300']],
  [
    'variant',
    [
      ...[null, 'null', '"null"', 'undefined', 'NaN', '[NaN]', '[null]', '["NaN"]'],
      ...['9007199254740993', '"9007199254740993"', '9007199254740992', '{"a":1e400}', '{"a":null}'],
    ],
  ],
])('gives each value of a %s an id of its own, also those that are decoded to the same', (type, wires) => {
  const hidden = wires.map((wire) => messageId([...EVENT, ['V', type, wire]], { omit: ['V'] }));
  const sent = wires.map((wire) => messageId([...EVENT, ['V', type, wire]]));
  expect(new Set(hidden).size).toBe(wires.length);
  expect(new Set(sent).size).toBe(wires.length);
});

it('makes no id from columns that are all decoded to null', () => {
  const options: TrackOptions = { messageId: { from: ['V', 'constructor'] }, nulls: 'omit' };
  const nothing: Cell[] = [
    ['V', 'variant', 'null'],
    ['constructor', 'text', null],
  ];
  expect(messageId([...EVENT, ...nothing], options)).toBeUndefined();
});

it('never gives two different rows the same id', () => {
  const cell = fc.option(fc.string(), { nil: null });
  fc.assert(
    fc.property(cell, cell, cell, cell, (a, b, c, d) => {
      const row = (first: string | null, second: string | null): readonly Cell[] => [
        ...EVENT,
        ['A', 'text', first],
        ['B', 'text', second],
      ];
      expect(messageId(row(a, b)) === messageId(row(c, d))).toBe(a === c && b === d);
    }),
  );
});
