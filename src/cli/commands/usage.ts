/** What `snowmelt --help` prints. */
export const USAGE = `snowmelt: reverse ETL from Snowflake

  snowmelt keygen      [--out rsa_key.p8] [--bits 2048]   makes a key pair; the private key goes to a file only;
                       [--algorithm ES256]                an EC key, for the SQL API only
  snowmelt setup-sql   --public-key rsa_key.pub --select DB.SCHEMA.TABLE …
                                                          prints the SQL that sets up user, role and warehouse
  snowmelt doctor      [sync …]                           checks connection and syncs, step by step
  snowmelt types       [sync …] [--out snowmelt-rows.d.ts] [--check]
                                                          writes the TypeScript types of the rows of the queries;
                                                          with --check says what is otherwise in the file
  snowmelt preview     sync [--limit 10] [--last-sync-time <time>]
                                                          shows what the first rows would become; sends nothing
  snowmelt plan        [sync …] [--last-sync-time <time>] counts what a run would send; sends nothing
  snowmelt plan        sync --out <file>                  the same, and keeps the plan to be applied
  snowmelt explain     sync column=value …                says why a row was sent, or was not
  snowmelt run         [sync …]                           runs syncs, all of them when none is named
  snowmelt run         sync --plan <file>                 sends what that plan has, and nothing else
  snowmelt run         sync --resend                      of a sync with \`changes\`: sends every row
  snowmelt run         sync --remove-up-to <number>       lets at most so many removals go that would be held
  snowmelt seed        sync                               takes the present result as sent; sends nothing
  snowmelt backfill    sync --from <time> [--to <time>]   sends history again; leaves last_sync_time as it is
  snowmelt reset       sync [--last-sync-time <time>]     forgets an unfinished run; the next one sends everything,
                                                          or what changed since that time
  snowmelt status      [sync …]                           shows what is stored of syncs
  snowmelt snowflake   [--port 8085] [--file dev.duckdb] [--seed file.sql …] [--user SNOWMELT] [--private-key <file>]
                                                          runs a Snowflake on this machine for development, until
                                                          Ctrl+C; needs @duckdb/node-api

Options of all: --config <file>, --env <file>, --json, --help, --version
Times: Unix seconds, 2026-01-31 or 2026-01-31T08:00:00Z
Options of setup-sql: --user, --role, --warehouse, --existing-warehouse, --view, --future, --allow-ip, --state-table,
  --auto-suspend <seconds>, --statement-timeout <seconds>,
  --resource-monitor <name> --credit-quota <credits a month>,
  --policy-schema DB.SCHEMA (an authentication policy: this way to sign in and no other),
  --key-pair <name> [--days-to-expiry <days>] (a key pair with a name of its own),
  --authenticator PROGRAMMATIC_ACCESS_TOKEN --allow-ip <address> [--token-name <name>] [--days-to-expiry <days>],
  --authenticator OAUTH [--login-name <name>],
  --authenticator WORKLOAD_IDENTITY --workload-identity <AWS, AZURE, GCP or OIDC>
    [--arn <role>] [--issuer <url>] [--subject <text>] [--audience <text>],
  --rotate (the two steps of a rotation; --public-key [--key-pair <name>], or --token-name <name>),
  --tear-down (takes the set-up back)

The syncs come from snowmelt.config.mjs (or .js; .mts and .ts where Node loads them), which exports \`syncs\`, an array,
and \`source\`, one source or an array, to be closed at the end.

Exit codes: 0 all is well; 1 a run failed, the doctor found a fault, or types are out of date; 2 wrong arguments or a wrong configuration;
3 nothing failed, but a sync was skipped, because it is running elsewhere or disabled; 130 and 143 ended by SIGINT or
SIGTERM, and the next run resumes.
`;
