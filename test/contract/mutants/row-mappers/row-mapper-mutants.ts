import { MappingError } from 'snowmelt';
import type {
  CallType,
  CanonicalJsonOptions,
  Column,
  ColumnExplanation,
  IdentifyMessage,
  JsonMessage,
  JsonObject,
  JsonValue,
  LaneKey,
  Row,
  RowInfo,
} from 'snowmelt';
import { RowMapperFrame } from './row-mapper-frame.js';

/** A deliberately broken mapper, and the line of the contract that catches it. */
export interface RowMapperMutant {
  readonly fault: string;
  readonly caughtBy: RegExp;
  readonly make: () => RowMapperFrame;
}

let made = 0;

/** Traits that their type does not allow. */
const untyped = (value: unknown): JsonValue => value as JsonValue;

class UnknownCall extends RowMapperFrame {
  override readonly callType = 'delete' as CallType;
}
class NewFingerprint extends RowMapperFrame {
  override fingerprint = `frame ${made++}`;
}
class GivesUndefined extends RowMapperFrame {
  override traits = (): JsonObject => ({ email: untyped(undefined) });
}
class GivesDates extends RowMapperFrame {
  override traits = (): JsonObject => ({ since: untyped(new Date(0)) });
}
class GivesBigInts extends RowMapperFrame {
  override traits = ({ visits }: Row): JsonObject => ({ visits: untyped(BigInt(Number(visits))) });
}
class GivesNaN extends RowMapperFrame {
  override traits = (): JsonObject => ({ deep: [{ visits: NaN }] });
}
class MapsByAnotherWay extends RowMapperFrame {
  override map = (row: Row): IdentifyMessage => ({
    type: 'identify',
    userId: String(row['userId']),
    traits: row as JsonObject,
  });
  override traits = (): JsonObject => ({});
}
class KeepsWireText extends RowMapperFrame {
  override traits = ({ email, visits }: Row): JsonObject => ({ email: String(email), visits: untyped(visits) });
}
class CountsRows extends RowMapperFrame {
  #count = 0;
  override traits(row: Row): JsonObject {
    return { ...super.traits(row), count: this.#count++ };
  }
}
class RemembersTraits extends RowMapperFrame {
  #seen: JsonObject = {};
  override traits(row: Row): JsonObject {
    return (this.#seen = { ...this.#seen, ...super.traits(row), [`seen ${String(row['userId'])}`]: true });
  }
}
class ReusesOneMessage extends RowMapperFrame {
  readonly #message: IdentifyMessage = { type: 'identify' };
  override message(row: Row, info: RowInfo): IdentifyMessage | undefined {
    const message = super.message(row, info);
    return message && Object.assign(this.#message, message);
  }
}
class KeepsTheLastColumns extends RowMapperFrame {
  #names: readonly string[] = [];
  override fit(columns: readonly Column[]): void {
    super.fit(columns);
    this.#names = columns.map(({ name }) => name);
  }
  override row(_names: readonly string[], values: readonly unknown[]): Row {
    return super.row(this.#names, values);
  }
}
class SortsTheColumns extends RowMapperFrame {
  override fit(columns: readonly Column[]): void {
    (columns as Column[]).sort((a, b) => a.name.localeCompare(b.name));
    super.fit(columns);
  }
}
class EmptiesTheRow extends RowMapperFrame {
  override row(names: readonly string[], values: readonly unknown[]): Row {
    const row = super.row(names, values);
    (values as unknown[]).length = 0;
    return row;
  }
}
class CountsKeys extends RowMapperFrame {
  #count = 0;
  override key = (): LaneKey => `lane ${this.#count++}`;
}
class KeysOfNumbers extends RowMapperFrame {
  override key = ({ traits }: IdentifyMessage): LaneKey => [traits?.['visits'] as string];
}
class TextLacksTraits extends RowMapperFrame {
  override json(row: Row, index: number): JsonMessage | undefined {
    return super.json({ ...row, email: '' }, index);
  }
}
class TextWithoutId extends RowMapperFrame {
  override json(row: Row, index: number): JsonMessage | undefined {
    const json = super.json(row, index);
    return json && { ...json, text: json.text.replace(/,"messageId":"[^"]*"/, '') };
  }
}
class TextWithoutKey extends RowMapperFrame {
  override json(row: Row, index: number): JsonMessage | undefined {
    const json = super.json(row, index);
    return json && { ...json, keys: undefined };
  }
}
class ComparesOtherTraits extends RowMapperFrame {
  override compared(row: Row, canonical: CanonicalJsonOptions): string {
    return super.compared({ ...row, email: '' }, canonical);
  }
}
class ComparesWhatIsIgnored extends RowMapperFrame {
  override compared(row: Row, { stringify }: CanonicalJsonOptions): string {
    return super.compared(row, { stringify, ignore: new Set() });
  }
}
class SkipsWithNull extends RowMapperFrame {
  override skipped = (): IdentifyMessage | undefined => null as unknown as undefined;
}
class SkipsWithAnError extends RowMapperFrame {
  override skipped = (): never => {
    throw new MappingError('MAPPING_ROW', 'skipped', { details: { row: 0 } });
  };
}
class TextsForSkipped extends RowMapperFrame {
  override json(row: Row, index: number): JsonMessage | undefined {
    return super.json({ ...row, visits: 1 }, index);
  }
}
class PlainErrors extends RowMapperFrame {
  override refusal = (_row: Row, { row }: RowInfo): Error => new Error(`Row ${row}: no userId`);
}
class NumbersFromOne extends RowMapperFrame {
  override refusal = (row: Row, info: RowInfo): Error => super.refusal(row, { row: info.row + 1 });
}
class TellsTheRow extends RowMapperFrame {
  override refusal = ({ email }: Row, { row }: RowInfo): Error =>
    new MappingError('MAPPING_ROW', `Row ${row}: no userId`, { details: { row, values: [{ email }] } });
}
class TellsTheRowBefore extends RowMapperFrame {
  #before: Row = {};
  override traits(row: Row): JsonObject {
    this.#before = row;
    return super.traits(row);
  }
  override refusal = (_row: Row, { row }: RowInfo): Error =>
    new MappingError('MAPPING_ROW', `Row ${row} after ${String(this.#before['userId'])}`, { details: { row } });
}
class TextsForRefused extends RowMapperFrame {
  override json(row: Row, index: number): JsonMessage | undefined {
    return super.json({ ...row, userId: row['userId'] ?? 'nobody' }, index);
  }
}
class MapsTheInvalid extends RowMapperFrame {
  override message(row: Row, info: RowInfo): IdentifyMessage | undefined {
    return super.message({ ...row, userId: String(row['userId']) }, info);
  }
}
class StaysRefused extends RowMapperFrame {
  #refused = false;
  override message(row: Row, info: RowInfo): IdentifyMessage | undefined {
    if (this.#refused) throw super.refusal(row, info);
    return super.message(row, info);
  }
  override refusal(row: Row, info: RowInfo): Error {
    this.#refused = true;
    return super.refusal(row, info);
  }
}
class BindsAnything extends RowMapperFrame {
  override fit = (): void => undefined;
}
class NoHint extends RowMapperFrame {
  override fit(columns: readonly Column[]): void {
    if (!columns.some(({ name }) => name === 'userId')) throw new MappingError('MAPPING_COLUMNS', 'no column userId');
  }
}
class ExplainsOne extends RowMapperFrame {
  override explain = ([first]: readonly Column[]): readonly ColumnExplanation[] => [
    { column: first?.name ?? '', becomes: 'userId', warnings: [] },
  ];
}

/** Every mutant with the line that catches it. */
export const rowMapperMutants: readonly RowMapperMutant[] = [
  { fault: 'is of no known call', caughtBy: /names its kind of call/, make: () => new UnknownCall() },
  { fault: 'has a new fingerprint each time', caughtBy: /same fingerprint/, make: () => new NewFingerprint() },
  { fault: 'gives undefined', caughtBy: /plain JSON/, make: () => new GivesUndefined() },
  { fault: 'gives dates', caughtBy: /plain JSON/, make: () => new GivesDates() },
  { fault: 'gives bigints', caughtBy: /plain JSON/, make: () => new GivesBigInts() },
  { fault: 'gives NaN deep inside', caughtBy: /plain JSON/, make: () => new GivesNaN() },
  { fault: 'maps in another way than it binds', caughtBy: /from map as from bind/, make: () => new MapsByAnotherWay() },
  { fault: 'keeps numbers as wire text', caughtBy: /values of a source/, make: () => new KeepsWireText() },
  { fault: 'counts the rows', caughtBy: /whatever rows come between/, make: () => new CountsRows() },
  { fault: 'mixes rows up', caughtBy: /whatever rows come between/, make: () => new RemembersTraits() },
  { fault: 'uses one message for all rows', caughtBy: /leaves a message as it is/, make: () => new ReusesOneMessage() },
  { fault: 'keeps only the last columns', caughtBy: /several results at once/, make: () => new KeepsTheLastColumns() },
  { fault: 'sorts the columns in place', caughtBy: /columns and rows as they are/, make: () => new SortsTheColumns() },
  { fault: 'empties the row', caughtBy: /columns and rows as they are/, make: () => new EmptiesTheRow() },
  { fault: 'gives a new key each time', caughtBy: /same lane key/, make: () => new CountsKeys() },
  { fault: 'gives numbers as keys', caughtBy: /same lane key/, make: () => new KeysOfNumbers() },
  { fault: 'gives texts that say something else', caughtBy: /what the object says/, make: () => new TextLacksTraits() },
  { fault: 'gives texts without message id', caughtBy: /what the object says/, make: () => new TextWithoutId() },
  { fault: 'gives texts without lane key', caughtBy: /what the object says/, make: () => new TextWithoutKey() },
  { fault: 'skips with null', caughtBy: /skips a row with undefined/, make: () => new SkipsWithNull() },
  { fault: 'skips with an error', caughtBy: /skips a row with undefined/, make: () => new SkipsWithAnError() },
  { fault: 'compares other traits', caughtBy: /that of the object/, make: () => new ComparesOtherTraits() },
  { fault: 'compares what is ignored', caughtBy: /that of the object/, make: () => new ComparesWhatIsIgnored() },
  { fault: 'gives texts for skipped rows', caughtBy: /skips a row with undefined/, make: () => new TextsForSkipped() },
  { fault: 'throws plain errors', caughtBy: /refuses a row by its number/, make: () => new PlainErrors() },
  { fault: 'numbers rows from one', caughtBy: /refuses a row by its number/, make: () => new NumbersFromOne() },
  { fault: 'tells the values of the row', caughtBy: /refuses a row by its number/, make: () => new TellsTheRow() },
  { fault: 'tells values of the row before', caughtBy: /by its number/, make: () => new TellsTheRowBefore() },
  { fault: 'gives texts for refused rows', caughtBy: /by its number/, make: () => new TextsForRefused() },
  { fault: 'maps what it has to refuse', caughtBy: /by its number/, make: () => new MapsTheInvalid() },
  { fault: 'refuses all rows after a refused one', caughtBy: /rows after a refused/, make: () => new StaysRefused() },
  { fault: 'binds columns that do not fit', caughtBy: /columns that do not fit/, make: () => new BindsAnything() },
  { fault: 'gives no hint for the query', caughtBy: /columns that do not fit/, make: () => new NoHint() },
  { fault: 'explains one column only', caughtBy: /explains every column/, make: () => new ExplainsOne() },
];
