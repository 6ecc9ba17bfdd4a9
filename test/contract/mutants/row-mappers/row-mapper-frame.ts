import { MappingError } from 'snowmelt';
import type {
  BoundMapper,
  CallType,
  CanonicalJsonOptions,
  Column,
  ColumnExplanation,
  IdentifyMessage,
  JsonMessage,
  LaneKey,
  Row,
  RowInfo,
  RowMapper,
  ToJsonOptions,
} from 'snowmelt';
import type { RowMapperUnderTest } from 'snowmelt/testing';

/** A correct little mapper whose parts a mutant replaces. */
export class RowMapperFrame implements RowMapper<IdentifyMessage> {
  readonly callType: CallType | 'custom' = 'identify';
  fingerprint = 'frame';

  bind = (columns: readonly Column[]): BoundMapper<IdentifyMessage> => {
    this.fit(columns);
    const names = columns.map(({ name }) => name);
    const bound = (values: readonly unknown[], info: RowInfo): IdentifyMessage | undefined =>
      this.message(this.row(names, values), info);
    const toJson =
      ({ canonical }: ToJsonOptions) =>
      (values: readonly unknown[], row: number): JsonMessage | undefined => {
        const given = this.row(names, values);
        const json = this.json(given, row);
        return json && canonical ? { ...json, canonical: this.compared(given, canonical) } : json;
      };
    return Object.assign(bound, { toJson });
  };

  map = (row: Row, info: RowInfo = { row: 0 }): IdentifyMessage | undefined =>
    this.bind(Object.keys(row).map((name) => ({ name, type: 'native', nullable: true })))(Object.values(row), info) as
      IdentifyMessage | undefined;

  key = (message: IdentifyMessage): LaneKey => message.userId;

  explain = (columns: readonly Column[]): readonly ColumnExplanation[] =>
    columns.map(({ name }) => ({ column: name, becomes: `traits.${name}`, warnings: [] }));

  fit(columns: readonly Column[]): void {
    if (columns.some(({ name }) => name === 'userId')) return;
    throw new MappingError('MAPPING_COLUMNS', 'no column userId', { hint: 'Write ID AS "userId".' });
  }

  row(names: readonly string[], values: readonly unknown[]): Row {
    return Object.fromEntries(names.map((name, position) => [name, values[position]]));
  }

  message(row: Row, info: RowInfo): IdentifyMessage | undefined {
    if (row['visits'] === 'none') return this.skipped();
    const { userId } = row;
    if (typeof userId !== 'string') throw this.refusal(row, info);
    return { type: 'identify', userId, traits: { ...this.traits(row) } };
  }

  skipped(): IdentifyMessage | undefined {
    return undefined;
  }

  refusal(_row: Row, { row }: RowInfo): Error {
    return new MappingError('MAPPING_ROW', `Row ${row}: no userId`, { details: { row, column: 'userId' } });
  }

  traits({ email, visits }: Row): NonNullable<IdentifyMessage['traits']> {
    return { email: String(email), visits: Number(visits) };
  }

  json(row: Row, index: number): JsonMessage | undefined {
    if (typeof row['userId'] !== 'string' || row['visits'] === 'none') return undefined;
    const message = this.message(row, { row: index });
    return message && { text: JSON.stringify({ ...message, messageId: `id-${index}` }), keys: this.key(message) };
  }

  compared(row: Row, { ignore, stringify }: CanonicalJsonOptions): string {
    const { type, userId, traits } = this.message(row, { row: 0 })!;
    const compared = Object.entries(traits!).filter(([name]) => !ignore.has(name));
    return stringify({ userId: userId!, type, traits: Object.fromEntries(compared) });
  }
}

/** The mapper with rows, and all that the contract can be shown. */
export function underTest(mapper: RowMapperFrame): RowMapperUnderTest<IdentifyMessage> {
  const rows: readonly Row[] = [
    { userId: 'person-one', email: 'anna@example.com', visits: 1 },
    { userId: 'person-two', email: 'bertha@example.com', visits: 2 },
  ];
  return {
    mapper,
    rows,
    capabilities: {
      invalid: { userId: null, email: 'nobody@example.com', visits: 3 },
      skipped: { userId: 'person-three', email: 'carla@example.com', visits: 'none' },
      missing: ['email', 'visits'],
      wire: {
        columns: [
          { name: 'userId', type: 'text', nullable: false },
          { name: 'email', type: 'text', nullable: true },
          { name: 'visits', type: 'fixed', nullable: true },
        ],
        rows: [
          ['person-one', 'anna@example.com', '1'],
          ['person-two', 'bertha@example.com', '2'],
        ],
      },
    },
  };
}
