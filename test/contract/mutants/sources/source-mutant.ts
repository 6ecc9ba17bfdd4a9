import type { SourceFrame } from './source-frame.js';
import type { Warehouse } from './warehouse.js';

/** A deliberately broken source, and the line of the contract that catches it. */
export interface SourceMutant {
  readonly fault: string;
  readonly caughtBy: RegExp;
  readonly make: (warehouse: Warehouse) => SourceFrame;
}

/** A mutant of a class. */
export function mutant(
  fault: string,
  caughtBy: RegExp,
  Source: new (warehouse: Warehouse) => SourceFrame,
): SourceMutant {
  return { fault, caughtBy, make: (warehouse) => new Source(warehouse) };
}
