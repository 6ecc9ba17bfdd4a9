import type { CallType, ColumnExplanation } from '../../mapping/row-mapper.js';

/** The columns that hold ids of one kind: at least one of them has a value in a good row. */
export interface IdGroup {
  /** `userId or anonymousId`. */
  readonly label: string;
  readonly columns: readonly string[];
}

/** What a mapper does with ids. */
export interface IdColumns {
  readonly needed: readonly IdGroup[];
  /** Columns that together should differ from row to row; none where repetitions are normal. */
  readonly unique: readonly string[];
}

/** Finds the id columns of a result. */
export function idColumns(callType: CallType | 'custom', explained: readonly ColumnExplanation[]): IdColumns {
  const of = (...fields: string[]): string[] =>
    explained.flatMap(({ column, becomes }) => (becomes !== undefined && fields.includes(becomes) ? [column] : []));
  const group = (...fields: string[]): IdGroup => ({ label: fields.join(' or '), columns: of(...fields) });
  const present = (groups: readonly IdGroup[]): IdGroup[] => groups.filter(({ columns }) => columns.length > 0);
  const person = group('userId', 'anonymousId');
  switch (callType) {
    case 'identify':
      return { needed: present([person]), unique: person.columns };
    case 'group':
      return { needed: present([group('groupId')]), unique: of('groupId', 'userId', 'anonymousId', 'objectTypeId') };
    case 'alias':
      return { needed: present([group('userId'), group('previousId')]), unique: [] };
    case 'custom':
      return { needed: [], unique: [] };
    default:
      return { needed: present([person]), unique: [] };
  }
}
