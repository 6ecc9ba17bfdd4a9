/** A request, as handlers see it. */
export interface Call {
  readonly method: string;
  readonly url: URL;
  /** Path parameters, e.g. the query id. */
  readonly params: readonly string[];
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The body, parsed as JSON; undefined where there is none. Throws `SyntaxError`. */
  readonly json: () => unknown;
  /** Aborted when the client hangs up or the server closes. */
  readonly signal: AbortSignal;
  /** `http://127.0.0.1:port`, for absolute links. */
  readonly origin: string;
}
