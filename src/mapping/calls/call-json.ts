import type { CallSpec } from '../columns/call-spec.js';
import type { Draft } from '../columns/call-spec.js';
import type { ColumnLayout, LaidOutColumn } from '../columns/column-layout.js';
import { createFieldDecoder } from '../columns/field-decoder.js';
import { compileJsonMessageId } from './json-message-id.js';
import { createJsonEncoder } from '../values/json-encoder.js';
import { isPlainJson, jsonString } from '../values/json-text.js';
import { laneKey } from '../lane-key.js';
import type { MappingOptions } from '../columns/mapping-options.js';
import type { Message } from '../message.js';
import type { RowInfo, RowToJson, ToJsonOptions } from '../row-mapper.js';

const OPEN_OBJECT = 123;

/** Reads a field into the draft (texts) or as JSON text (objects); throws or warns when the row has to go the longer way. */
interface FieldToJson {
  readonly key: string;
  readonly position: number;
  readonly toText: ((value: string, info: RowInfo) => string | undefined) | undefined;
  readonly toObject: ((value: string, info: RowInfo) => string | undefined) | undefined;
}

function objectToJson(planned: LaidOutColumn): (value: string, info: RowInfo) => string | undefined {
  const decode = createFieldDecoder(planned.column, planned.key, 'object');
  return (value, info) => {
    if (value.charCodeAt(0) === OPEN_OBJECT && isPlainJson(value)) return value;
    const object = decode(value, info);
    return object === undefined ? undefined : JSON.stringify(object);
  };
}

function fieldsToJson(layout: ColumnLayout, spec: CallSpec): readonly FieldToJson[] {
  return layout.columns.flatMap((planned): FieldToJson[] => {
    const kind = spec.fields[planned.key];
    if (planned.target !== 'field' || planned.key === spec.bag || kind === undefined) return [];
    const { key, position } = planned;
    if (kind === 'object') return [{ key, position, toText: undefined, toObject: objectToJson(planned) }];
    const decode = createFieldDecoder(planned.column, key, kind);
    return [{ key, position, toText: (value, info) => decode(value, info) as string | undefined, toObject: undefined }];
  });
}

/**
 * The traits or properties without their braces; `undefined` when the row has to go the longer way.
 */
function compileBagJson(
  columns: readonly LaidOutColumn[],
  omit: boolean,
): (values: readonly unknown[], encoded: (string | undefined)[]) => string | undefined {
  const count = columns.length;
  const positions = columns.map(({ position }) => position);
  const encoders = columns.map(({ column, decode }) => createJsonEncoder(column, decode, false));
  const first = columns.map(({ key }) => `${JSON.stringify(key)}:`);
  const later = first.map((prefix) => `,${prefix}`);
  return (values, encoded) => {
    let text = '';
    for (let index = 0; index < count; index += 1) {
      const position = positions[index] as number;
      const value = values[position];
      let json: string | undefined = 'null';
      if (value !== null) {
        if (typeof value !== 'string') return undefined;
        json = (encoders[index] as (text: string) => string | undefined)(value);
        if (json === undefined) return undefined;
      }
      encoded[position] = json;
      if (omit && json === 'null') continue;
      text += ((text === '' ? first : later)[index] as string) + json;
    }
    return text;
  };
}

/**
 * Compiles a call's mapping for one result straight to JSON text. It knows only what most rows are like; all others, and
 * all that are warned of or rejected, it leaves to the mapping that makes objects.
 *
 * @param finishOrdinary see `CallSteps`
 * @returns `undefined` when all rows need the mapping that makes objects
 */
export function compileCallJson(
  spec: CallSpec,
  options: MappingOptions,
  layout: ColumnLayout,
  finishOrdinary: ((draft: Draft) => boolean) | undefined,
): ((options: ToJsonOptions) => RowToJson) | undefined {
  const type = spec.callType;
  const bagColumns = layout.columns.filter(({ target }) => target === 'bag');
  const copiesCategory = type === 'page';
  if (finishOrdinary === undefined || layout.columns.some(({ column }) => column.type === 'native')) return undefined;
  if (copiesCategory && bagColumns.some(({ key }) => key === 'category')) return undefined;
  const omit = options.nulls === 'omit';
  const fields = fieldsToJson(layout, spec);
  const texts = Object.entries(spec.fields).flatMap(([key, kind]) => (kind === 'object' ? [] : [key]));
  const basePosition = layout.columns.find(({ target, key }) => target === 'field' && key === spec.bag)?.position ?? -1;
  const bagToJson = compileBagJson(bagColumns, omit);
  const hasBag = spec.bag !== undefined && bagColumns.length > 0;
  const bagStart = `,"${spec.bag ?? ''}":{`;
  const makeId = compileJsonMessageId(layout, spec.hashed);

  return ({ sync, messageId }) => {
    let warned = false;
    const warn = (): void => {
      warned = true;
    };
    const encoded: (string | undefined)[] = [];
    const hashStart = `[${JSON.stringify(sync)},[`;

    const toText = (draft: Draft, values: readonly unknown[], row: number): string | undefined => {
      const info = { row, sync, warn };
      let text = `{"type":"${type}"`;
      for (const { key, position, toText: readText, toObject } of fields) {
        const value = values[position];
        if (value === null) continue;
        if (typeof value !== 'string') return undefined;
        if (readText !== undefined) {
          const field = readText(value, info);
          if (field !== undefined) draft[key] = field;
        } else {
          const json = toObject?.(value, info);
          if (json !== undefined) text += `,"${key}":${json}`;
        }
      }
      if (basePosition >= 0 && values[basePosition] !== null) return undefined;
      if (warned || !finishOrdinary(draft)) return undefined;
      for (const key of texts) {
        const field = draft[key];
        if (field !== undefined) text += `,"${key}":${jsonString(field as string)}`;
      }
      const category = copiesCategory ? draft['category'] : undefined;
      if (hasBag || category !== undefined) {
        let bag = bagToJson(values, encoded);
        if (bag === undefined) return undefined;
        if (category !== undefined) bag += `${bag === '' ? '' : ','}"category":${jsonString(category as string)}`;
        text += `${bagStart}${bag}}`;
      }
      if (draft['messageId'] !== undefined) return `${text}}`;
      const id = makeId?.(values, encoded, draft['timestamp'] !== undefined, hashStart);
      // Null: some value of the id has to be decoded.
      return id === null ? undefined : `${text},"messageId":"${id ?? messageId(row)}"}`;
    };

    return (values, row) => {
      warned = false;
      const draft: Draft = { type };
      try {
        const text = toText(draft, values, row);
        return text === undefined ? undefined : { text, keys: laneKey(draft as unknown as Message) };
      } catch {
        // The mapping that makes objects says what is wrong.
        return undefined;
      }
    };
  };
}
