import * as z from 'zod/mini';

const columnName = z.string().check(z.minLength(1));
const columnNames = z.array(columnName);
const columnFunction = z.custom<(column: string) => string>((value) => typeof value === 'function');
const caseFault = "expected 'preserve', 'snake', 'camel' or a function";
const numbersFault = "expected 'auto', 'string' or { columns: [names of columns] }";
const booleansFault = "expected 'boolean', 'string' or { columns: [names of columns], as: 'boolean' | 'string' }";

/** The shapes of the options about columns. */
export const columnOptionShape = {
  columnCase: z.optional(z.union([z.enum(['preserve', 'snake', 'camel']), columnFunction], caseFault)),
  rename: z.optional(z.record(z.string(), columnName)),
  pick: z.optional(columnNames),
  omit: z.optional(columnNames),
  numbers: z.optional(z.union([z.enum(['auto', 'string']), z.strictObject({ columns: columnNames })], numbersFault)),
  booleans: z.optional(
    z.union(
      [
        z.enum(['boolean', 'string']),
        z.strictObject({ columns: columnNames, as: z.optional(z.enum(['boolean', 'string'])) }),
      ],
      booleansFault,
    ),
  ),
  nulls: z.optional(z.enum(['keep', 'omit'])),
};

/** The shapes of the options that the mappers of all calls share. */
export const mappingOptionShape = {
  ...columnOptionShape,
  messageId: z.optional(z.strictObject({ from: columnNames.check(z.minLength(1)) })),
};
