import { entries } from './scripts/entries.mjs';

/** @type {Partial<import('typedoc').TypeDocOptions>} */
export default {
  name: 'snowmelt',
  entryPoints: entries().map(({ source }) => source),
  out: 'docs/api',
  excludeInternal: true,
  excludePrivate: true,
  // The records of the state are inferred from zod schemas, the error codes from a table: their types are documented.
  intentionallyNotExported: [
    'src/errors/error-codes.ts:errorCodes',
    'src/testing/snowflake/faults/snowflake-fault.ts:endpoints',
    'src/mapping/semantic/semantic-event-names.ts:semanticEventNames',
    ...['lease', 'range', 'counts', 'runSummary', 'settled', 'run', 'backfill'].map(
      (name) => `src/state/sync-state.ts:${name}`,
    ),
  ],
  // All kinds but the fields of records, whose name and type mostly say it all.
  requiredToBeDocumented: [
    'Enum',
    'EnumMember',
    'Variable',
    'Function',
    'Class',
    'Interface',
    'Method',
    'Accessor',
    'TypeAlias',
  ],
  validation: { notExported: true, invalidLink: true, invalidPath: true, notDocumented: true },
  treatValidationWarningsAsErrors: true,
  skipErrorChecking: true,
  disableSources: true,
  logLevel: 'Warn',
};
