import type { RowField } from '../../mapping/row-mapper.js';
import { sqlTypeName } from '../../mapping/values/sql-type-name.js';
import type { Column } from '../../source/source.js';
import type { RowType } from './row-type.js';
import { MARK } from './stored-types.js';

const HEADER = `// ${MARK} from the queries of the syncs. Do not edit it: run the command again.`;

const TEMPORAL = new Set(['time', 'timestamp_ntz', 'timestamp_ltz', 'timestamp_tz']);

/** The type of a column as SQL writes it, without what only one of the sources tells: `NUMBER(38,0) NOT NULL`. */
function sqlType({ type, precision, scale, nullable }: Column): string {
  const name = sqlTypeName(type);
  const digits = type === 'fixed' && precision !== undefined ? `(${precision},${scale ?? 0})` : '';
  const fraction = TEMPORAL.has(type) && scale !== undefined ? `(${scale})` : '';
  return `${name}${digits}${fraction}${nullable ? '' : ' NOT NULL'}`;
}

/** A name in quotes, on one line, with nothing in it that an editor would not show. */
function quoted(name: string): string {
  return JSON.stringify(name).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    character
      .split('')
      .map((unit) => String.raw`\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}

function propertyName(name: string): string {
  if (/^[A-Za-z_$][\w$]*$/.test(name)) return name;
  const inner = quoted(name)
    .slice(1, -1)
    .replaceAll(String.raw`\"`, '"')
    .replaceAll("'", String.raw`\'`);
  return `'${inner}'`;
}

function fieldLine({ name, column, type, nullable, optional }: RowField): string {
  // It must not end the comment.
  const from = column.name === name ? '' : `, column ${quoted(column.name).replaceAll('*/', String.raw`*\/`)}`;
  const orNull = nullable && type !== 'JsonValue' ? ' | null' : '';
  return `  /** ${sqlType(column)}${from} */ readonly ${propertyName(name)}${optional ? '?' : ''}: ${type}${orNull};`;
}

function declaration({ sync, name, fields }: RowType): string {
  return `/** A row of the sync "${sync}". */\nexport type ${name} = {\n${fields.map((field) => `${fieldLine(field)}\n`).join('')}};\n`;
}

/** The text of a `.d.ts` file with a type for each sync, in the order given. */
export function declarations(types: readonly RowType[]): string {
  const used = new Set(types.flatMap(({ fields }) => fields.flatMap(({ type }) => type.match(/\bJson\w+/g) ?? [])));
  const imports = used.size === 0 ? '' : `\nimport type { ${[...used].sort().join(', ')} } from 'snowmelt';\n`;
  return [`${HEADER}\n/* eslint-disable */\n${imports}`, ...types.map(declaration)].join('\n');
}
