import { SnowflakeSqlError, type CatalogUser, type SessionContext } from '../types/sql-engine.js';
import type { LevelledValue, ParameterValue } from '../types/parameter-value.js';
import { PARAMETERS } from './parameter-table.js';

/** 001420: no parameter has that name. */
export function unknownParameter(name: string, kind: string): SnowflakeSqlError {
  return new SnowflakeSqlError('001420', '22023', `SQL compilation error:\ninvalid property '${name}' for '${kind}'`);
}

/** The value of a session parameter as it is kept. Throws for an unknown name and for a value that can't be had. */
export function checkParameter(name: string, given: ParameterValue, kind: string): ParameterValue {
  const parameter = PARAMETERS.get(name);
  if (parameter === undefined) throw unknownParameter(name, kind);
  return parameter.check(name, given);
}

/** All values or none: the first that can't be had throws before anything is set. */
export function checkParameters(
  given: Iterable<readonly [string, ParameterValue]>,
  kind: string,
): Map<string, ParameterValue> {
  return new Map([...given].map(([name, value]) => [name, checkParameter(name, value, kind)]));
}

/**
 * What a session starts from: the user's values over the account's. A later change of either applies to sessions that
 * are opened after it.
 */
export function inheritedParameters(
  user: Pick<CatalogUser, 'parameters'> | undefined,
  account: ReadonlyMap<string, ParameterValue>,
): Map<string, LevelledValue> {
  const inherited = new Map<string, LevelledValue>();
  for (const [name, value] of account) inherited.set(name, { value, level: 'ACCOUNT' });
  for (const [name, value] of user?.parameters ?? []) inherited.set(name, { value, level: 'USER' });
  return inherited;
}

/** A session parameter: the session's own, else what it inherited, else the default. */
export function sessionParameter(
  { parameters, inherited }: Pick<SessionContext, 'parameters' | 'inherited'>,
  name: string,
): LevelledValue {
  const own = parameters.get(name);
  if (own !== undefined) return { value: own, level: 'SESSION' };
  return inherited?.get(name) ?? { value: PARAMETERS.get(name)?.standard ?? '', level: '' };
}
