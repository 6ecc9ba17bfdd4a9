import type { Draft } from '../columns/call-spec.js';
import { rowError } from '../row-error.js';
import type { RowInfo } from '../row-mapper.js';

/** Whether a row has an id of a person. */
export function hasPerson(draft: Draft): boolean {
  return draft['userId'] !== undefined || draft['anonymousId'] !== undefined;
}

/** Whether a row has the named field. */
export function hasField(draft: Draft, field: string): boolean {
  const value = draft[field];
  return value !== undefined && value !== '';
}

/** Rejects a row without an id of a person. */
export function requirePerson(draft: Draft, info: RowInfo): Draft {
  if (hasPerson(draft)) return draft;
  throw rowError(info.row, {
    column: 'userId or anonymousId',
    expected: 'an id',
    found: 'NULL or an empty text in each',
    hint: 'Leave such rows out (WHERE ID IS NOT NULL), or fall back: COALESCE(TO_VARCHAR(ID), EMAIL) AS "userId".',
  });
}

/** Rejects a row without the named field. */
export function requireField(draft: Draft, field: string, info: RowInfo): Draft {
  if (hasField(draft, field)) return draft;
  throw rowError(info.row, {
    column: field,
    expected: 'a text that is not empty',
    found: draft[field] === '' ? 'an empty text' : 'NULL or an empty text',
    hint: `Leave such rows out: WHERE <the column of ${field}> IS NOT NULL.`,
  });
}
