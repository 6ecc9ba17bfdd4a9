import type { FunctionBinder, FunctionTable } from '../convert/binder.js';
import { addresses } from './addresses.js';
import { aggregates } from './aggregates.js';
import { arrays } from './collections/arrays.js';
import { lambdas } from './collections/lambdas.js';
import { maps } from './collections/maps.js';
import { conditionals } from './conditionals.js';
import { contextFunctions } from './context-functions.js';
import { conversions } from './conversions.js';
import { dataGeneration } from './data-generation.js';
import { dates } from './dates.js';
import { metadataFunctions } from './get-ddl.js';
import { hierarchies } from './hierarchies.js';
import { numbers } from './numbers.js';
import { regularExpressions } from './regular-expressions.js';
import { semiStructured } from './collections/semi-structured.js';
import { approximations } from './statistics/approximations.js';
import { regressions } from './statistics/regressions.js';
import { texts } from './texts.js';
import { windows } from './windows.js';

const AGGREGATES = { ...aggregates, ...regressions, ...approximations };

const all: ReadonlyMap<string, FunctionBinder> = new Map([
  ...Object.entries(conditionals),
  ...Object.entries(conversions),
  ...Object.entries(numbers),
  ...Object.entries(texts),
  ...Object.entries(regularExpressions),
  ...Object.entries(dates),
  ...Object.entries(semiStructured),
  ...Object.entries(arrays),
  ...Object.entries(maps),
  ...Object.entries(lambdas),
  ...Object.entries(hierarchies),
  ...Object.entries(addresses),
  ...Object.entries(contextFunctions),
  ...Object.entries(dataGeneration),
  ...Object.entries(metadataFunctions),
  ...Object.entries(AGGREGATES),
  ...Object.entries(windows),
]);

/** All functions, by their names. */
export const functionTable: FunctionTable = {
  all,
  isAggregate: (name) => name in AGGREGATES,
  isWindow: (name) => name in windows,
};
