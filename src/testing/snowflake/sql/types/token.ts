/** What the lexer found: unquoted words are upper-cased in `value`, quoted ones keep their case. */
export interface Token {
  readonly kind: 'word' | 'quoted' | 'string' | 'number' | 'operator' | 'param' | 'dollar' | 'end';
  /** The token's meaning: identifier name, unescaped string, operator. */
  readonly value: string;
  readonly start: number;
  readonly end: number;
}
