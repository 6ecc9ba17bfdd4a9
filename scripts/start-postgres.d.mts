/** Starts a PostgreSQL server on loopback whose data is gone when it stops. */
export function startPostgres(): Promise<{
  /** For the user `postgres`, whose password is `password`. */
  readonly url: string;
  readonly stop: () => Promise<void>;
}>;
