import { expect, test } from 'vitest';
import { splitStatements } from '../../../src/testing/snowflake/server/start-statement.js';

test.each<[string, string[]]>([
  ['SELECT 1', ['SELECT 1']],
  ['SELECT 1; SELECT 2;', ['SELECT 1', 'SELECT 2']],
  [' ; ;\n-- nothing; here\n/* nor; here */ ; SELECT 1', ['SELECT 1']],
  ["SELECT 'a;b', 'it''s;', 'back\\';slash'; SELECT 2", ["SELECT 'a;b', 'it''s;', 'back\\';slash'", 'SELECT 2']],
  ['SELECT "a;b""c;" FROM T; SELECT 2', ['SELECT "a;b""c;" FROM T', 'SELECT 2']],
  ['SELECT $$ a; b $$; SELECT 2', ['SELECT $$ a; b $$', 'SELECT 2']],
  ['SELECT 1 -- one; two\n, 2; SELECT 3 // x; y', ['SELECT 1 -- one; two\n, 2', 'SELECT 3 // x; y']],
  ['', []],
])('cuts %j at its semicolons', (sql, statements) => {
  expect(splitStatements(sql)).toEqual(statements);
});
