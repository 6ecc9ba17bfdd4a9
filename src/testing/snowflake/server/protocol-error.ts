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
    this.status = options.status ?? privateStatus(code);
  }
}

/**
 * The HTTP status under which the private protocol tells a failure. The official driver looks for 390104 in answers of
 * status 401; all else that it acts on, it reads from answers of status 200.
 */
export function privateStatus(code: string): number {
  return code === '390104' ? 401 : 200;
}

/** The HTTP status of the SQL API for a failure (Snowflake documentation, SQL API reference, "Response codes"). */
export function apiStatus(code: string): number {
  if (/^(39010[0-4]|39011[124]|390144|390202|3903(?:03|09|17|18)|390422|390432|394400)$/.test(code)) return 401;
  if (code === '390142') return 400;
  if (code === '390505') return 429;
  if (code === '000709') return 404;
  return code === '000630' ? 408 : 422;
}
