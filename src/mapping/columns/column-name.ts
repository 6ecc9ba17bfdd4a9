import { MappingError } from '../../errors/errors.js';
import type { Column } from '../../source/source.js';
import type { ColumnCase } from './mapping-options.js';

/** `FIRST_NAME`, `firstName` and `First Name` → [`first`, `name`]. */
function words(name: string): readonly string[] {
  return name
    .replace(/(\p{Ll}|\p{N})(\p{Lu})/gu, '$1 $2')
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2')
    .split(/[\s_\-.]+/u)
    .filter((word) => word !== '')
    .map((word) => word.toLowerCase());
}

/** The name of a trait or property for a column. */
export function convertCase(name: string, columnCase: ColumnCase): string {
  if (columnCase === 'preserve') return name;
  if (typeof columnCase === 'function') {
    const converted: unknown = columnCase(name);
    if (typeof converted === 'string' && converted !== '') return converted;
    throw new MappingError('MAPPING_COLUMNS', `The columnCase function returned no name for column ${name}.`, {
      hint: 'Return a text that is not empty.',
    });
  }
  const parts = words(name);
  if (parts.length === 0) return name;
  if (columnCase === 'snake') return parts.join('_');
  return parts.map((part, index) => (index === 0 ? part : part.charAt(0).toUpperCase() + part.slice(1))).join('');
}

/**
 * The position of the column that an option names: the exact name, else the only one that differs by case.
 *
 * @throws MappingError `MAPPING_COLUMNS` when there is none, or more than one
 */
export function findColumn(columns: readonly Column[], name: string, option: string): number {
  const exact = columns.findIndex((column) => column.name === name);
  if (exact >= 0) return exact;
  const wanted = name.toLowerCase();
  const found = columns.flatMap((column, position) => (column.name.toLowerCase() === wanted ? [position] : []));
  if (found.length === 1 && found[0] !== undefined) return found[0];
  const problem = found.length === 0 ? 'no column has that name' : 'several columns differ from it only by case';
  throw new MappingError('MAPPING_COLUMNS', `Option \`${option}\` names column ${name}, but ${problem}.`, {
    hint: `Columns of the result: ${columns.map((column) => column.name).join(', ')}.`,
  });
}

/** The reserved name that a column's name would be without its underscores: `USER_ID` → `userId`. */
export function reservedLookalike(name: string, reserved: readonly string[]): string | undefined {
  const bare = name.replaceAll('_', '').toLowerCase();
  return reserved.find((field) => field.toLowerCase() === bare);
}
