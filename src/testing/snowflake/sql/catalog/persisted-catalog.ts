import type { CatalogUser } from '../types/sql-engine.js';
import { newUser, type CatalogStore } from './catalog-store.js';
import type { Connection } from './database.js';
import type { Objects } from './objects.js';
import { FOREVER, VERSION_COLUMNS } from './history.js';
import { quote } from '../types/quote.js';

interface Saved {
  readonly objects: string;
  readonly users: (Omit<CatalogUser, 'roles' | 'parameters'> & {
    readonly roles: string[];
    readonly parameters: [string, string | number | boolean][];
  })[];
  readonly roles: [string, string[]][];
  readonly inherited: [string, string[]][];
  readonly warehouses: string[];
  readonly accountParameters?: [string, string | number | boolean][];
  readonly accountObjects?: [key: string, kind: string, name: string, properties: [string, string][]][];
}

/** Names, types, users and grants of a database file, beside the data. */
export class PersistedCatalog {
  readonly #objects: Objects;
  readonly #store: CatalogStore;

  constructor(objects: Objects, store: CatalogStore) {
    this.#objects = objects;
    this.#store = store;
  }

  async restore(connection: Connection): Promise<void> {
    await connection.run('CREATE TABLE IF NOT EXISTS sf_catalog (json VARCHAR)');
    const json = (await connection.texts('SELECT json FROM sf_catalog'))[0]?.[0];
    if (json === undefined || json === null) return;
    const saved = JSON.parse(json) as Saved;
    this.#objects.restore(saved.objects);
    for (const table of this.#objects.all())
      if (table.kind === 'TABLE') await forgetHistory(connection, table.physical);
    for (const user of saved.users)
      this.#store.users.set(user.name, {
        // A file of an earlier version has no tokens and named keys.
        ...newUser(user.name),
        ...user,
        roles: new Set(user.roles),
        parameters: new Map(user.parameters),
      });
    for (const [role, grants] of saved.roles) this.#store.roles.set(role, new Set(grants));
    for (const [role, inner] of saved.inherited) this.#store.inherited.set(role, new Set(inner));
    for (const warehouse of saved.warehouses) this.#store.warehouses.add(warehouse);
    for (const [name, value] of saved.accountParameters ?? []) this.#store.accountParameters.set(name, value);
    for (const [key, kind, name, properties] of saved.accountObjects ?? [])
      this.#store.accountObjects.set(key, { kind, name, properties: new Map(properties) });
  }

  async save(connection: Connection): Promise<void> {
    const saved: Saved = {
      objects: this.#objects.serialise(),
      users: [...this.#store.users.values()].map((user) => ({
        ...user,
        roles: [...user.roles],
        parameters: [...user.parameters],
      })),
      roles: [...this.#store.roles].map(([role, grants]) => [role, [...grants]]),
      inherited: [...this.#store.inherited].map(([role, inner]) => [role, [...inner]]),
      warehouses: [...this.#store.warehouses],
      accountParameters: [...this.#store.accountParameters],
      accountObjects: [...this.#store.accountObjects].map(([key, { kind, name, properties }]) => [
        key,
        kind,
        name,
        [...properties],
      ]),
    };
    await connection.run('DELETE FROM sf_catalog');
    await connection.run(`INSERT INTO sf_catalog VALUES (${quote(JSON.stringify(saved))})`);
  }
}

/** History lives as long as the server, and so do transactions. A file of an earlier version has no columns for it. */
async function forgetHistory(connection: Connection, table: string): Promise<void> {
  for (const column of VERSION_COLUMNS.split(', ')) {
    const plain = column.replace(/ DEFAULT .*/, '');
    await connection.run(`ALTER TABLE ${table} ADD COLUMN IF NOT EXISTS ${plain}`);
  }
  await connection.run(`ALTER TABLE ${table} ALTER sf_row SET DEFAULT nextval('sf_rows')`);
  await connection.run(`DELETE FROM ${table} WHERE sf_from < 0 OR (sf_to >= 0 AND sf_to < ${FOREVER})`);
  await connection.run(
    `UPDATE ${table} SET sf_row = coalesce(sf_row, nextval('sf_rows')), sf_from = 0, sf_to = ${FOREVER}`,
  );
}
