import { readStoredTypes, type StoredField, type StoredType } from './stored-types.js';
import { renamedColumns } from './renamed-columns.js';

/** One thing in which a file of row types is not as the queries are now. */
export interface RowTypeDifference {
  /**
   * `sync-new`, `sync-gone`; `type-renamed`: the type of a sync has another name; `column-new`, `column-gone`,
   * `column-renamed`; `column-type`: another SQL type, or another TypeScript type; `column-null`: may be null, or left out,
   * where it could not, or the other way round; `file`: not a file that `snowmelt types` wrote;
   * `missing`: no file.
   */
  readonly kind:
    | 'sync-new'
    | 'sync-gone'
    | 'type-renamed'
    | 'column-new'
    | 'column-gone'
    | 'column-renamed'
    | 'column-type'
    | 'column-null'
    | 'file'
    | 'missing';
  readonly sync?: string | undefined;
  /** As it is named in the file; in the query, for a new one. */
  readonly column?: string | undefined;
  /** For people. */
  readonly message: string;
}

const NOT_OURS: RowTypeDifference = {
  kind: 'file',
  message: 'The file is not as snowmelt types wrote it: it was changed by hand, or is another one.',
};

/** `number | string | null (NUMBER(38,0))`. */
function shown({ type, nullable, optional, sql }: StoredField): string {
  return `${type}${nullable ? ' | null' : ''}${optional ? ', or left out' : ''} (${sql})`;
}

function changed(sync: string, before: StoredField, now: StoredField): RowTypeDifference | undefined {
  const { name: column } = before;
  const became = `was ${shown(before)} and is ${shown(now)}`;
  const message = `${sync}: column ${JSON.stringify(column)} ${became}.`;
  const bare = ({ sql }: StoredField): string => sql.replace(/ NOT NULL(?=$|, column )/, '');
  if (before.type !== now.type || bare(before) !== bare(now)) return { kind: 'column-type', sync, column, message };
  const isSame = before.sql === now.sql && before.nullable === now.nullable && before.optional === now.optional;
  return isSame ? undefined : { kind: 'column-null', sync, column, message };
}

function compareFields(sync: string, before: readonly StoredField[], now: readonly StoredField[]): RowTypeDifference[] {
  const found: RowTypeDifference[] = [];
  const renamed = renamedColumns(before, now);
  const newNames = new Set([...renamed.values()].map(({ name }) => name));
  const byName = new Map(now.map((field) => [field.name, field]));
  for (const field of before) {
    const { name: column } = field;
    const other = renamed.get(column);
    const same = byName.get(column);
    const quoted = JSON.stringify(column);
    if (other !== undefined) {
      const message = `${sync}: column ${quoted} is named ${JSON.stringify(other.name)} now.`;
      found.push({ kind: 'column-renamed', sync, column, message });
    } else if (same === undefined) {
      found.push({ kind: 'column-gone', sync, column, message: `${sync}: column ${quoted} is gone.` });
    } else {
      const difference = changed(sync, field, same);
      if (difference !== undefined) found.push(difference);
    }
  }
  const known = new Set(before.map(({ name }) => name));
  for (const field of now) {
    const { name: column } = field;
    if (known.has(column) || newNames.has(column)) continue;
    const message = `${sync}: column ${JSON.stringify(column)} is new: ${shown(field)}.`;
    found.push({ kind: 'column-new', sync, column, message });
  }
  return found;
}

function compareTypes(before: StoredType, now: StoredType): RowTypeDifference[] {
  const { sync } = now;
  const renamed: RowTypeDifference[] =
    before.name === now.name
      ? []
      : [{ kind: 'type-renamed', sync, message: `${sync}: its type ${before.name} is named ${now.name} now.` }];
  return [...renamed, ...compareFields(sync, before.fields, now.fields)];
}

/** What is otherwise in a file than in the text of the types as they are now; both may be formatted in any way. */
export function compareRowTypes(file: string, text: string): readonly RowTypeDifference[] {
  const now = readStoredTypes(text);
  const before = readStoredTypes(file);
  if (before === undefined || now === undefined) return [NOT_OURS];
  const found: RowTypeDifference[] = [];
  for (const type of before.types) {
    const { sync } = type;
    const other = now.types.find((each) => each.sync === sync);
    if (other !== undefined) found.push(...compareTypes(type, other));
    else
      found.push({
        kind: 'sync-gone',
        sync,
        message: `${sync}: its type ${type.name} is in the file, the sync is not there.`,
      });
  }
  for (const { sync, name } of now.types) {
    if (before.types.some((each) => each.sync === sync)) continue;
    found.push({ kind: 'sync-new', sync, message: `${sync}: the sync is new, its type ${name} is not in the file.` });
  }
  // A type that is used and not imported would be `any`.
  const isComplete = now.imports.every((name) => before.imports.includes(name));
  return found.length > 0 || isComplete ? found : [NOT_OURS];
}
