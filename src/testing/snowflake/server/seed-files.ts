import { readFile } from 'node:fs/promises';
import { codeOf } from '../../../errors/code-of.js';
import { ConfigError } from '../../../errors/errors.js';
import { shownPath } from '../../../options/shown-name.js';
import { splitStatements } from './start-statement.js';

/** A file of SQL that is run before the server accepts requests. */
export interface SeedFile {
  readonly path: string;
  readonly sql: string;
}

/** One statement of it. */
export interface SeedStatement {
  readonly sql: string;
  /** Where it stands, for errors: file, line, number and how it begins. */
  readonly where: string;
}

/**
 * Reads the files, so that a wrong path is told before anything is made.
 *
 * @throws ConfigError `CONFIG_INVALID` for one that cannot be read
 */
export async function readSeedFiles(paths: readonly string[]): Promise<SeedFile[]> {
  const files: SeedFile[] = [];
  for (const path of paths) {
    try {
      files.push({ path, sql: (await readFile(path, 'utf8')).replace(/^\uFEFF/, '') });
    } catch (error) {
      const reason = codeOf(error) ?? 'unknown reason';
      throw new ConfigError('CONFIG_INVALID', `The seed file ${shownPath(path)} cannot be read (${reason}).`, {
        hint: `Check the path and the permissions: ls -l ${shownPath(path)}`,
      });
    }
  }
  return files;
}

/** Comments, and how the statement begins: names only, because its values may be anybody's data. */
const BEGINNING = /^(?:\s|--[^\n]*|\/\/[^\n]*|\/\*[^]*?\*\/)*((?:[\w.$]+\s*){1,6})/;

/** The statements of a file in their order. */
export function seedStatements({ path, sql }: SeedFile): SeedStatement[] {
  let offset = 0;
  return splitStatements(sql).map((text, index) => {
    const start = sql.indexOf(text, offset);
    offset = start + text.length;
    const found = BEGINNING.exec(text);
    const beginning = found?.[1] ?? '';
    const code = start + (found === null ? 0 : found[0].length - beginning.length);
    const line = sql.slice(0, code).split('\n').length;
    const words = beginning.trim().replaceAll(/\s+/g, ' ');
    const shown = words === '' ? '' : `, ${words} …`;
    return { sql: text, where: `${shownPath(path)}, line ${line} (statement ${index + 1}${shown})` };
  });
}

/** What a statement that fails ends the start with. */
export function seedFault(where: string, error: unknown, isKept: boolean): ConfigError {
  const reason = error instanceof Error ? error.message : String(error);
  const kept =
    'The database file keeps what was made before: CREATE … IF NOT EXISTS lets a seed run again, or start without it.';
  return new ConfigError('CONFIG_INVALID', `The seed failed in ${where}: ${reason}`, {
    hint: `Correct that statement.${isKept ? ` ${kept}` : ''}`,
    cause: error,
  });
}
