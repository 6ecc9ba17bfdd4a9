import type { LoggedQuery } from '../types/logged-query.js';

/** How many statements are remembered: as many as QUERY_HISTORY gives at most. */
const MOST = 10_000;

/** The statements of all sessions, oldest first. */
export class QueryLog {
  readonly #queries: LoggedQuery[] = [];

  add(query: LoggedQuery): LoggedQuery {
    this.#queries.push(query);
    if (this.#queries.length > MOST) this.#queries.shift();
    return query;
  }

  list(): readonly LoggedQuery[] {
    return this.#queries;
  }
}
