import { expect, it } from 'vitest';
import { valueWarning } from '../../src/mapping/values/value-warning.js';

it.each([
  ['NUMBER_NOT_FINITE', /"RATE" holds NaN or an infinity, which became null/, /TO_VARCHAR\(RATE\)/],
  ['EVENT_NAME_ALMOST_SEMANTIC', /only by case or spaces: it is an ordinary event/, /exact name/],
  ['MY_OWN', /warns of column "RATE": MY_OWN/, /RATE/],
])('says of %s what became of the value', (code, message, fix) => {
  const warning = valueWarning(code, 'RATE');
  expect(warning.message).toMatch(message);
  expect(warning.fix).toMatch(fix);
});
