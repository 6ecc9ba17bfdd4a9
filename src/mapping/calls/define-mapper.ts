import * as z from 'zod/mini';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { ConfigError } from '../../errors/errors.js';
import { isPromiseLike } from '../../async/is-promise-like.js';
import type { Column } from '../../source/source.js';
import { compileBag } from '../columns/bag.js';
import { nativeColumns } from './call-mapper.js';
import { ROW } from '../columns/call-spec.js';
import { isCallType, messageProblem } from './check-message.js';
import { compileInexactIds } from './inexact-ids.js';
import { checkOptions } from '../../options/check-options.js';
import { columnOptionShape } from '../columns/option-shapes.js';
import { layOutColumns } from '../columns/column-layout.js';
import { explainColumns } from '../columns/explain-columns.js';
import { rowFields } from '../columns/row-fields.js';
import { fingerprintOf } from '../fingerprint.js';
import { laneKey } from '../lane-key.js';
import type { MappingOptions } from '../columns/mapping-options.js';
import type { JsonValue, Message } from '../message.js';
import { AsyncCodeError } from '../../errors/async-code-error.js';
import { rowError } from '../row-error.js';
import type { BoundMapper, LaneKey, RowInfo, RowMapper } from '../row-mapper.js';

/** A mapper that gives promises: a mistake in the mapper, not in the row. */
export class AsyncMapperError extends AsyncCodeError {
  constructor(what: string) {
    super(what, 'Mapping is synchronous. Look things up in the query, or before the run.');
  }
}

/** A row with its values decoded (see docs/mapping.md), by column name. */
export type DecodedRow = Readonly<Record<string, JsonValue>>;

/** What a custom mapper may return; `undefined` skips the row. */
export type Mapped<M> = M | readonly M[] | undefined;

/** Options of {@link defineMapper}: how columns become a row, and what the messages are. */
export interface DefineMapperOptions<M> extends Omit<MappingOptions, 'messageId'> {
  /** The lane key of a message of the host's own. Default: as for the six calls, else none. */
  readonly key?: ((message: M) => LaneKey) | undefined;
  /**
   * Whether messages whose `type` is one of the six call types are checked. Switch it off for messages of your own
   * that use such a type.
   *
   * @default true
   */
  readonly checkMessages?: boolean | undefined;
  /** Text that changes when the mapping does. Default: the function's source text and the options. */
  readonly fingerprint?: string | undefined;
}

/** Options with a schema that each row has to fit. */
export interface DefineMapperSchemaOptions<S extends StandardSchemaV1, M> extends DefineMapperOptions<M> {
  /** Any Standard Schema (zod, valibot, arktype …) that validates without waiting. */
  readonly schema: S;
}

function refuseAsync(what: string, promise: PromiseLike<unknown>): never {
  promise.then(undefined, () => undefined);
  throw new AsyncMapperError(`defineMapper(): the ${what}`);
}

function validated(schema: StandardSchemaV1, row: DecodedRow, info: RowInfo): unknown {
  const result = schema['~standard'].validate(row);
  if (isPromiseLike(result)) return refuseAsync('schema', result);
  if (result.issues === undefined) return result.value;
  const paths = result.issues.map((issue) => {
    const first = issue.path?.[0];
    return String(typeof first === 'object' ? first.key : (first ?? 'the row'));
  });
  const columns = [...new Set(paths)].join(', ');
  // The issues' own texts may hold values, which belong in the dead letter only.
  throw rowError(info.row, { column: columns, expected: `what the schema (${schema['~standard'].vendor}) describes` });
}

function checked(message: unknown, info: RowInfo): void {
  if (typeof message !== 'object' || message === null || !('type' in message) || !isCallType(message.type)) return;
  const problem = messageProblem(message);
  if (problem === undefined) return;
  throw rowError(info.row, {
    column: problem.field,
    expected: `${problem.expected} in the ${message.type} message`,
    hint: 'Correct the mapper; for message types of your own set checkMessages: false.',
  });
}

