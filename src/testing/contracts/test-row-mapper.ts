import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { isSnowmeltError } from '../../errors/errors.js';
import { callTypes } from '../../sink/wire-message.js';
import type { BoundMapper, Row, RowInfo, RowMapper } from '../../mapping/row-mapper.js';
import type { Column } from '../../source/source.js';
import { assertCompared } from './assert-compared.js';
import type { RowMapperCapabilities, RowMapperUnderTest, TestRowMapperOptions } from './row-mapper-under-test.js';
import { skip } from './skip.js';

const SYNC = 'contract';
/** Shorter texts stand in an error's own words by chance. */
const tellingLength = 4;

/**
 * The contract of a {@link RowMapper}, as tests. Passing it is what lets the engine map a row again after a failure and
 * get the same messages. Lines about what a mapper is not shown (see {@link RowMapperCapabilities}) are skipped.
 *
 * @example
 * testRowMapper({ describe, it, name: 'myMapper', create: () => ({ mapper: myMapper(), rows: [first, second] }) });
 */
export function testRowMapper<M>(options: TestRowMapperOptions<M>): void {
  const { describe, it, name, create } = options;
  const check = (title: string, body: (test: RowMapperUnderTest<M>, given: readonly unknown[]) => void): void => {
    it(title, async (...given: readonly unknown[]) => {
      const test = create();
      assert.ok(test.rows.length > 1, 'the contract needs two rows or more');
      body(test, given);
    });
  };
  const checkIf = <C extends keyof RowMapperCapabilities>(
    capability: C,
    title: string,
    body: (test: RowMapperUnderTest<M>, able: NonNullable<RowMapperCapabilities[C]>) => void,
  ): void =>
    check(title, (test, given) => {
      const able = test.capabilities?.[capability];
      if (able === undefined) skip(given, capability);
      else body(test, able);
    });

  describe(`${name} keeps the contract of a row mapper`, () => {
    check('names its kind of call, and has the same fingerprint when it is made again', ({ mapper }) => {
      assert.ok(mapper.callType === 'custom' || callTypes.has(mapper.callType), `call type ${mapper.callType}`);
      assert.equal(create().mapper.fingerprint, mapper.fingerprint);
      assert.ok(mapper.fingerprint === undefined || mapper.fingerprint.length > 0, 'an empty fingerprint');
    });

    check('gives plain JSON: nothing undefined, no dates, no bigints, no numbers that are not finite', (test) => {
      for (const messages of mapAll(test)) assertJson(messages, 'message');
    });

    check('gives the same from map as from bind', ({ mapper, rows }) => {
      const bound = mapper.bind(nativeColumns(rows));
      for (const [index, row] of rows.entries()) {
        assert.deepEqual(mapper.map(row, info(index)), bound(Object.values(row), info(index)));
      }
    });

    checkIf('wire', 'gives the same for the values of a source as for plain objects', ({ mapper, rows }, wire) => {
      assert.equal(wire.rows.length, rows.length, 'the contract needs the same rows in both forms');
      const bound = mapper.bind(wire.columns);
      for (const [index, row] of rows.entries()) {
        assert.deepEqual(bound(wire.rows[index] ?? [], info(index)), mapper.map(row, info(index)));
      }
    });

    check('gives the same messages again, whatever rows come between', (test) => {
      const { mapper, rows } = test;
      const alone = rows.map((row, index) => texts(create().mapper.map(row, info(index))));
      const bound = mapper.bind(nativeColumns(rows));
      const backwards = rows.map((row, index) => ({ row, index })).reverse();
      for (const { row, index } of [...backwards, ...backwards]) {
        assert.equal(texts(bound(Object.values(row), info(index))), alone[index], `row ${index}`);
      }
    });

    check('leaves a message as it is when it maps the next row', (test) => {
      const { mapper, rows } = test;
      const bound = mapper.bind(nativeColumns(rows));
      const kept = rows.map((row, index) => {
        const messages = bound(Object.values(row), info(index));
        return { messages, text: texts(messages) };
      });
      for (const { messages, text } of kept) assert.equal(texts(messages), text);
    });

    check('can be bound to several results at once', ({ mapper, rows }) => {
      const columns = nativeColumns(rows);
      const bound = mapper.bind(columns);
      const turned = mapper.bind([...columns].reverse());
      for (const [index, row] of rows.entries()) {
        const expected = sorted(create().mapper.map(row, info(index)));
        assert.deepEqual(sorted(bound(Object.values(row), info(index))), expected);
        assert.deepEqual(sorted(turned(Object.values(row).reverse(), info(index))), expected, 'columns turned round');
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
      assert.equal(inspect(rows, { depth: 20 }), before);
    });

    check('gives a message the same lane key each time, of texts', (test) => {
      const { mapper } = test;
      for (const message of mapAll(test).flat()) {
        const key = mapper.key?.(message);
        assert.deepEqual(mapper.key?.(structuredClone(message)), key);
        for (const text of key === undefined ? [] : [key].flat()) assert.equal(typeof text, 'string', 'lane key');
      }
    });

    check('gives a text that says what the object says', (test, given) => {
      const forms = boundForms(test);
      if (forms.every(({ bound }) => bound.toJson === undefined)) {
        skip(given, 'toJson');
        return;
      }
      for (const { bound, values } of forms) assertTexts(test.mapper, bound, values);
    });

    check('gives a text to compare that is that of the object', (test, given) => {
      const texts = boundForms(test).map(({ bound, values }) => assertCompared(bound, values, info));
      if (texts.every((count) => count === 0)) skip(given, 'canonical', 'member');
    });

    checkIf('skipped', 'skips a row with undefined', ({ mapper, rows }, skipped) => {
      const bound = mapper.bind(nativeColumns(rows));
      assert.equal(bound(Object.values(skipped), info(0)), undefined);
      assert.equal(mapper.map(skipped, info(0)), undefined);
      assert.equal(toJson(bound)?.(Object.values(skipped), 0), undefined, 'a text for a row that is skipped');
    });

    checkIf('invalid', 'refuses a row by its number, and tells no values', ({ mapper, rows }, invalid) => {
      const bound = mapper.bind(nativeColumns(rows));
      for (const row of rows) bound(Object.values(row), info(0));
      for (const refuse of [() => bound(Object.values(invalid), info(4711)), () => mapper.map(invalid, info(4711))]) {
        const error = mappingError(refuse, 'MAPPING_ROW');
        assert.equal(error.details['row'], 4711, 'details.row is not the number of the row');
        assert.ok(error.message.includes('4711'), 'the message does not name the row');
        assertTellsNone(error, [invalid, ...rows]);
      }
      assert.equal(toJson(bound)?.(Object.values(invalid), 4711), undefined, 'a text for a row that is refused');
    });

    checkIf('invalid', 'maps the rows after a refused one as if it had not been', ({ mapper, rows }, invalid) => {
      const bound = mapper.bind(nativeColumns(rows));
      for (const [index, row] of rows.entries()) {
        assert.throws(() => bound(Object.values(invalid), info(index)));
        assert.deepEqual(bound(Object.values(row), info(index)), create().mapper.map(row, info(index)));
      }
    });

    checkIf('missing', 'refuses columns that do not fit when it is bound', ({ mapper }, missing) => {
      const columns = missing.map((column): Column => ({ name: column, type: 'native', nullable: true }));
      const error = mappingError(() => mapper.bind(columns), 'MAPPING_COLUMNS');
      assert.ok(error.hint, 'no hint what to write in the query');
    });

    check('explains every column once, where it explains', ({ mapper, rows }, given) => {
      const columns = nativeColumns(rows);
      const explained = mapper.explain?.(columns).map(({ column }) => column);
      if (explained === undefined) {
        skip(given, 'explain', 'member');
        return;
      }
      assert.deepEqual(
        explained,
        columns.map((column) => column.name),
      );
    });
  });
}

function info(row: number): RowInfo {
  return { row, sync: SYNC };
}

function nativeColumns([first]: readonly Row[]): Column[] {
  return Object.keys(first ?? {}).map((name) => ({ name, type: 'native', nullable: true }));
}

function list<M>(mapped: M | readonly M[] | undefined): readonly M[] {
  if (mapped === undefined) return [];
  return Array.isArray(mapped) ? (mapped as readonly M[]) : [mapped as M];
}

/** The mapper bound to the rows in each form that there is: plain objects, and values of a source. */
function boundForms<M>({ mapper, rows, capabilities }: RowMapperUnderTest<M>): readonly BoundRows<M>[] {
  const native = { columns: nativeColumns(rows), rows: rows.map((row) => Object.values(row)) };
  return [native, ...(capabilities?.wire === undefined ? [] : [capabilities.wire])].map(
    ({ columns, rows: values }) => ({
      bound: mapper.bind(columns),
      values,
    }),
  );
}

interface BoundRows<M> {
  readonly bound: BoundMapper<M>;
  readonly values: readonly (readonly unknown[])[];
}

/** The messages of every row, of which there must be some. */
function mapAll<M>({ mapper, rows }: RowMapperUnderTest<M>): readonly (readonly M[])[] {
  const bound = mapper.bind(nativeColumns(rows));
  return rows.map((row, index) => {
    const messages = list(bound(Object.values(row), info(index)));
    assert.ok(messages.length > 0, `row ${index} became no message`);
    return messages;
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
    assert.ok(Number.isFinite(value), `${path} is a number that is not finite`);
    return;
  }
  assert.equal(typeof value, 'object', `${path} is ${typeof value}`);
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) assertJson(item, `${path}[${index}]`);
    return;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  assert.ok(prototype === Object.prototype || prototype === null, `${path} is no plain object`);
  for (const [key, item] of Object.entries(value as object)) assertJson(item, `${path}.${key}`);
}

function toJson<M>(bound: BoundMapper<M>): ReturnType<NonNullable<BoundMapper<M>['toJson']>> | undefined {
  return bound.toJson?.({ sync: SYNC, messageId: (row) => `id-${row}` });
}

function assertTexts<M>(mapper: RowMapper<M>, bound: BoundMapper<M>, rows: readonly (readonly unknown[])[]): void {
  const write = toJson(bound);
  for (const [index, values] of rows.entries()) {
    const json = write?.(values, index);
    if (json === undefined) continue;
    const [message, ...others] = list(bound(values, info(index)));
    assert.ok(message !== undefined && others.length === 0, `row ${index} is one text, but not one object`);
    assert.deepEqual(JSON.parse(json.text), { messageId: `id-${index}`, ...message });
    assert.deepEqual(json.keys, mapper.key?.(message), 'lane key');
  }
}

interface Refusal {
  readonly message: string;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

function mappingError(action: () => unknown, code: string): Refusal {
  try {
    action();
  } catch (error) {
    assert.ok(isSnowmeltError(error), `not a MappingError: ${String(error)}`);
    assert.deepEqual([error.name, error.code], ['MappingError', code]);
    return error;
  }
  return assert.fail(`no MappingError ${code}`);
}

function assertTellsNone({ message, hint, details, cause }: Refusal, rows: readonly Row[]): void {
  const told = inspect({ message, hint, details, cause }, { depth: 10 });
  for (const row of rows) {
    const names = Object.keys(row);
    for (const value of Object.values(row)) {
      if (typeof value !== 'string' || value.length < tellingLength || names.includes(value)) continue;
      assert.ok(!told.includes(value), 'the error tells a value of a row');
    }
  }
}
