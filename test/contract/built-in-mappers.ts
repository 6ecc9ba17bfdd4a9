import * as z from 'zod';
import {
  alias,
  createOrUpdateDevices,
  defineMapper,
  deleteDevices,
  deleteObjects,
  deletePeople,
  deleteRelationships,
  group,
  identify,
  page,
  reportContent,
  reportDeliveries,
  screen,
  suppressPeople,
  track,
  unsuppressPeople,
  type Column,
  type ColumnType,
  type Mapped,
  type Message,
  type Row,
} from 'snowmelt';
import type { RowMapperUnderTest } from 'snowmelt/testing';

/** The same columns twice: values for `map`, and Snowflake's wire text of two rows. */
interface SampleColumn {
  readonly values: readonly [unknown, unknown];
  readonly type: ColumnType;
  readonly wire: readonly [string | null, string | null];
}

const text = (first: string, second: string): SampleColumn => ({
  values: [first, second],
  type: 'text',
  wire: [first, second],
});

const extras: Readonly<Record<string, SampleColumn>> = {
  plan: text('premium "数据"', 'free 💥'),
  visits: { values: [3, null], type: 'fixed', wire: ['3', null] },
  active: { values: [true, false], type: 'boolean', wire: ['1', '0'] },
  score: { values: [1.5, NaN], type: 'real', wire: ['1.5', 'NaN'] },
  big: {
    values: [9_007_199_254_740_993n, 2n],
    type: 'fixed',
    wire: ['9007199254740993', '2'],
  },
  tags: { values: [['a', { b: null }], []], type: 'array', wire: ['["a",{"b":null}]', '[]'] },
};
const timestamp: SampleColumn = {
  values: [new Date(1_700_000_000_000), new Date(1_700_000_001_500)],
  type: 'timestamp_ntz',
  wire: ['1700000000.000000000', '1700000001.500000000'],
};
const people = text('person-one', 'person-two');

function sample<M>(
  mapper: RowMapperUnderTest<M>['mapper'],
  columns: Readonly<Record<string, SampleColumn>>,
  wrong: Row,
  needed: string,
): () => RowMapperUnderTest<M> {
  const entries = Object.entries(columns);
  const row = (index: 0 | 1): Row => Object.fromEntries(entries.map(([name, { values }]) => [name, values[index]]));
  return () => ({
    mapper,
    rows: [row(0), row(1)],
    capabilities: {
      invalid: { ...row(0), ...wrong },
      missing: entries.map(([name]) => name).filter((name) => name !== needed),
      wire: {
        columns: entries.map(([name, { type }]): Column => ({ name, type, nullable: true })),
        rows: [entries.map(([, { wire }]) => wire[0]), entries.map(([, { wire }]) => wire[1])],
      },
    },
  });
}

const nobody: Row = { userId: null };
const custom = defineMapper(({ userId, ...traits }): Message => ({
  type: 'identify',
  userId: userId as string,
  traits,
}));
const several = defineMapper(
  (row): Mapped<Message> =>
    row.visits === 0
      ? undefined
      : [
          { type: 'identify', userId: row.userId },
          { type: 'track', userId: row.userId, event: 'Visited', properties: { visits: row.visits ?? 0 } },
        ],
  { schema: z.object({ userId: z.string(), visits: z.number().nullable() }) },
);
const visitor = { userId: people, visits: extras['visits']! };

/** Every mapper that snowmelt has, by name. */
export const builtInMappers: Readonly<Record<string, () => RowMapperUnderTest<Message>>> = {
  identify: sample(identify(), { userId: people, timestamp, ...extras }, nobody, 'userId'),
  'identify in camel case without nulls': sample(
    identify({ columnCase: 'camel', nulls: 'omit', rename: { PERSON: 'userId' } }),
    { PERSON: people, FIRST_NAME: text('Anna', 'Bertha'), ...extras },
    { PERSON: null },
    'PERSON',
  ),
  track: sample(track(), { userId: people, event: text('Bought', 'Sold'), timestamp, ...extras }, nobody, 'event'),
  'track with ids from the content': sample(
    track({ event: 'Visited', messageId: { from: ['userId', 'plan'] } }),
    { userId: people, timestamp, ...extras },
    nobody,
    'userId',
  ),
  group: sample(
    group(),
    { userId: people, groupId: text('group-one', 'group-two'), ...extras },
    { groupId: null },
    'groupId',
  ),
  page: sample(page(), { userId: people, name: text('Home', 'Shop'), ...extras }, nobody, 'userId'),
  screen: sample(screen(), { userId: people, name: text('Home', 'Shop'), ...extras }, nobody, 'userId'),
  alias: sample(
    alias(),
    { userId: people, previousId: text('earlier-one', 'earlier-two') },
    { previousId: null },
    'previousId',
  ),
  deletePeople: sample(deletePeople(), { userId: people }, nobody, 'userId'),
  suppressPeople: sample(suppressPeople(), { userId: people }, nobody, 'userId'),
  unsuppressPeople: sample(unsuppressPeople(), { userId: people }, nobody, 'userId'),
  createOrUpdateDevices: sample(
    createOrUpdateDevices(),
    { userId: people, deviceToken: text('token-one', 'token-two'), deviceType: text('ios', 'android'), ...extras },
    { deviceToken: null },
    'deviceToken',
  ),
  deleteDevices: sample(
    deleteDevices(),
    { userId: people, deviceToken: text('token-one', 'token-two') },
    { deviceToken: null },
    'deviceToken',
  ),
  deleteObjects: sample(deleteObjects(), { objectId: text('thing-one', 'thing-two') }, { objectId: null }, 'objectId'),
  deleteRelationships: sample(
    deleteRelationships(),
    { userId: people, objectId: text('thing-one', 'thing-two') },
    { objectId: null },
    'objectId',
  ),
  reportDeliveries: sample(
    reportDeliveries(),
    { deliveryId: text('delivery-one', 'delivery-two'), metric: text('opened', 'clicked') },
    { metric: null },
    'metric',
  ),
  reportContent: sample(
    reportContent(),
    { userId: people, actionType: text('click', 'view') },
    { actionType: null },
    'actionType',
  ),
  defineMapper: () => {
    const { capabilities, ...test } = sample<Message>(custom, { userId: people, ...extras }, {}, 'userId')();
    return { ...test, capabilities: { wire: capabilities?.wire } };
  },
  'defineMapper with a schema, several messages and skipped rows': () => {
    const { capabilities, ...test } = sample<Message>(several, visitor, { visits: 'secret-value' }, '')();
    const { invalid, wire } = capabilities ?? {};
    return { ...test, capabilities: { invalid, wire, skipped: { userId: 'person-one', visits: 0 } } };
  },
};
