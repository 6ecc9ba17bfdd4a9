import { executeMutants } from './execute-mutants.js';
import { readMutants } from './read-mutants.js';
import { reopenMutants } from './reopen-mutants.js';
import { signalMutants } from './signal-mutants.js';
import type { SourceMutant } from './source-mutant.js';

/** Every mutant with the line that catches it. */
export const sourceMutants: readonly SourceMutant[] = [
  ...executeMutants,
  ...readMutants,
  ...signalMutants,
  ...reopenMutants,
];
