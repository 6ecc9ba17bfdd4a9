import { MappingError } from '../../errors/errors.js';
import type { Column } from '../../source/source.js';
import { compileBag } from '../columns/bag.js';
import { compileCallJson } from './call-json.js';
import type { CallSpec, Draft } from '../columns/call-spec.js';
import { reservedLookalike } from '../columns/column-name.js';
import { layOutColumns, type ColumnLayout } from '../columns/column-layout.js';
import { createFieldDecoder, type DecodeField } from '../columns/field-decoder.js';
import { explainColumns } from '../columns/explain-columns.js';
import { fingerprintOf } from '../fingerprint.js';
import { laneKey } from '../lane-key.js';
import type { MappingOptions } from '../columns/mapping-options.js';
import type { JsonObject, JsonValue, Message } from '../message.js';
import { compileMessageId } from './message-id.js';
import type { BoundMapper, CallMapper, Row, RowInfo } from '../row-mapper.js';

/** What one kind of call does besides reading its columns. */
export interface CallSteps {
  /** Fields that need no column, because the options give them. */
  readonly given?: ReadonlySet<string> | undefined;
  /** Columns that do where no column has an id of a person, in lower case. */
  readonly standIns?: ReadonlySet<string> | undefined;
  /** Completes and checks a message; throws a row error. */
  readonly finish: (draft: Draft, info: RowInfo) => Draft;
  /**
   * Completes a draft of fields only, and says whether the message then needs nothing of {@link finish} but, for a page,
   * the copy of its category. Without this the messages are always made as objects.
   */
  readonly finishOrdinary?: ((draft: Draft) => boolean) | undefined;
}

/** A column whose name only has underscores too many, for the hint. */
function similarColumn(columns: readonly Column[], field: string): string | undefined {
  return columns.find(({ name }) => reservedLookalike(name, [field]) !== undefined)?.name;
}

/** What a hint selects where the query has nothing like it. */
const EXAMPLES: Readonly<Record<string, string>> = {
  event: "'Signed Up'",
  groupId: 'COMPANY_ID',
  previousId: 'OLD_ID',
};

function refuseMissing(
  spec: CallSpec,
  columns: readonly Column[],
  present: ReadonlySet<string>,
  standIns: ReadonlySet<string> | undefined,
): void {
  for (const choice of spec.required) {
    if (choice.some((field) => present.has(field))) continue;
    if (choice.includes('userId') && [...(standIns ?? [])].some((column) => present.has(column))) continue;
    const first = choice[0] ?? '';
    const column = choice.map((field) => similarColumn(columns, field)).find((name) => name !== undefined);
    const or = first === 'event' && column === undefined ? `, or track({ event: ${EXAMPLES['event']} })` : '';
    const found = columns.length === 0 ? 'none' : columns.map(({ name }) => name).join(', ');
    throw new MappingError(
      'MAPPING_COLUMNS',
      `${/^[ai]/.test(spec.callType) ? 'An' : 'A'} ${spec.callType} call needs a column ${choice.join(' or ')}. Columns of the result: ${found}.`,
      { hint: `Write ${column ?? EXAMPLES[first] ?? 'ID'} AS "${first}" in the SELECT${or}.` },
    );
  }
}

interface FieldReader {
  readonly key: string;
  readonly position: number;
  readonly decode: DecodeField;
}

function fieldReaders(layout: ColumnLayout, spec: CallSpec): readonly FieldReader[] {
  const readers: FieldReader[] = [];
  for (const [key, kind] of Object.entries(spec.fields)) {
    const planned = layout.columns.find((column) => column.target === 'field' && column.key === key);
    if (planned === undefined || key === spec.bag) continue;
    readers.push({ key, position: planned.position, decode: createFieldDecoder(planned.column, key, kind) });
  }
  return readers;
}

/** Makes one message of each row. */
interface BoundCall<out M> extends BoundMapper<M> {
  (values: readonly unknown[], info: RowInfo): M;
}

/** Compiles a call's mapping for the columns of one result. */
export function bindCall(
  spec: CallSpec,
  options: MappingOptions,
  steps: CallSteps,
  columns: readonly Column[],
): BoundMapper<Draft> {
  const layout = layOutColumns(columns, spec, options);
  const fields = layout.columns.filter(({ target }) => target === 'field').map(({ key }) => key);
  const bagColumns = layout.columns.filter(({ target }) => target === 'bag');
  const traits = bagColumns.map(({ key }) => key.toLowerCase());
  refuseMissing(spec, columns, new Set([...fields, ...traits, ...(steps.given ?? [])]), steps.standIns);
  const readers = fieldReaders(layout, spec);
  const { bag: bagName } = spec;
  const baseColumn = layout.columns.find(({ target, key }) => target === 'field' && key === bagName);
  const decodeBase =
    baseColumn === undefined ? undefined : createFieldDecoder(baseColumn.column, baseColumn.key, 'object');
  const basePosition = baseColumn?.position ?? -1;
  const buildBag = compileBag(bagColumns, options.nulls ?? 'keep');
  const hasBag = bagName !== undefined && bagColumns.length > 0;
  const messageId = compileMessageId(layout, spec.hashed);
  const type = spec.callType;
  const { finish } = steps;

  const bound = (values: readonly unknown[], info: RowInfo): Draft => {
    const draft: Draft = { type };
    for (const { key, position, decode } of readers) {
      const value = values[position];
      if (value === null || value === undefined) continue;
      const field = decode(value, info);
      if (field !== undefined) draft[key] = field;
    }
    let bag: Record<string, JsonValue> | undefined;
    if (bagName !== undefined) {
      const value = decodeBase === undefined ? undefined : values[basePosition];
      const base = value === null || value === undefined ? undefined : decodeBase?.(value, info);
      if (hasBag || base !== undefined) {
        bag = buildBag(values, base as JsonObject | undefined, info);
        draft[bagName] = bag;
      }
    }
    if (messageId !== undefined && draft['messageId'] === undefined) {
      const id = messageId(values, bag, draft['timestamp'] !== undefined, info);
      if (id !== undefined) draft['messageId'] = id;
    }
    return finish(draft, info);
  };
  return Object.assign(bound, { toJson: compileCallJson(spec, options, layout, steps.finishOrdinary) });
}

/** The columns of a plain object, whose values are JavaScript values already. */
export function nativeColumns(row: Row): readonly Column[] {
  return Object.keys(row).map((name): Column => ({ name, type: 'native', nullable: true }));
}

/**
 * Makes the mapper of one kind of call.
 *
 * @typeParam M - the message that `spec` and `steps` together make
 */
export function callMapper<M extends Message>(
  spec: CallSpec,
  options: MappingOptions,
  steps: CallSteps,
): CallMapper<M> {
  // The specification names M's fields and the steps check them; message-schema's property test holds both together.
  const bind = (columns: readonly Column[]) => bindCall(spec, options, steps, columns) as unknown as BoundCall<M>;
  return {
    callType: spec.callType,
    bind,
    map: (row, info = { row: 0 }) => bind(nativeColumns(row))(Object.values(row), info),
    key: laneKey,
    explain: (columns) => explainColumns(columns, spec, options),
    fingerprint: fingerprintOf(spec.callType, options),
  };
}
