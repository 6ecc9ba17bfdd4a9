import type { Options } from 'tsup';

/** Turns the `.cjs` files of a split build into CommonJS. */
export declare const commonJs: NonNullable<Options['plugins']>[number];
