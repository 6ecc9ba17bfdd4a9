import { MappingError } from '../../errors/errors.js';
import type { Column } from '../../source/source.js';
import type { CallSpec } from './call-spec.js';
import { convertCase, findColumn } from './column-name.js';
import { DEFAULT_DECODE, type DecodeOptions } from '../values/decoder.js';
import type { MappingOptions } from './mapping-options.js';

/** What becomes of one column. */
export interface LaidOutColumn {
  readonly position: number;
  readonly column: Column;
  /**
   * `field`: a field of the message, named by `key`; `bag`: the trait or property `key`; `omitted`: left out by an
   * option; `unused`: the call has no place for it.
   */
  readonly target: 'field' | 'bag' | 'omitted' | 'unused';
  readonly key: string;
  readonly decode: DecodeOptions;
}

/** What becomes of all columns of a result: the input of every back end that makes messages. */
export interface ColumnLayout {
  readonly columns: readonly LaidOutColumn[];
  /** Positions of the columns that `messageId.from` names. */
  readonly messageIdFrom: readonly number[] | undefined;
}

function refuseDuplicates(columns: readonly Column[]): void {
  const seen = new Map<string, number>();
  for (const [position, column] of columns.entries()) {
    const first = seen.get(column.name);
    if (first !== undefined) {
      throw new MappingError(
        'MAPPING_COLUMNS',
        `Columns ${first + 1} and ${position + 1} of the result have the same name, ${column.name}.`,
        { hint: `Give one of them another alias: … AS "${column.name.toLowerCase()}_2".` },
      );
    }
    seen.set(column.name, position);
  }
}

/** Reserved field → position of its column. An exact name wins over one in another case. */
function reservedColumns(
  columns: readonly Column[],
  names: readonly string[],
  left: ReadonlySet<number>,
  spec: CallSpec,
): Map<number, string> {
  const fields = new Map<number, string>();
  for (const field of Object.keys(spec.fields)) {
    const lower = field.toLowerCase();
    const candidates = [...left].filter((position) => names[position]?.toLowerCase() === lower);
    const exact = candidates.filter((position) => names[position] === field);
    const possible = exact.length > 0 ? exact : candidates;
    if (possible.length > 1) {
      const both = possible
        .map((position) => `${columns[position]?.name ?? ''} (column ${position + 1})`)
        .join(' and ');
      throw new MappingError('MAPPING_COLUMNS', `Both ${both} could be the ${field} of the ${spec.callType} call.`, {
        // Only an option gives several columns the exact name.
        hint:
          exact.length > 0
            ? `Rename one column to ${field}, and omit or rename the others.`
            : `Name the right one exactly: … AS "${field}".`,
      });
    }
    const [position] = possible;
    if (position !== undefined) fields.set(position, field);
  }
  return fields;
}

function decodings(columns: readonly Column[], options: MappingOptions): readonly DecodeOptions[] {
  const { numbers = 'auto', booleans = 'boolean' } = options;
  const texts =
    typeof numbers === 'object'
      ? new Set(numbers.columns.map((name) => findColumn(columns, name, 'numbers.columns')))
      : undefined;
  const zeroOnes =
    typeof booleans === 'object'
      ? new Set(booleans.columns.map((name) => findColumn(columns, name, 'booleans.columns')))
      : undefined;
  const form = typeof booleans === 'object' ? (booleans.as ?? 'boolean') : booleans;
  return columns.map((_column, position) => ({
    numbers: texts === undefined ? (numbers === 'string' ? 'string' : 'auto') : texts.has(position) ? 'string' : 'auto',
    booleans: form,
    zeroOne: zeroOnes?.has(position) ?? false,
  }));
}

function refuseCollisions(planned: readonly LaidOutColumn[]): void {
  const seen = new Map<string, LaidOutColumn>();
  for (const column of planned) {
    if (column.target !== 'bag') continue;
    const other = seen.get(column.key);
    if (other !== undefined) {
      throw new MappingError(
        'MAPPING_COLUMNS',
        `Columns ${other.column.name} and ${column.column.name} would both become ${column.key}.`,
        { hint: 'Rename or omit one of them.' },
      );
    }
    seen.set(column.key, column);
  }
}

/**
 * Decides what becomes of every column.
 *
 * @throws MappingError `MAPPING_COLUMNS` for names that are doubled, ambiguous or, in an option, unknown
 */
export function layOutColumns(columns: readonly Column[], spec: CallSpec, options: MappingOptions): ColumnLayout {
  refuseDuplicates(columns);
  const find = (names: readonly string[], option: string): Set<number> =>
    new Set(names.map((name) => findColumn(columns, name, option)));
  const omitted = find(options.omit ?? [], 'omit');
  const picked = options.pick === undefined ? undefined : find(options.pick, 'pick');
  const renamed = new Map<number, string>();
  for (const [from, to] of Object.entries(options.rename ?? {})) renamed.set(findColumn(columns, from, 'rename'), to);

  const names = columns.map((column, position) => renamed.get(position) ?? column.name);
  const left = new Set([...columns.keys()].filter((position) => !omitted.has(position)));
  const fields = reservedColumns(columns, names, left, spec);
  const decode = decodings(columns, options);
  const planned = columns.map((column, position): LaidOutColumn => {
    const shared = { position, column, decode: decode[position] ?? DEFAULT_DECODE };
    const field = fields.get(position);
    if (field !== undefined) return { ...shared, target: 'field', key: field };
    const wanted = left.has(position) && (picked === undefined || picked.has(position));
    if (!wanted) return { ...shared, target: 'omitted', key: column.name };
    if (spec.bag === undefined && spec.callType !== 'custom') return { ...shared, target: 'unused', key: column.name };
    const key = renamed.get(position) ?? convertCase(column.name, options.columnCase ?? 'preserve');
    return { ...shared, target: 'bag', key };
  });
  refuseCollisions(planned);
  return {
    columns: planned,
    messageIdFrom: options.messageId?.from.map((name) => findColumn(columns, name, 'messageId.from')),
  };
}
