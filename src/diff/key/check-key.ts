import { ConfigError } from '../../errors/errors.js';
import { createDecoder, DEFAULT_DECODE, type Decode } from '../../mapping/values/decoder.js';
import { sqlTypeName } from '../../mapping/values/sql-type-name.js';
import type { Column, ColumnType } from '../../source/source.js';
import { KEY_FORMS, type KeyForm } from './key-form.js';

/** The name of the column that is added to the query. */
export const KEY_COLUMN = '__SNOWMELT_KEY';

/** One column of a key. */
export interface KeyPart {
  /** As the option `key` names it. */
  readonly name: string;
  readonly column: Column;
  readonly position: number;
  readonly form: KeyForm;
  /** From a wire value to the one that a mapper gets. */
  readonly decode: Decode;
}

/** The columns that name a row, in the option's order. */
export interface Key {
  readonly parts: readonly KeyPart[];
  /** Two keys of the same form give comparable hashes; changes with the columns' names and kinds, not with sizes. */
  readonly form: string;
}

/** Goes into each key's form; a later way to write the text of a key gets another one. */
const VERSION = 1;

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** What to write in the query for a column whose type makes no key. */
function castHint(name: string, type: ColumnType): string {
  const column = quoted(name);
  switch (type) {
    case 'real':
    case 'decfloat':
      return `Write TO_NUMBER(…, 38, 0) AS ${column} for whole numbers, or TO_VARCHAR(…) AS ${column}.`;
    case 'variant':
      return `Write …::VARCHAR AS ${column}, or …::NUMBER AS ${column} for numbers.`;
    case 'geography':
    case 'geometry':
      return `Write ST_ASWKT(…) AS ${column}, or name another column.`;
    default:
      return `Name a column of text, numbers or times; a part of it as text: …['id']::VARCHAR AS ${column}.`;
  }
}

function invalid(problem: string, hint: string): ConfigError {
  return new ConfigError('CONFIG_INVALID', `snapshotDiff: ${problem}.`, { hint });
}

/** The key is made outside of the query, by names: they have to be clear there. */
function checkNames(columns: readonly Column[]): void {
  const first = new Map<string, number>();
  columns.forEach(({ name }, position) => {
    if (name.toUpperCase() === KEY_COLUMN) {
      throw invalid(
        `column ${position + 1} of the result is named ${name}, as the column that snowmelt adds`,
        `Give it another alias: … AS "${name.toLowerCase().replace(/^_+/, '')}".`,
      );
    }
    const other = first.get(name);
    if (other !== undefined) {
      throw invalid(
        `columns ${other + 1} and ${position + 1} of the result have the same name, ${name}`,
        `Give one of them another alias: … AS ${quoted(`${name}_2`)}.`,
      );
    }
    first.set(name, position);
  });
}

/** The exact name, else the only one that differs by case: as the options of mappers find columns. */
function find(columns: readonly Column[], name: string): number {
  const exact = columns.findIndex((column) => column.name === name);
  if (exact >= 0) return exact;
  const wanted = name.toLowerCase();
  const found = columns.flatMap((column, position) => (column.name.toLowerCase() === wanted ? [position] : []));
  const [position] = found;
  if (found.length === 1 && position !== undefined) return position;
  const names = `Columns of the result: ${columns.map((column) => column.name).join(', ')}.`;
  throw position === undefined
    ? invalid(
        `\`key\` names column ${name}, but no column has that name`,
        `${names} Name one of them, or select it: … AS ${quoted(name)}.`,
      )
    : invalid(
        `\`key\` names column ${name}, but several columns differ from it only by case`,
        `${names} Name one exactly.`,
      );
}

/**
 * Finds the columns of a key in a described result and checks that they can be one.
 *
 * @throws ConfigError `CONFIG_INVALID`
 */
export function checkKey(columns: readonly Column[], names: readonly string[]): Key {
  if (names.length === 0) throw invalid('`key` names no column', "Write key: ['userId'].");
  checkNames(columns);
  const parts: KeyPart[] = [];
  for (const name of names) {
    const position = find(columns, name);
    const column = columns[position];
    if (column === undefined) continue;
    if (parts.some((part) => part.position === position)) {
      throw invalid(`\`key\` names column ${column.name} twice`, 'Name each column once.');
    }
    const form = KEY_FORMS[column.type];
    if (form === undefined) {
      throw invalid(
        `column ${column.name} has type ${sqlTypeName(column.type)}, which cannot be part of a key`,
        castHint(column.name, column.type),
      );
    }
    parts.push({ name, column, position, form, decode: createDecoder(column, DEFAULT_DECODE) });
  }
  return { parts, form: JSON.stringify([VERSION, ...parts.map(({ column, form }) => [form.letter, column.name])]) };
}
