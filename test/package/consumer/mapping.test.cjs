const { identify } = require('snowmelt');

test('a row becomes an identify message', () => {
  expect(identify().map({ userId: '1', email: 'ada@example.com' })).toEqual({
    type: 'identify',
    userId: '1',
    traits: { email: 'ada@example.com' },
  });
});
