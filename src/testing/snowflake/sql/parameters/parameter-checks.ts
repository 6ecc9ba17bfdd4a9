import { parsePattern } from '../convert/parse-date-pattern.js';
import type { ParameterValue } from '../types/parameter-value.js';
import { SnowflakeSqlError } from '../types/sql-engine.js';
import { unsupported } from '../types/sql-errors.js';

/** Gives the value as it is kept, or throws: 001008 for one that Snowflake refuses, 000002 for one that isn't emulated. */
export type ParameterCheck = (name: string, given: ParameterValue) => ParameterValue;

function invalidValue(name: string, given: ParameterValue): SnowflakeSqlError {
  const message = `SQL compilation error:\ninvalid value [${given}] for parameter '${name}'`;
  return new SnowflakeSqlError('001008', '22023', message);
}

const notEmulated = (name: string, given: ParameterValue): SnowflakeSqlError => unsupported(`${name} = ${given}`);

/** TRUE or FALSE. With `only`, the other value is one that the server doesn't work by. */
export function flag(only?: boolean): ParameterCheck {
  return (name, given) => {
    const word = String(given).toLowerCase();
    if (word !== 'true' && word !== 'false') throw invalidValue(name, given);
    if (only !== undefined && word !== String(only)) throw notEmulated(name, given);
    return word === 'true';
  };
}

/** A whole number between two. With `works`, the server doesn't work by the others. */
export function whole(low: number, high: number, works: (value: number) => boolean = () => true): ParameterCheck {
  return (name, given) => {
    const value = Number(given);
    if (!/^-?\d+$/.test(String(given)) || value < low || value > high) throw invalidValue(name, given);
    if (!works(value)) throw notEmulated(name, given);
    return value;
  };
}

/** One of some words, in any letter case. The server works by the first ones only, as many as `works` says. */
export function oneOf(words: readonly string[], works = words.length): ParameterCheck {
  return (name, given) => {
    const at = words.findIndex((word) => word.toUpperCase() === String(given).toUpperCase());
    if (at < 0) throw invalidValue(name, given);
    if (at >= works) throw notEmulated(name, given);
    return words[at] ?? '';
  };
}

/** Text of at most so many characters. */
export function textUpTo(longest: number): ParameterCheck {
  return (name, given) => {
    const value = String(given);
    if (value.length > longest) throw invalidValue(name, given);
    return value;
  };
}

/** The name of a time zone, as IANA's list has it. */
export const timeZoneName: ParameterCheck = (name, given) => {
  const value = String(given);
  try {
    Intl.DateTimeFormat('en', { timeZone: value });
  } catch {
    throw invalidValue(name, given);
  }
  return value;
};

/** AUTO, or a format whose elements are all known. */
export const inputFormat: ParameterCheck = (name, given) => {
  const format = String(given);
  if (format.toUpperCase() === 'AUTO') return 'AUTO';
  if (format === '') throw invalidValue(name, given);
  try {
    parsePattern('x', format, true);
  } catch {
    throw notEmulated(name, given);
  }
  return format;
};

/** Any value: only clients work by it. */
export const forClients: ParameterCheck = (_name, given) => given;

/** A parameter whose effect is not emulated at all: its default is the only value. */
export function onlyDefault(standard: ParameterValue): ParameterCheck {
  return (name, given) => {
    if (String(given).toUpperCase() !== String(standard).toUpperCase()) throw notEmulated(name, given);
    return standard;
  };
}
