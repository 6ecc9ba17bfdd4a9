import { createHash } from 'node:crypto';
import * as z from 'zod';
import { checkOptions } from '../options/check-options.js';
import { shownName } from '../options/shown-name.js';
import { ConfigError } from '../errors/errors.js';
import type { BindValue, Statement } from '../source/source.js';
import { checkQuery } from './check-query.js';
import { templateError } from './template-error.js';
import { timeForm, timeFormNames, timeText, type TimeForm } from './time-form.js';
import { tokenizeSql, type SqlPiece } from './tokenize-sql.js';
import { PARAM_NAME, unknownPlaceholderHint } from './unknown-placeholder.js';

/** Value of a parameter; a `bigint` is bound as text. */
export type QueryParam = BindValue | bigint;

/** Options of {@link QueryTemplate}. */
export interface QueryTemplateOptions {
  /**
   * The parameters by name. `undefined` declares one whose value is given to `render`. Always bound, never spliced
   * into the SQL.
   */
  readonly params?: Readonly<Record<string, QueryParam | undefined>> | undefined;
}

/** Values for {@link QueryTemplate.render}. */
export interface RenderValues {
  /** Unix seconds; fractions are cut. Default 0, the first run. */
  readonly lastSyncTime?: number | undefined;
  /** Start of the run, Unix seconds; fractions are cut. Needed when the template has `{{sync_time}}`. */
  readonly syncTime?: number | undefined;
  /** Values that replace those of the template's options. */
  readonly params?: Readonly<Record<string, QueryParam>> | undefined;
}

const shape = {
  params: z
    .custom<NonNullable<QueryTemplateOptions['params']>>(
      (value) => typeof value === 'object' && value !== null,
      'expected an object: { name: value }',
    )
    .optional(),
};

type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'param'; readonly name: string; readonly newlines: string }
  | {
      readonly kind: 'time';
      readonly name: TimeName;
      readonly formText: string;
      readonly form: TimeForm;
      readonly quoted: boolean;
      readonly newlines: string;
    };

type TimeName = 'last_sync_time' | 'sync_time';

const TIME_NAMES: readonly string[] = ['last_sync_time', 'sync_time'];

/**
 * A query with placeholders.
 *
 * `{{last_sync_time}}` is the moment the last successful run started, `{{sync_time}}` the start of this one. Alone they
 * are bound as the text of the Unix seconds, which Snowflake compares with TIMESTAMP and NUMBER columns alike; with
 * `:epoch` and `:epoch_ms` as a number, with `:timestamp_ntz`, `:timestamp_ltz`, `:timestamp_tz` as that type, with
 * `:timestamp_ntz('Area/City')` as the local wall clock, with `:iso` as ISO-8601 text. Inside a quoted string they
 * become text. `{{name}}` is a parameter. Placeholders in comments are left alone.
 *
 * @example
 * ```ts
 * import { QueryTemplate } from 'snowmelt';
 *
 * const query = new QueryTemplate(
 *   `SELECT ID AS "userId", EMAIL AS "email" FROM people
 *    WHERE LAST_UPDATED >= {{last_sync_time}} AND COUNTRY = {{country}}`,
 *   { params: { country: 'DE' } },
 * );
 * query.render({ lastSyncTime: 1_700_000_000 }); // { sql: '… >= ? AND COUNTRY = ?', binds: ['1700000000', 'DE'] }
 * ```
 *
 * @throws ConfigError `QUERY_TEMPLATE` with line and column when the text is not one query with known placeholders
 */
export class QueryTemplate {
  /** The text as given. */
  readonly text: string;
  /** Whether the query is incremental. */
  readonly usesLastSyncTime: boolean;
  /** Whether the query has an upper end. */
  readonly usesSyncTime: boolean;
  /** Changes when the text or the parameters do. */
  readonly fingerprint: string;
  readonly #parts: readonly Part[];
  readonly #params: Readonly<Record<string, QueryParam | undefined>>;

