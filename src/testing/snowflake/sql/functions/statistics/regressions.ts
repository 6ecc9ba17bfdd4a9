import type { Call, FunctionBinder } from '../../convert/binder.js';
import { REAL } from '../../types/data-type.js';
import { fixed } from '../../types/data-type.js';
import { unsupported } from '../../types/sql-errors.js';
import { realOf } from '../call/function-binder.js';

/** Of pairs of y and x, in this order; pairs with NULL don't count ("REGR_SLOPE" and its siblings). */
const pairs =
  (name: string): FunctionBinder =>
  (call) => {
    if (call.node.distinct) throw unsupported(`${call.node.name}(DISTINCT …)`);
    return { sql: `${name}(${realOf(call, 0)}, ${realOf(call, 1)})${call.over}`, type: REAL };
  };

/** Skewness and kurtosis of a sample. */
const moment =
  (name: string): FunctionBinder =>
  (call: Call) => ({ sql: `${name}(${realOf(call, 0)})${call.over}`, type: REAL });

/** Statistics of one and of two columns, reckoned in floating point. */
export const regressions: Record<string, FunctionBinder> = {
  REGR_AVGX: pairs('regr_avgx'),
  REGR_AVGY: pairs('regr_avgy'),
  REGR_COUNT: (call) => ({ ...pairs('regr_count')(call), type: fixed(18, 0), nullable: false }),
  REGR_INTERCEPT: pairs('regr_intercept'),
  REGR_R2: pairs('regr_r2'),
  REGR_SLOPE: pairs('regr_slope'),
  REGR_SXX: pairs('regr_sxx'),
  REGR_SXY: pairs('regr_sxy'),
  REGR_SYY: pairs('regr_syy'),
  CORR: pairs('corr'),
  COVAR_POP: pairs('covar_pop'),
  COVAR_SAMP: pairs('covar_samp'),
  SKEW: moment('skewness'),
  KURTOSIS: moment('kurtosis'),
};
