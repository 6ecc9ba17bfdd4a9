import { expect, it } from 'vitest';
import { alias, deleteObjects, group, identify, track, type LaneKey, type Row, type RowMapper } from 'snowmelt';

it.each<[string, RowMapper, Row, LaneKey]>([
  ['the user', identify(), { userId: 'u' }, 'u'],
  ['the anonymous person', identify(), { anonymousId: 'a' }, 'a'],
  ['both ids of an identify that links them', identify(), { userId: 'u', anonymousId: 'a' }, ['u', 'a']],
  ['the user of an event with both ids', track({ event: 'e' }), { userId: 'u', anonymousId: 'a' }, 'u'],
  ['the person of a group call', group(), { groupId: 'g', userId: 'u' }, 'u'],
  ['the group without a person', group(), { groupId: 'g' }, 'g'],
  ['both ids of an alias', alias(), { userId: 'u', previousId: 'p' }, ['u', 'p']],
  ['the object that is deleted', deleteObjects(), { objectId: 'o' }, 'o'],
])('is %s', (_name, mapper, row, key) => {
  const message = mapper.map(row);
  if (message === undefined || Array.isArray(message)) throw new Error('one message expected');
  expect(mapper.key?.(message as never)).toStrictEqual(key);
});
