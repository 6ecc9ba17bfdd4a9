import type { Options } from 'tsup';

/** Writes THIRD-PARTY-NOTICES: the licences of the packages whose code or types are copied into what is built. */
export function thirdPartyNotices(inlined: readonly string[]): NonNullable<Options['esbuildPlugins']>[number];
