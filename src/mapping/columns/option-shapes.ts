import * as z from 'zod';

const columnNames = z.array(z.string().min(1));
const columnFunction = z.custom<(column: string) => string>((value) => typeof value === 'function');
const caseFault = "expected 'preserve', 'snake', 'camel' or a function";
const numbersFault = "expected 'auto', 'string' or { columns: [names of columns] }";
const booleansFault = "expected 'boolean', 'string' or { columns: [names of columns], as: 'boolean' | 'string' }";

/** The shapes of the options about columns. */
export const columnOptionShape = {
  columnCase: z.union([z.enum(['preserve', 'snake', 'camel']), columnFunction], caseFault).optional(),
  rename: z.record(z.string(), z.string().min(1)).optional(),
  pick: columnNames.optional(),
  omit: columnNames.optional(),
  numbers: z.union([z.enum(['auto', 'string']), z.strictObject({ columns: columnNames })], numbersFault).optional(),
  booleans: z
    .union(
      [
        z.enum(['boolean', 'string']),
        z.strictObject({ columns: columnNames, as: z.enum(['boolean', 'string']).optional() }),
      ],
      booleansFault,
    )
    .optional(),
  nulls: z.enum(['keep', 'omit']).optional(),
};

/** The shapes of the options that the mappers of all calls share. */
export const mappingOptionShape = {
  ...columnOptionShape,
  messageId: z.strictObject({ from: columnNames.min(1) }).optional(),
};
