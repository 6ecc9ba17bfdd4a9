import * as z from 'zod';
import { ConfigError } from '../errors.js';

const columnNames = z.array(z.string().min(1));
const columnFunction = z.custom<(column: string) => string>((value) => typeof value === 'function', {
  message: "expected 'preserve', 'snake', 'camel' or a function",
});

/** The shapes of the options about columns. */
export const columnOptionShape = {
  columnCase: z.union([z.enum(['preserve', 'snake', 'camel']), columnFunction]).optional(),
  rename: z.record(z.string(), z.string().min(1)).optional(),
  pick: columnNames.optional(),
  omit: columnNames.optional(),
  numbers: z.union([z.enum(['auto', 'string']), z.strictObject({ columns: columnNames })]).optional(),
  booleans: z
    .union([
      z.enum(['boolean', 'string']),
      z.strictObject({ columns: columnNames, as: z.enum(['boolean', 'string']).optional() }),
    ])
    .optional(),
  nulls: z.enum(['keep', 'omit']).optional(),
};

/** The shapes of the options that the mappers of all calls share. */
export const mappingOptionShape = {
  ...columnOptionShape,
  messageId: z.strictObject({ from: columnNames.min(1) }).optional(),
};

/**
 * Validates the options of a mapper once, at construction.
 *
 * @throws ConfigError `CONFIG_INVALID` naming the option
 */
export function checkOptions(mapper: string, shape: z.ZodRawShape, options: unknown): void {
  const result = z.strictObject(shape).safeParse(options);
  if (result.success) return;
  const issue = result.error.issues[0];
  if (issue === undefined) return;
  const known = Object.keys(shape).join(', ');
  if (issue.code === 'unrecognized_keys' && issue.path.length === 0) {
    const unknown = issue.keys.join('`, `');
    throw new ConfigError('CONFIG_INVALID', `${mapper}: unknown option \`${unknown}\`.`, {
      hint: `Known options: ${known}.`,
    });
  }
  const path = issue.path.join('.');
  const where = path === '' ? 'the options' : `option \`${path}\``;
  throw new ConfigError('CONFIG_INVALID', `${mapper}: ${where} is not valid: ${issue.message}.`, {
    hint: `Correct ${where}. Known options: ${known}.`,
  });
}
