import type { CallSpec } from '../columns/call-spec.js';
import type { Draft } from '../columns/call-spec.js';
import type { ColumnLayout, LaidOutColumn } from '../columns/column-layout.js';
import { createFieldDecoder } from '../columns/field-decoder.js';
import { compileBagJson, keyOf, type BagEntry, type BagToJson } from '../columns/bag-json.js';
import { compileJsonMessageId } from './json-message-id.js';
import { jsonForm, type JsonForm } from '../values/json-encoder.js';
import { jsonString } from '../values/json-text.js';
import { laneKey } from '../lane-key.js';
import type { MappingOptions } from '../columns/mapping-options.js';
import type { Message } from '../message.js';
import type { CanonicalJsonOptions, RowInfo, RowToJson, ToJsonOptions } from '../row-mapper.js';

const OPEN_OBJECT = 123;

/** Reads a field as text, or as JSON text; throws or warns when the row has to go the longer way. */
interface FieldToJson {
  readonly key: string;
  readonly position: number;
  readonly read: (value: string, info: RowInfo) => string | undefined;
}

function objectToJson(planned: LaidOutColumn, form: JsonForm): (value: string, info: RowInfo) => string | undefined {
  const decode = createFieldDecoder(planned.column, planned.key, 'object');
  return (value, info) => {
    const quick = value.charCodeAt(0) === OPEN_OBJECT ? form.quick?.(value) : undefined;
    if (quick !== undefined) return quick;
    const object = decode(value, info);
    return object === undefined ? undefined : form.stringify(object);
  };
}

function fieldsToJson(layout: ColumnLayout, spec: CallSpec, form: JsonForm): readonly FieldToJson[] {
  return layout.columns.flatMap((planned): FieldToJson[] => {
    const kind = spec.fields[planned.key];
    if (planned.target !== 'field' || planned.key === spec.bag || kind === undefined) return [];
    const { key, position } = planned;
    if (kind === 'object') return [{ key, position, read: objectToJson(planned, form) }];
    const decode = createFieldDecoder(planned.column, key, kind);
    return [{ key, position, read: (value, info) => decode(value, info) as string | undefined }];
  });
}

/** A place of the message in the order of its text. */
interface Slot {
  readonly key: string;
  readonly kind: 'type' | 'text' | 'object' | 'bag';
  /** The name with its colon, at the beginning of the text and later; of the type all of it. */
  readonly first: string;
  readonly later: string;
}

/** The message id is none of them: it comes last. */
function slotsOf(spec: CallSpec, fields: readonly FieldToJson[], sorted: boolean): readonly Slot[] {
  const names = ['type', ...Object.keys(spec.fields)];
  if (sorted) names.sort();
  return names.flatMap((key): Slot[] => {
    const kind = key === 'type' ? 'type' : key === spec.bag ? 'bag' : spec.fields[key] === 'object' ? 'object' : 'text';
    const isMissing = kind === 'object' && fields.every((field) => field.key !== key);
    if (isMissing || key === 'messageId') return [];
    const first = kind === 'type' ? `"type":"${spec.callType}"` : `"${key}":`;
    return [{ key, kind, first, later: `,${first}` }];
  });
}

/** The traits or properties in the order of their text; those that are not compared are kept apart. */
function bagsOf(
  layout: ColumnLayout,
  spec: CallSpec,
  omit: boolean,
  canonical: CanonicalJsonOptions | undefined,
): { readonly compared: BagToJson; readonly ignored: BagToJson | undefined; readonly isEmpty: boolean } {
  const columns: readonly BagEntry[] = layout.columns.filter(({ target }) => target === 'bag');
  const entries = spec.callType === 'page' ? [...columns, 'category' as const] : [...columns];
  const isEmpty = columns.length === 0;
  const form = jsonForm(canonical);
  if (canonical === undefined) return { compared: compileBagJson(entries, omit, form), ignored: undefined, isEmpty };
  entries.sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
  const ignored = entries.filter((entry) => canonical.ignore.has(keyOf(entry)));
  const compared = entries.filter((entry) => !canonical.ignore.has(keyOf(entry)));
  return {
    compared: compileBagJson(compared, omit, form),
    ignored: ignored.length === 0 ? undefined : compileBagJson(ignored, omit, form),
    isEmpty,
  };
}

