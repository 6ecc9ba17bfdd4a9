import { identify } from 'snowmelt';
import { expect, test } from 'vitest';

const people = identify({ columnCase: 'snake', booleans: { columns: ['IS_ACTIVE'] } });

test('maps a person', () => {
  expect(people.map({ USERID: 42, FIRST_NAME: 'Ada', IS_ACTIVE: 1 })).toEqual({
    type: 'identify',
    userId: '42',
    traits: { first_name: 'Ada', is_active: true },
  });
});
