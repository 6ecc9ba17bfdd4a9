/** What a request is answered with when it fails before or outside of SQL. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  /** Snowflake's six digits. */
  readonly code: string;
  readonly sqlState: string | null;
  /** HTTP status of the private protocol, which answers 200 to most failures. */
  readonly status: number;

  constructor(code: string, message: string, options: { readonly sqlState?: string; readonly status?: number } = {}) {
    super(message);
    this.code = code;
    this.sqlState = options.sqlState ?? null;
    this.status = options.status ?? 200;
  }
}