/** The JSON text of an object with more members, which are given without braces. */
function withMore(object: string, members: string): string {
  if (members === '') return object;
  return object === '{}' ? `{${members}}` : `${object.slice(0, -1)},${members}}`;
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
  const copiesCategory = type === 'page';
  if (finishOrdinary === undefined || layout.columns.some(({ column }) => column.type === 'native')) return undefined;
  if (copiesCategory && layout.columns.some(({ target, key }) => target === 'bag' && key === 'category')) {
    return undefined;
  }
  const basePosition = layout.columns.find(({ target, key }) => target === 'field' && key === spec.bag)?.position ?? -1;

  return ({ sync, messageId, contentIds = true, canonical }) => {
    const fields = fieldsToJson(layout, spec, jsonForm(canonical));
    const slots = slotsOf(spec, fields, canonical !== undefined);
    const bags = bagsOf(layout, spec, options.nulls === 'omit', canonical);
    const makeId = compileJsonMessageId(layout, spec.hashed && contentIds);
    const encoded: (string | undefined)[] = [];
    const hashStart = `[${JSON.stringify(sync)},[`;
    let warned = false;
    const warn = (): void => {
      warned = true;
    };

    /** Fields become texts in the draft, objects their JSON texts; false for a row that has to go the longer way. */
    const readFields = (draft: Draft, values: readonly unknown[], row: number): boolean => {
      const info = { row, sync, warn };
      for (const { key, position, read } of fields) {
        const value = values[position];
        if (value === null) continue;
        if (typeof value !== 'string') return false;
        const field = read(value, info);
        if (field !== undefined) draft[key] = field;
      }
      if (basePosition >= 0 && values[basePosition] !== null) return false;
      return !warned && finishOrdinary(draft);
    };

    const write: RowToJson = (values, row) => {
      const draft: Draft = { type };
      if (!readFields(draft, values, row)) return undefined;
      const category = copiesCategory ? draft['category'] : undefined;
      const categoryJson = category === undefined ? undefined : jsonString(category as string);
      // All but the message id and the last brace, and the same without what is ignored.
      let text = '{';
      let compared = '{';
      for (const { key, kind, first, later } of slots) {
        let json = '';
        let ignored: string | undefined;
        if (kind === 'text') {
          const field = draft[key];
          if (field === undefined) continue;
          json = jsonString(field as string);
        } else if (kind === 'bag') {
          if (bags.isEmpty && categoryJson === undefined) continue;
          const bag = bags.compared(values, encoded, categoryJson);
          if (bag === undefined) return undefined;
          json = `{${bag}}`;
          if (bags.ignored !== undefined) {
            ignored = bags.ignored(values, encoded, categoryJson);
            if (ignored === undefined) return undefined;
          }
        } else if (kind === 'object') {
          const field = draft[key];
          if (field === undefined) continue;
          json = field as string;
        }
        if (bags.ignored !== undefined) compared += (compared === '{' ? first : later) + json;
        text += (text === '{' ? first : later) + (ignored === undefined ? json : withMore(json, ignored));
      }
      const keys = laneKey(draft as unknown as Message);
      const canonicalText = canonical === undefined ? undefined : `${bags.ignored === undefined ? text : compared}}`;
      // Null: some value of the id has to be decoded.
      const id =
        (draft['messageId'] as string | undefined) ??
        makeId?.(values, encoded, draft['timestamp'] !== undefined, hashStart);
      if (id === null) return undefined;
      return { text: `${text},"messageId":"${id ?? messageId(row)}"}`, keys, canonical: canonicalText };
    };

    return (values, row) => {
      warned = false;
      try {
        return write(values, row);
      } catch {
        // The mapping that makes objects says what is wrong.
        return undefined;
      }
    };
  };
}
