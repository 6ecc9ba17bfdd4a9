/** A DuckDB string literal; NUL can't stand in SQL text, so is spliced in by code. */
export function quote(value: string): string {
  const plain = (part: string): string => `'${part.replaceAll("'", "''")}'`;
  if (!value.includes('\0')) return plain(value);
  return `(${value.split('\0').map(plain).join(' || chr(0) || ')})`;
}

/** Length as Snowflake counts it: Unicode code points. */
export const characters = (value: string): number => Array.from(value).length;
