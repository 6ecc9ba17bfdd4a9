/** Marks the errors of snowmelt, whichever build of the package made them. */
export const BRAND = Symbol.for('snowmelt.error');

/** Whether a value has the mark. */
export function isBranded(value: unknown): boolean {
  return typeof value === 'object' && value !== null && BRAND in value;
}
