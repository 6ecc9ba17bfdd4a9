import { inspect } from 'node:util';
import { callTypes } from '../../../sink/wire-message.js';
import { held, same } from '../rule.js';
import { shown } from '../shown.js';
import { info, mapAll, nativeColumns } from './bound-rows.js';
import type { RowMapperLines } from './row-mapper-lines.js';

/** Messages: plain JSON, the same each time, by whatever way they are made. */
export function messageLines<M>({ create, check, checkIf }: RowMapperLines<M>): void {
  check('names its kind of call, and has the same fingerprint when it is made again', ({ mapper }) => {
    const { callType, fingerprint } = mapper;
    held(callType === 'custom' || callTypes.has(callType), `its callType is ${shown(callType)}`);
    same(create().mapper.fingerprint, fingerprint, 'made again, its fingerprint is');
    held(fingerprint === undefined || fingerprint.length > 0, 'its fingerprint is empty');
  });

  check('gives plain JSON: nothing undefined, no dates, no bigints, no numbers that are not finite', (test) => {
    for (const messages of mapAll(test)) assertJson(messages, 'message');
  });

  check('gives the same from map as from bind', ({ mapper, rows }) => {
    const bound = mapper.bind(nativeColumns(rows));
    for (const [index, row] of rows.entries()) {
      same(mapper.map(row, info(index)), bound(Object.values(row), info(index)), `of row ${index} map gave`);
    }
  });

  checkIf('wire', 'gives the same for the values of a source as for plain objects', ({ mapper, rows }, wire) => {
    held(
      wire.rows.length === rows.length,
      `\`wire\` has ${wire.rows.length} rows and not the ${rows.length} of \`rows\``,
    );
    const bound = mapper.bind(wire.columns);
    for (const [index, row] of rows.entries()) {
      const values = wire.rows[index] ?? [];
      same(
        bound(values, info(index)),
        mapper.map(row, info(index)),
        `of the values of a source, row ${index}, it gave`,
      );
    }
  });

  check('gives the same messages again, whatever rows come between', ({ mapper, rows }) => {
    const alone = rows.map((row, index) => texts(create().mapper.map(row, info(index))));
    const bound = mapper.bind(nativeColumns(rows));
    const backwards = rows.map((row, index) => ({ row, index })).reverse();
    for (const { row, index } of [...backwards, ...backwards]) {
      const text = texts(bound(Object.values(row), info(index)));
      same(text, alone[index], `after other rows it gave of row ${index}`);
    }
  });

  check('leaves a message as it is when it maps the next row', ({ mapper, rows }) => {
    const bound = mapper.bind(nativeColumns(rows));
    const kept = rows.map((row, index) => {
      const messages = bound(Object.values(row), info(index));
      return { messages, text: texts(messages) };
    });
    for (const [index, { messages, text }] of kept.entries()) {
      same(texts(messages), text, `after other rows the message of row ${index} was`);
    }
  });

  check('can be bound to several results at once', ({ mapper, rows }) => {
    const columns = nativeColumns(rows);
    const bound = mapper.bind(columns);
    const turned = mapper.bind([...columns].reverse());
    for (const [index, row] of rows.entries()) {
      const expected = sorted(create().mapper.map(row, info(index)));
      const values = Object.values(row);
      same(sorted(bound(values, info(index))), expected, `bound to another result since, it gave of row ${index}`);
      const ofTurned = sorted(turned(values.reverse(), info(index)));
      same(ofTurned, expected, `bound to the columns turned round, it gave of row ${index}`);
    }
  });

  check('leaves columns and rows as they are', ({ mapper, rows }) => {
    const before = inspect(rows, { depth: 20 });
    const columns = nativeColumns(rows).map((column) => Object.freeze(column));
    const bound = mapper.bind(Object.freeze(columns));
    for (const [index, row] of rows.entries()) {
      bound(Object.freeze(Object.values(row)), info(index));
      mapper.map(Object.freeze({ ...row }), info(index));
    }
    same(inspect(rows, { depth: 20 }), before, 'after they were mapped the rows are');
  });

  check('gives a message the same lane key each time, of texts', (test) => {
    const { mapper } = test;
    for (const message of mapAll(test).flat()) {
      const key = mapper.key?.(message);
      same(mapper.key?.(structuredClone(message)), key, 'of an equal message key gave');
      for (const text of key === undefined ? [] : [key].flat()) {
        held(typeof text === 'string', `key gave ${shown(text)}, which is no text`);
      }
    }
  });
}

/** Compared as what is shown, which also tells values that JSON cannot. */
function texts(messages: unknown): string {
  return inspect(messages, { depth: 20, maxArrayLength: null, maxStringLength: null });
}

/** With keys in one order: that of the columns decides about the order in a message. */
function sorted(messages: unknown): string {
  return inspect(messages, { depth: 20, maxArrayLength: null, maxStringLength: null, sorted: true });
}

function assertJson(value: unknown, path: string): void {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return;
  if (typeof value === 'number') {
    held(Number.isFinite(value), `${path} is ${value}, a number that is not finite`);
    return;
  }
  held(typeof value === 'object', `${path} is ${typeof value}, which is no JSON`);
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) assertJson(item, `${path}[${index}]`);
    return;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  const isPlain = prototype === Object.prototype || prototype === null;
  held(isPlain, `${path} is ${shown(value)}, which is no plain object`);
  for (const [key, item] of Object.entries(value)) assertJson(item, `${path}.${key}`);
}
