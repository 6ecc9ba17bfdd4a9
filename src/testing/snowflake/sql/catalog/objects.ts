import type { DataType } from '../types/data-type.js';
import type { Name } from '../parse/ast.js';
import type { Sequence, SqlFunction } from './routines.js';
import { objectMissing } from '../types/sql-errors.js';

/** A column of a table or view. */
export interface TableColumn {
  readonly name: string;
  readonly type: DataType;
  readonly nullable: boolean;
  /** Snowflake text of the DEFAULT. */
  readonly defaultSql: string | undefined;
  /** Its name in DuckDB: `c0`, so that `"id"` and `ID` differ. */
  readonly physical: string;
  readonly primaryKey: boolean;
  /** AUTOINCREMENT: the DuckDB sequence. */
  readonly sequence?: string | undefined;
  readonly comment?: string | undefined;
}

/** A table or view. */
export interface DatabaseObject {
  readonly kind: 'TABLE' | 'VIEW';
  readonly database: string;
  readonly schema: string;
  readonly name: string;
  columns: TableColumn[];
  /** The DuckDB table, or the view's Snowflake text. */
  readonly physical: string;
  readonly viewSql: string | undefined;
  readonly createdOn: number;
  readonly owner: string;
  /** Only its session knows it. */
  readonly temporary?: boolean | undefined;
}

/** A file of an earlier version has no sequences and functions. */
interface Saved {
  readonly databases: [string, string[]][];
  readonly objects: DatabaseObject[];
  readonly sequences?: [string, Sequence][];
  readonly functions?: [string, SqlFunction][];
  readonly nextId: number;
}

type Schema = Map<string, DatabaseObject>;

/** A full name as a key: quotes keep `"a.b".c` and `a."b.c"` apart. */
export const pathOf = (...parts: readonly (string | number)[]): string => JSON.stringify(parts);

/** Databases, schemas, tables and views by their Snowflake names. */
export class Objects {
  readonly databases: Map<string, Map<string, Schema>>;
  /** Of one session, by their full names. */
  readonly temporary: Map<string, DatabaseObject>;
  /** By full names; functions with the number of their arguments. */
  readonly sequences: Map<string, Sequence>;
  readonly functions: Map<string, SqlFunction>;
  readonly #ids: { next: number };

  constructor(shared?: Objects, temporary = new Map<string, DatabaseObject>()) {
    this.databases = shared?.databases ?? new Map<string, Map<string, Schema>>();
    this.#ids = shared === undefined ? { next: 1 } : shared.#ids;
    this.temporary = temporary;
    this.sequences = shared?.sequences ?? new Map<string, Sequence>();
    this.functions = shared?.functions ?? new Map<string, SqlFunction>();
  }

  /** A fresh DuckDB name. */
  physicalName(): string {
    return `t${this.#ids.next++}`;
  }

  /** `db.schema.t` with the session's database and schema filled in; throws when there is none. */
  resolve(name: readonly Name[], database: string | undefined, schema: string | undefined): [string, string, string] {
    const parts = name.map((part) => part.name);
    const table = parts.at(-1) ?? '';
    const inSchema = parts.length > 1 ? parts.at(-2) : schema;
    const inDatabase = parts.length > 2 ? parts.at(-3) : database;
    if (inDatabase === undefined || inSchema === undefined) throw objectMissing(parts.join('.'));
    return [inDatabase, inSchema, table];
  }

  find(database: string, schema: string, table: string): DatabaseObject | undefined {
    return this.temporary.get(pathOf(database, schema, table)) ?? this.permanent(database, schema, table);
  }

  /** The same past the session's temporary ones, which would hide it. */
  permanent(database: string, schema: string, table: string): DatabaseObject | undefined {
    return this.databases.get(database)?.get(schema)?.get(table);
  }

  add(object: DatabaseObject): void {
    const { database, schema, name } = object;
    if (object.temporary === true) this.temporary.set(pathOf(database, schema, name), object);
    else this.schema(database, schema).set(name, object);
  }

  remove({ database, schema, name, temporary }: DatabaseObject): void {
    if (temporary === true) this.temporary.delete(pathOf(database, schema, name));
    else this.schema(database, schema).delete(name);
  }

  schema(database: string, schema: string): Schema {
    const found = this.databases.get(database);
    if (found === undefined) throw objectMissing(database, 'Database');
    const inside = found.get(schema);
    if (inside === undefined) throw objectMissing(`${database}.${schema}`, 'Schema');
    return inside;
  }

  /** Forgets the sequences and functions of a database, or of one of its schemas. */
  forgetRoutines(database: string, schema?: string): void {
    for (const map of [this.sequences, this.functions])
      for (const [path, routine] of map)
        if (routine.database === database && (schema === undefined || routine.schema === schema)) map.delete(path);
  }

  createDatabase(name: string): void {
    this.databases.set(name, new Map([['PUBLIC', new Map<string, DatabaseObject>()]]));
  }

  all(): DatabaseObject[] {
    const permanent = [...this.databases.values()].flatMap((schemas) =>
      [...schemas.values()].flatMap((objects) => [...objects.values()]),
    );
    return [...permanent, ...this.temporary.values()];
  }

  /** Everything as JSON, for a database file. */
  serialise(): string {
    const databases = [...this.databases].map(([name, schemas]) => [name, [...schemas.keys()]]);
    return JSON.stringify({
      databases,
      objects: this.all(),
      sequences: [...this.sequences],
      functions: [...this.functions],
      nextId: this.#ids.next,
    });
  }

  restore(json: string): void {
    const saved = JSON.parse(json) as Saved;
    for (const [name, schemas] of saved.databases)
      this.databases.set(name, new Map(schemas.map((schema) => [schema, new Map<string, DatabaseObject>()])));
    for (const object of saved.objects) this.schema(object.database, object.schema).set(object.name, object);
    for (const [path, sequence] of saved.sequences ?? []) this.sequences.set(path, sequence);
    for (const [path, routine] of saved.functions ?? []) this.functions.set(path, routine);
    this.#ids.next = saved.nextId;
  }
}
