/** A statement as QUERY_HISTORY tells of it. */
export interface LoggedQuery {
  readonly queryId: string;
  readonly sql: string;
  readonly database: string | undefined;
  readonly schema: string | undefined;
  readonly type: string;
  readonly sessionId: string;
  readonly user: string;
  readonly role: string | undefined;
  readonly warehouse: string | undefined;
  readonly tag: string;
  /** Unix milliseconds. */
  readonly start: number;
  end?: number;
  rows?: number;
  error?: { readonly code: string; readonly message: string };
}