function defaultKey(message: unknown): LaneKey {
  if (typeof message !== 'object' || message === null || !('type' in message) || !isCallType(message.type)) {
    return undefined;
  }
  return laneKey(message as Message);
}

/**
 * Makes a mapper of your own: a function from a row to one message, several, or `undefined` to skip the row. Messages
 * may be of your own type, with a sink of your own.
 *
 * With `schema` the row has the schema's output type and a row that does not fit is rejected. Without one, `R` is the
 * type of the row: the one that `snowmelt types` writes, which is not checked against the rows.
 *
 * @example
 * ```ts
 * import { defineMapper, type IdentifyMessage } from 'snowmelt';
 * import * as z from 'zod';
 *
 * const schema = z.object({ ID: z.string().min(1), PLAN: z.string() });
 * export const mapper = defineMapper(
 *   (row): IdentifyMessage => ({ type: 'identify', userId: row.ID, traits: { plan: row.PLAN } }),
 *   { schema },
 * );
 * ```
 *
 * @throws ConfigError `CONFIG_INVALID` for options that are wrong or unknown
 */
export function defineMapper<S extends StandardSchemaV1, M = Message>(
  map: (row: StandardSchemaV1.InferOutput<S>, info: RowInfo) => Mapped<M>,
  options: DefineMapperSchemaOptions<S, M>,
): RowMapper<M>;
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- where a row type is named
export function defineMapper<R extends DecodedRow = DecodedRow, M = Message>(
  map: (row: R, info: RowInfo) => Mapped<M>,
  options?: DefineMapperOptions<M>,
): RowMapper<M>;
export function defineMapper<M>(
  map: (row: never, info: RowInfo) => Mapped<M>,
  options: DefineMapperOptions<M> & { readonly schema?: StandardSchemaV1 | undefined } = {},
): RowMapper<M> {
  checkDefinition(map, options);
  const { schema, key, checkMessages = true, ...columnOptions } = options;
  const bind = (columns: readonly Column[]): BoundMapper<M> => {
    const layout = layOutColumns(columns, ROW, columnOptions);
    const build = compileBag(
      layout.columns.filter(({ target }) => target === 'bag'),
      options.nulls ?? 'keep',
    );
    const refuseInexact = checkMessages ? compileInexactIds(columns) : undefined;
    return (values, info) => {
      const row = build(values, undefined, info);
      const mapped = map((schema === undefined ? row : validated(schema, row, info)) as never, info);
      if (isPromiseLike(mapped)) return refuseAsync('function', mapped);
      if (checkMessages) {
        for (const message of (Array.isArray(mapped) ? mapped : [mapped]) as readonly unknown[]) {
          checked(message, info);
          refuseInexact?.(values, message, info);
        }
      }
      return mapped;
    };
  };
  return {
    callType: 'custom',
    bind,
    map: (row, info = { row: 0 }) => bind(nativeColumns(row))(Object.values(row), info),
    key: key ?? defaultKey,
    explain: (columns) => explainColumns(columns, ROW, columnOptions),
    rowFields: (columns) => rowFields(columns, columnOptions),
    fingerprint: options.fingerprint ?? fingerprintOf('custom', { map, ...columnOptions }),
  };
}

function checkDefinition(map: unknown, options: object): void {
  if (typeof map !== 'function') {
    throw new ConfigError('CONFIG_INVALID', 'defineMapper(): the first argument is not a function.', {
      hint: 'Write defineMapper((row) => message, options).',
    });
  }
  const isSchema = (value: unknown): boolean =>
    ((typeof value === 'object' && value !== null) || typeof value === 'function') && '~standard' in value;
  const isFunction = (value: unknown): boolean => typeof value === 'function';
  checkOptions(
    'defineMapper()',
    {
      ...columnOptionShape,
      schema: z.optional(z.custom(isSchema, { message: 'expected a Standard Schema' })),
      key: z.optional(z.custom(isFunction, { message: 'expected a function' })),
      checkMessages: z.optional(z.boolean()),
      fingerprint: z.optional(z.string()),
    },
    options,
  );
}
