import type { Source } from '../../source/source.js';

/** Values by column name in lower case, as wire text. */
export type TextRow = Readonly<Record<string, string | null>>;

/** All rows of a small result. @throws SourceError */
export async function queryRows(source: Source, sql: string, signal: AbortSignal): Promise<readonly TextRow[]> {
  const result = await source.execute({ sql, binds: [] }, { signal });
  const names = result.columns.map(({ name }) => name.toLowerCase());
  const found: TextRow[] = [];
  for await (const { rows } of result.read({ signal })) {
    for (const values of rows) {
      found.push(
        Object.fromEntries(
          names.map((name, position) => {
            const value = values[position];
            return [name, typeof value === 'string' ? value : null];
          }),
        ),
      );
    }
  }
  return found;
}
