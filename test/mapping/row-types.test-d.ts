import { expectTypeOf, test } from 'vitest';
import {
  defineMapper,
  identify,
  rowTypes,
  Sync,
  type DecodedRow,
  type JsonObject,
  type JsonValue,
  type RowMapper,
  type RowTypes,
  type SyncOptions,
} from 'snowmelt';

// As `snowmelt types` writes it.
type PeopleRow = {
  readonly ID: number | string;
  readonly NAME: string | null;
  readonly PROFILE: JsonObject;
  readonly ANY: JsonValue;
  readonly SCORES?: readonly (number | string | null)[];
  readonly ACTIVE: 'true' | 'false';
};

test('a row type is that of the function', () => {
  const mapper = defineMapper<PeopleRow>((row) => {
    expectTypeOf(row).toEqualTypeOf<PeopleRow>();
    return { type: 'identify', userId: String(row.ID), traits: { name: row.NAME, profile: row.PROFILE } };
  });
  expectTypeOf(mapper).toEqualTypeOf<RowMapper>();
});

test('messages of the host are inferred beside it', () => {
  const inferred = defineMapper((row: PeopleRow) => ({ id: row.ID }));
  expectTypeOf(inferred).toEqualTypeOf<RowMapper<{ id: number | string }>>();
  const named = defineMapper<PeopleRow, { readonly name: string }>((row) =>
    row.NAME === null ? undefined : { name: row.NAME },
  );
  expectTypeOf(named).toEqualTypeOf<RowMapper<{ readonly name: string }>>();
});

test('a column that is not there, and a value that may be null, do not compile', () => {
  // @ts-expect-error there is no NMAE
  defineMapper<PeopleRow>((row) => ({ type: 'identify', userId: 'u', traits: { name: row.NMAE } }));
  defineMapper<PeopleRow>((row) => {
    // @ts-expect-error may be null
    const name: string = row.NAME;
    // @ts-expect-error may be a text
    const id: number = row.ID;
    return { type: 'identify', userId: `${name}${id}` };
  });
  // @ts-expect-error no row has a Date
  defineMapper<{ readonly AT: Date }>(() => undefined);
  // @ts-expect-error a call without its type
  defineMapper<PeopleRow>((row) => ({ userId: String(row.ID) }));
});

test('without one the columns are any', () => {
  const mapper = defineMapper((row) => {
    expectTypeOf(row).toEqualTypeOf<DecodedRow>();
    return { n: 1 };
  });
  expectTypeOf(mapper).toEqualTypeOf<RowMapper<{ n: number }>>();
});

test('map() takes a row of the type', () => {
  const ada: PeopleRow = { ID: 1, NAME: 'Ada', PROFILE: {}, ANY: [1], ACTIVE: 'true' };
  identify().map(ada);
  defineMapper<PeopleRow>(() => undefined).map(ada);
  // @ts-expect-error a column is missing
  identify().map({ ID: 1 } satisfies PeopleRow);
});

test('rowTypes takes syncs of any messages, and nothing else', () => {
  const people = new Sync({} as SyncOptions);
  const own = new Sync({} as SyncOptions<{ readonly kind: 'own' }>);
  expectTypeOf(rowTypes(people)).toEqualTypeOf<Promise<RowTypes>>();
  void rowTypes([people, own], { signal: new AbortController().signal });
  // @ts-expect-error only its name
  void rowTypes({ name: 'people' });
});
