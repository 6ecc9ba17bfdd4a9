/** A statement that DuckDB didn't run, with its text. */
export class DuckDbFailure extends Error {
  override readonly name = 'DuckDbFailure';
  readonly sql: string;

  constructor(sql: string, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.sql = sql;
  }
}
