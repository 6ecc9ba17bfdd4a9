import { NUMBER_NOT_FINITE } from './decoder.js';

/** The name of an event differs from a semantic one only by case or spaces. */
export const EVENT_NAME_ALMOST_SEMANTIC = 'EVENT_NAME_ALMOST_SEMANTIC';

/** What a mapper's warning says. */
export interface ValueWarning {
  readonly message: string;
  /** What to write. */
  readonly fix: string;
}

/** The text of what a mapper reports with `RowInfo.warn`; hosts' mappers have codes of their own. */
export function valueWarning(code: string, column: string): ValueWarning {
  switch (code) {
    case NUMBER_NOT_FINITE:
      return {
        message: `Column "${column}" holds NaN or an infinity, which became null: JSON has no such numbers.`,
        fix: `Convert ${column} in the query, for instance TO_VARCHAR(${column}).`,
      };
    case EVENT_NAME_ALMOST_SEMANTIC:
      return {
        message: 'An event name differs from that of a semantic event only by case or spaces: it is an ordinary event.',
        fix: "Write the semantic event's exact name, or choose another one.",
      };
    default:
      return {
        message: `The mapper warns of column "${column}": ${code}.`,
        fix: `Look at ${column} in the query, and at the mapper.`,
      };
  }
}
