import { SnowflakeSqlError } from './sql-engine.js';

/** Line (from 1) and position in it (from 0), as Snowflake counts them. */
export function positionOf(sql: string, offset: number): { line: number; pos: number } {
  const before = sql.slice(0, offset).split('\n');
  return { line: before.length, pos: before.at(-1)?.length ?? 0 };
}

/** 001003: the text isn't Snowflake SQL. */
export function syntaxError(sql: string, offset: number, unexpected: string): SnowflakeSqlError {
  const position = positionOf(sql, offset);
  return new SnowflakeSqlError(
    '001003',
    '42000',
    `SQL compilation error:\nsyntax error line ${position.line} at position ${position.pos} unexpected '${unexpected}'.`,
    position,
  );
}

/** A compilation error at a place: `error line L at position P\n…`. */
export function compileError(
  sql: string,
  offset: number,
  message: string,
  code = '000904',
  sqlState = '42000',
): SnowflakeSqlError {
  const position = positionOf(sql, offset);
  return new SnowflakeSqlError(
    code,
    sqlState,
    `SQL compilation error: error line ${position.line} at position ${position.pos}\n${message}`,
    position,
  );
}

/** 002003: no such object, or no privilege to see it. */
export function objectMissing(name: string, kind = 'Object'): SnowflakeSqlError {
  return new SnowflakeSqlError(
    '002003',
    '42S02',
    `SQL compilation error:\n${kind} '${name}' does not exist or not authorized.`,
  );
}

/** 000002: Snowflake may know it, this engine doesn't; names the construct. */
export function unsupported(construct: string): SnowflakeSqlError {
  return new SnowflakeSqlError('000002', '0A000', `Unsupported feature '${construct}'.`);
}

/** 001044: argument types that the function or operator doesn't take. */
export function invalidArguments(name: string, types: string): SnowflakeSqlError {
  return new SnowflakeSqlError(
    '001044',
    '42P13',
    `SQL compilation error: error line 1 at position 7\nInvalid argument types for function '${name}': (${types})`,
  );
}

/** 001065: a number, date or text where the context wants another type. */
export function cannotConvert(text: string, from: string, to: string): SnowflakeSqlError {
  return new SnowflakeSqlError(
    '001065',
    '22023',
    `SQL compilation error:\nCan not convert parameter '${text}' of type [${from}] into expected type [${to}]`,
  );
}

/** 002002: CREATE of something that is there. */
export function objectExists(name: string): SnowflakeSqlError {
  return new SnowflakeSqlError('002002', '42710', `SQL compilation error:\nObject '${name}' already exists.`);
}

/** 003001: the role may not do this. */
export function insufficientPrivileges(kind: string, name: string): SnowflakeSqlError {
  return new SnowflakeSqlError(
    '003001',
    '42501',
    `SQL access control error:\nInsufficient privileges to operate on ${kind} '${name}'.`,
  );
}
