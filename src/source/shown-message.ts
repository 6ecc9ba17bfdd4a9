/*
 * Snowflake's messages quote what they are about: names and words of the query, but also values of rows, with and without
 * quotation marks ("Failed to cast variant value 4915112345678 to BOOLEAN"), and the same form under many codes. So a
 * message is shown only where its form is known here, and of that form only what cannot be a value.
 */

const NAME = String.raw`'[\w$."\- ]{1,300}'`;
const UUID = String.raw`[0-9a-f]{8}-[0-9a-f-]{27}`;
const TYPE = String.raw`[A-Z_]+(?:\(\d+(?:, ?\d+)?\))?`;
const TYPES =
  'FIXED|NUMBER|REAL|FLOAT|DOUBLE|DECFLOAT|TEXT|VARCHAR|STRING|BOOLEAN|DATE|TIME|TIMESTAMP(?:_NTZ|_LTZ|_TZ)?|VARIANT|OBJECT|ARRAY|MAP|BINARY|GEOGRAPHY|GEOMETRY|VECTOR';

/** Without anything of a row or a query: shown under any code. */
const FIXED: readonly string[] = [
  "Your free trial has ended and all of your virtual warehouses have been suspended\\. [^'\\d\\n]{0,200}",
  "Your account is suspended due to lack of payment method\\.?[^'\\d\\n]{0,200}",
  "Cannot perform [A-Z ]{1,40}\\. This session does not have a current (?:database|schema)\\. Call 'USE (?:DATABASE|SCHEMA)', or use a qualified name\\.",
  'Division by zero\\.?',
  'SQL execution canceled',
  'Numeric value is out of range',
  'NULL result in a non-nullable column',
  'Single-row subquery returns more than one row\\.',
  'Invalid regular expression',
  'Unrecognized time zone',
  'Empty SQL statement\\.',
  'Bind variable \\? not set\\.',
  "No active warehouse selected in the current session\\. +Select an active warehouse with the 'use warehouse' command\\.",
  'Statement reached its statement or warehouse timeout of \\d{1,7} second\\(s\\) and was canceled\\.',
  'Processing aborted by error \\d{6}:\\d{1,12}; incident \\d{1,12}\\.?',
  `Statement ${UUID} not found`,
];

/** A part that may be a value is left out, the rest is shown under any code. */
const AROUND_VALUES: readonly (readonly [RegExp, string])[] = [
  [/^((?:Numeric value|Boolean value|Date|Time|Timestamp)) '.*' is not recognized$/s, "$1 '…' is not recognized"],
  [new RegExp(`^Failed to cast variant value .* to (${TYPES})$`, 's'), 'Failed to cast variant value … to $1'],
  [new RegExp(`^Failed to convert .* to (${TYPES})$`, 'is'), 'Failed to convert … to $1'],
  [/^(Error parsing JSON|JavaScript execution error)\b.*$/s, '$1…'],
  [/^(Duplicate (?:row detected during DML action|field key)) ?.*$/s, '$1…'],
  [/^(The following string is not a legal hex-encoded value|String) .*$/s, '$1…'],
  [
    new RegExp(`^Can not convert parameter .* of type \\[(${TYPE})\\] into expected type \\[(${TYPE})\\]$`, 's'),
    'Can not convert parameter … of type [$1] into expected type [$2]',
  ],
];

/** These name what stands in the query, and are compiled before a row is read: shown under their own codes only. */
const OF_THE_QUERY: readonly (readonly [codes: readonly number[], form: string])[] = [
  [[904], `invalid identifier ${NAME}`],
  [[957], `ambiguous column name ${NAME}`],
  [[1003], "syntax error line \\d+ at position \\d+ unexpected '[^'\\n]{0,60}'\\."],
  [
    [2003, 2043],
    `[A-Z][A-Za-z ]{1,30} ${NAME} does not exist(?: or not authorized|, or operation cannot be performed)?\\.?`,
  ],
  [[2139, 2140, 2141], 'Unknown (?:user-defined )?function [\\w$."]{1,300}'],
  [[1044], `Invalid argument types for function ${NAME}: \\((?:${TYPE}(?:, )?)*\\)`],
  [[3001], `Insufficient privileges to operate on [A-Za-z ]{1,30} ${NAME}\\.?`],
  [[2], "Unsupported feature '[^'\\n]{1,200}'\\.?"],
  [[608], `Warehouse ${NAME} is suspended\\.?`],
  [[90073], `Warehouse ${NAME} cannot be resumed because resource monitor ${NAME} has exceeded its quota\\.?`],
];

const PREFIX = /^SQL (?:compilation|access control|execution) error:\s*(?:error line \d+ at position \d+\s*)?/;

function whole(form: string): RegExp {
  return new RegExp(`^(?:${form})$`);
}

const fixed = FIXED.map(whole);
const ofTheQuery = OF_THE_QUERY.map(([codes, form]) => ({ codes, form: whole(form) }));

function shownPart(code: number, said: string): string | undefined {
  if (fixed.some((form) => form.test(said))) return said;
  if (ofTheQuery.some(({ codes, form }) => codes.includes(code) && form.test(said))) return said;
  const around = AROUND_VALUES.find(([form]) => form.test(said));
  return around && said.replace(...around);
}

/** What a message says before the part that its form is known by. */
function linesOf(code: number, said: string): string | undefined {
  const one = shownPart(code, said);
  if (one !== undefined) return one;
  // A syntax error may be told in several lines.
  const lines = said.split(/\s*\n\s*/).map((line) => shownPart(code, line));
  return lines.includes(undefined) || lines.length === 1 ? undefined : lines.join(' ');
}

/**
 * What may be shown of a message of Snowflake's: without values of rows. Those of a refused login (39xxxx) have none.
 *
 * @returns `undefined` when its form is not known
 */
export function shownMessage(code: string, message: string): string | undefined {
  if (/^39\d{4}$/.test(code)) return oneLine(message);
  const prefix = PREFIX.exec(message)?.[0] ?? '';
  const shown = linesOf(Number(code), message.slice(prefix.length).trim());
  return shown === undefined ? undefined : oneLine(prefix + shown);
}

function oneLine(message: string): string {
  return message.replace(/\s*\n\s*/g, ' ').trim();
}
