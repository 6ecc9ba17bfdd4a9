import type { Binder } from '../convert/binder.js';
import { type DataType, fixed, LTZ, TEXT } from '../types/data-type.js';
import { literalRows, type Cell } from '../convert/literal-rows.js';
import type { BoundQuery } from '../convert/scope.js';
import { objectMissing, unsupported } from '../types/sql-errors.js';

const NUMBER = fixed(9, 0);
type Columns = readonly (readonly [string, DataType])[];

const TABLES: Columns = [
  ['TABLE_CATALOG', TEXT],
  ['TABLE_SCHEMA', TEXT],
  ['TABLE_NAME', TEXT],
  ['TABLE_OWNER', TEXT],
  ['TABLE_TYPE', TEXT],
  ['CREATED', LTZ],
];
const COLUMNS: Columns = [
  ['TABLE_CATALOG', TEXT],
  ['TABLE_SCHEMA', TEXT],
  ['TABLE_NAME', TEXT],
  ['COLUMN_NAME', TEXT],
  ['ORDINAL_POSITION', NUMBER],
  ['COLUMN_DEFAULT', TEXT],
  ['IS_NULLABLE', TEXT],
  ['DATA_TYPE', TEXT],
  ['CHARACTER_MAXIMUM_LENGTH', NUMBER],
  ['CHARACTER_OCTET_LENGTH', NUMBER],
  ['NUMERIC_PRECISION', NUMBER],
  ['NUMERIC_PRECISION_RADIX', NUMBER],
  ['NUMERIC_SCALE', NUMBER],
  ['DATETIME_PRECISION', NUMBER],
];

/** The name that INFORMATION_SCHEMA.COLUMNS.DATA_TYPE has. */
export function informationType(type: DataType): string {
  if (type.kind === 'fixed') return 'NUMBER';
  if (type.kind === 'real') return 'FLOAT';
  return type.kind.toUpperCase();
}

/** A view of INFORMATION_SCHEMA, with the objects that the role may see. */
export function informationSchema(binder: Binder, database: string, view: string): BoundQuery {
  const schemas = binder.objects.databases.get(database);
  if (schemas === undefined) throw objectMissing(`${database}.INFORMATION_SCHEMA`, 'Schema');
  const visible = binder.objects.all().filter((object) => {
    if (object.database !== database) return false;
    try {
      binder.authorize(object, 'ANY');
      return true;
    } catch {
      return false;
    }
  });
  switch (view) {
    case 'TABLES':
      return literalRows(
        TABLES,
        visible.map((table): Cell[] => [
          database,
          table.schema,
          table.name,
          table.owner,
          table.kind === 'VIEW' ? 'VIEW' : table.temporary === true ? 'TEMPORARY TABLE' : 'BASE TABLE',
          table.createdOn,
        ]),
      );
    case 'VIEWS':
      return literalRows(
        [...TABLES.slice(0, 4), ['VIEW_DEFINITION', TEXT]],
        visible
          .filter((table) => table.kind === 'VIEW')
          .map((table): Cell[] => [database, table.schema, table.name, table.owner, table.viewSql ?? '']),
      );
    case 'SCHEMATA':
      return literalRows(
        [
          ['CATALOG_NAME', TEXT],
          ['SCHEMA_NAME', TEXT],
        ],
        [...schemas.keys(), 'INFORMATION_SCHEMA'].map((name): Cell[] => [database, name]),
      );
    case 'DATABASES':
      return literalRows(
        [['DATABASE_NAME', TEXT]],
        [...binder.objects.databases.keys()].map((name): Cell[] => [name]),
      );
    case 'COLUMNS':
      return literalRows(
        COLUMNS,
        visible.flatMap((table) =>
          table.columns.map(({ name, type, nullable, defaultSql }, i): Cell[] => {
            const text = type.kind === 'text';
            const number = type.kind === 'fixed';
            return [
              database,
              table.schema,
              table.name,
              name,
              i + 1,
              defaultSql ?? null,
              nullable ? 'YES' : 'NO',
              informationType(type),
              text || type.kind === 'binary' ? type.length : null,
              text ? Math.min(16_777_216, type.length * 4) : type.kind === 'binary' ? type.length : null,
              number ? type.precision : null,
              number ? 10 : null,
              number ? type.scale : null,
              type.kind.startsWith('time') ? type.scale : null,
            ];
          }),
        ),
      );
    default:
      throw unsupported(`INFORMATION_SCHEMA.${view}`);
  }
}