  constructor(text: string, options: QueryTemplateOptions = {}) {
    if (typeof text !== 'string') {
      throw new ConfigError('CONFIG_INVALID', 'QueryTemplate: the text of the query is missing.', {
        hint: 'Write new QueryTemplate(`SELECT …`).',
      });
    }
    const { params: given } = checkOptions('QueryTemplate', shape, options);
    this.text = text;
    this.#params = { ...given };
    for (const name of Object.keys(this.#params)) checkParamName(name);
    const known = [...TIME_NAMES, ...Object.keys(this.#params)];
    const pieces = tokenizeSql(text);
    const semicolon = checkQuery(text, pieces);
    this.#parts = pieces.map((piece) => toPart(text, piece, known, semicolon));
    const uses = (name: TimeName): boolean => this.#parts.some((part) => part.kind === 'time' && part.name === name);
    this.usesLastSyncTime = uses('last_sync_time');
    this.usesSyncTime = uses('sync_time');
    const params = Object.entries(this.#params).sort(([a], [b]) => (a < b ? -1 : 1));
    this.fingerprint = createHash('sha256')
      .update(JSON.stringify([text.trim(), params.map(([name, value]) => [name, typeof value, String(value)])]))
      .digest('base64url')
      .slice(0, 22);
  }

  /**
   * The statement for one run. Lines keep their numbers, so that Snowflake's errors point into the template.
   *
   * @throws ConfigError `QUERY_PARAM_MISSING`, or `CONFIG_INVALID` for a time that is not a number of seconds
   */
  render(values: RenderValues = {}): Statement {
    for (const name of Object.keys(values.params ?? {})) {
      if (!Object.hasOwn(this.#params, name)) {
        throw new ConfigError('CONFIG_INVALID', `QueryTemplate.render: there is no parameter "${shownName(name)}".`, {
          hint: `Declare it: new QueryTemplate(text, { params: { ${shownName(name)}: undefined } }).`,
        });
      }
    }
    const times: Record<TimeName, number | undefined> = {
      last_sync_time: unixSeconds('lastSyncTime', values.lastSyncTime ?? 0),
      sync_time: values.syncTime === undefined ? undefined : unixSeconds('syncTime', values.syncTime),
    };
    const params = new Map<string, unknown>(Object.entries({ ...this.#params, ...withoutUndefined(values.params) }));
    const binds: BindValue[] = [];
    let sql = '';
    for (const part of this.#parts) {
      if (part.kind === 'text') sql += part.text;
      else if (part.kind === 'param') {
        binds.push(bindValue(part.name, params.get(part.name)));
        sql += `?${part.newlines}`;
      } else {
        const time = times[part.name];
        if (time === undefined) throw missing('sync_time', 'Pass syncTime to render().');
        const bound = part.name === 'last_sync_time' ? 'lower' : 'upper';
        if (part.quoted) sql += timeText(part.formText, time, bound);
        else {
          binds.push(part.form.bind(time, bound));
          sql += part.form.sql + part.newlines;
        }
      }
    }
    return { sql, binds };
  }
}

function toPart(text: string, piece: SqlPiece, known: readonly string[], semicolon: number | undefined): Part {
  if (piece.kind !== 'placeholder') {
    // Without its final semicolon a statement can be wrapped in another one.
    const cut = piece.kind === 'code' && semicolon !== undefined && semicolon < piece.offset + piece.text.length;
    if (!cut) return { kind: 'text', text: piece.text };
    const keep = Math.max(0, semicolon - piece.offset);
    return { kind: 'text', text: piece.text.slice(0, keep) + piece.text.slice(keep).replaceAll(';', '') };
  }
  const inner = piece.inner.trim();
  const colon = inner.indexOf(':');
  const name = (colon === -1 ? inner : inner.slice(0, colon)).trim();
  const formText = colon === -1 ? '' : inner.slice(colon + 1).trim();
  const newlines = piece.text.replace(/[^\n]/g, '');
  const fail = (problem: string, hint: string): ConfigError => templateError(text, piece.offset, problem, hint);
  if (!known.includes(name)) {
    throw fail(
      name === '' ? 'the placeholder has no name' : `there is no placeholder or parameter "${name}"`,
      unknownPlaceholderHint(inner, piece.quoted, known),
    );
  }
  if (!isTimeName(name)) {
    if (piece.quoted) throw fail(`the parameter "${name}" stands inside a quoted string`, 'Remove the quotes.');
    if (colon !== -1) throw fail(`the parameter "${name}" has no forms`, `Write {{${name}}}.`);
    return { kind: 'param', name, newlines };
  }
  const form = colon !== -1 && formText === '' ? undefined : timeForm(formText);
  if (form === undefined) {
    throw fail(`there is no form "${formText}" of {{${name}}}`, `Known forms: ${timeFormNames}.`);
  }
  return { kind: 'time', name, formText, form, quoted: piece.quoted, newlines };
}

function isTimeName(name: string): name is TimeName {
  return TIME_NAMES.includes(name);
}

function checkParamName(name: string): void {
  if (PARAM_NAME.test(name) && !TIME_NAMES.includes(name)) return;
  throw new ConfigError('CONFIG_INVALID', `QueryTemplate: "${shownName(name)}" cannot be the name of a parameter.`, {
    hint: `Use letters, digits and _, and none of ${TIME_NAMES.join(', ')}.`,
  });
}

function unixSeconds(option: string, value: number): number {
  if (typeof value === 'number' && value >= 0 && value <= 253_402_300_799) return Math.floor(value);
  throw new ConfigError('CONFIG_INVALID', `QueryTemplate.render: ${option} is not a Unix time in seconds.`, {
    hint: `Pass seconds since 1970, for example Math.floor(Date.now() / 1000).`,
  });
}

function bindValue(name: string, value: unknown): BindValue {
  if (value === undefined) throw missing(name, `Pass it: render({ params: { ${name}: … } }).`);
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number' && Number.isFinite(value)) {
    if (!Number.isInteger(value) || Number.isSafeInteger(value)) return value;
    throw new ConfigError(
      'CONFIG_INVALID',
      `QueryTemplate: the parameter "${name}" is beyond 2^53 and has lost digits.`,
      {
        hint: `Pass it as text or as a bigint: { ${name}: 9007199254740993n }.`,
      },
    );
  }
  throw new ConfigError(
    'CONFIG_INVALID',
    `QueryTemplate: the parameter "${name}" is neither text, number, boolean nor null.`,
    { hint: 'Pass a date as ISO-8601 text and a list as several parameters.' },
  );
}

function withoutUndefined(params: RenderValues['params']): Readonly<Record<string, QueryParam>> {
  return Object.fromEntries(Object.entries(params ?? {}).filter(([, value]: [string, unknown]) => value !== undefined));
}

function missing(name: string, hint: string): ConfigError {
  return new ConfigError('QUERY_PARAM_MISSING', `Query template: {{${name}}} has no value.`, { hint });
}
