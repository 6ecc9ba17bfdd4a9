/** How names of columns become names of traits and properties. */
export type ColumnCase = 'preserve' | 'snake' | 'camel' | ((column: string) => string);

/**
 * Options that all mappers share. Column names in options are those of the result: the exact one, or one that differs
 * only by case when there is no other. A name that no column has is an error when the mapper is bound.
 */
export interface MappingOptions {
  /**
   * The case of trait and property names. `snake` turns `FIRST_NAME` into `first_name`, `camel` into `firstName`.
   *
   * @default 'preserve'
   */
  readonly columnCase?: ColumnCase | undefined;
  /** Column name → the name to use instead, a reserved one (`userId`) or any other. `columnCase` leaves it alone. */
  readonly rename?: Readonly<Record<string, string>> | undefined;
  /** The only columns that become traits or properties. Reserved columns are used in any case. */
  readonly pick?: readonly string[] | undefined;
  /** Columns that are left out, reserved ones too. */
  readonly omit?: readonly string[] | undefined;
  /**
   * `auto`: a number where the double's shortest decimal is the column's decimal, else text. `string`: always the
   * canonical decimal text, for all NUMBER, DECFLOAT and FLOAT columns or for the named ones.
   *
   * @default 'auto'
   */
  readonly numbers?: 'auto' | 'string' | { readonly columns: readonly string[] } | undefined;
  /**
   * `string` writes "true" and "false". `columns` names NUMBER columns whose 0 and 1 are booleans; `as: 'string'`
   * combines both.
   *
   * @default 'boolean'
   */
  readonly booleans?:
    | 'boolean'
    | 'string'
    | { readonly columns: readonly string[]; readonly as?: 'boolean' | 'string' | undefined }
    | undefined;
  /**
   * `omit` leaves out traits and properties whose value is null.
   *
   * @default 'keep'
   */
  readonly nulls?: 'keep' | 'omit' | undefined;
  /**
   * Makes the message id from the values of these columns instead of from the run and row: the same values give the
   * same id in every run. Take columns that identify one event.
   */
  readonly messageId?: { readonly from: readonly string[] } | undefined;
}

/** Options of `identify`. */
export interface IdentifyOptions extends MappingOptions {
  /**
   * Takes the trait `email` (any case, the exact name first) as `userId` in rows that have neither `userId` nor `anonymousId`.
   *
   * @default false
   */
  readonly emailFallback?: boolean | undefined;
}

/** Options of `track`. */
export interface TrackOptions extends MappingOptions {
  /** The event of every row; the query then needs no `event` column. */
  readonly event?: string | undefined;
  /**
   * What happens to other spellings of semantic events (`Suppress Person`, `Unsuppress Person`,
   * `Device Added or Updated`): `canonical` sends the name that the API knows, `keep` the one in the row.
   *
   * @default 'canonical'
   */
  readonly semanticEventNames?: 'canonical' | 'keep' | undefined;
}
