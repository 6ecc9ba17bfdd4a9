import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alias, group, identify, page, screen, track, type Column, type Message, type RowMapper } from 'snowmelt';
import { bindOrRefuse, columnsAndRows, mappers, types } from './arbitrary-rows.js';

const RUN = 'run-1';

function withId(message: Message, row: number): Message {
  return message.messageId === undefined ? { ...message, messageId: `${RUN}-${row}` } : message;
}

describe('the way from a row straight to JSON', () => {
  it('gives the text of the very message that the objects give, or leaves the row to them', () => {
    let texts = 0;
    fc.assert(
      fc.property(columnsAndRows, mappers, ({ columns, rows }, one) => {
        const bound = bindOrRefuse(one, columns);
        const toJson = bound?.toJson?.({ sync: 'people', messageId: (row) => `${RUN}-${row}` });
        if (bound === undefined || toJson === undefined) return;
        for (const [row, values] of rows.entries()) {
          const made = toJson(values, row);
          if (made === undefined) continue;
          texts += 1;
          const warnings: string[] = [];
          // Throws for a row that is rejected: such a row must not have a text.
          const message = bound(values, { row, sync: 'people', warn: (code) => void warnings.push(code) }) as Message;
          expect(JSON.parse(made.text)).toStrictEqual(withId(message, row));
          expect(made.keys).toStrictEqual(one.key?.(message));
          expect(warnings).toStrictEqual([]);
        }
      }),
      { numRuns: 2000 },
    );
    expect(texts).toBeGreaterThan(300);
  });

  it.each(types)('agrees on the edges of %s', (type) => {
    const edges = [
      '-0',
      '-0.00',
      '0',
      '00',
      '-',
      '1.',
      '.5',
      '1.50',
      '-0.5',
      '0.05',
      '1e-7',
      '0.0000001',
      '123456789012345',
    ];
    const more = [
      '9007199254740993',
      '1234567890.123456',
      'NaN',
      'null',
      ' null',
      '',
      '"',
      '\\',
      '\ud800',
      '\u0001',
      'true',
      '2',
    ];
    const json = [
      '{"a":-0}',
      '{"a":01}',
      '{"a":1.}',
      '[1,]',
      '{"a":"\ud800"}',
      '[ 1 , 2 ]',
      '{"a":1e400}',
      '{a:1}',
      '[1',
      '{}x',
    ];
    for (const value of [...edges, ...more, ...json]) {
      const columns: Column[] = [
        { name: 'userId', type: 'text', nullable: false },
        { name: 'value', type, nullable: true },
      ];
      const bound = identify().bind(columns);
      const made = bound.toJson?.({ sync: 's', messageId: (row) => `${RUN}-${row}` })(['u', value], 0);
      if (made === undefined) continue;
      const message = bound(['u', value], { row: 0 }) as Message;
      expect(JSON.parse(made.text), value).toStrictEqual(withId(message, 0));
    }
  });

  it.each<[name: string, mapper: RowMapper]>([
    ['identify', identify()],
    ['track', track()],
    ['group', group()],
    ['page', page()],
    ['screen', screen()],
    ['alias', alias()],
  ])('is taken by ordinary rows of %s', (_name, one) => {
    const columns: Column[] = [
      ...['userId', 'groupId', 'previousId', 'event', 'category'].map((name): Column => ({
        name,
        type: 'text',
        nullable: false,
      })),
      ...types.map((type): Column => ({ name: `a ${type}`, type, nullable: true })),
      { name: 'timestamp', type: 'timestamp_ntz', nullable: true },
    ];
    const values = ['u', 'g', 'p', 'e', 'c', '1.50', '2', '0.25', 'Zoë', '1', '19782', '1.5', '2.5', '3.5', '4.5 1500'];
    const row = [...values, '{\n  "a": 1\n}', '{}', '[]', '00FF', '[1.5]', '1700000000.123000000'];
    const text = one.bind(columns).toJson?.({ sync: 's', messageId: () => RUN })(row, 0)?.text;
    expect(text).toBeDefined();
    expect(JSON.parse(text!)).toMatchObject({ type: one.callType });
  });
});
