/** A parameter's value. */
export type ParameterValue = string | number | boolean;

/** Where a value was set; empty for the default. */
export type ParameterLevel = 'ACCOUNT' | 'USER' | 'SESSION' | '';

/** A value with the level that it comes from. */
export interface LevelledValue {
  readonly value: ParameterValue;
  readonly level: ParameterLevel;
}
