import type { TextCipher } from '../../diff/key/text-cipher.js';
import { decodeKeyText, type KeyValues } from '../../diff/key/key-text.js';
import type { SnapshotDiff } from '../../diff/snapshot-diff.js';
import { MappingError } from '../../errors/errors.js';
import type { RowMapper } from '../../mapping/row-mapper.js';
import type { Column } from '../../source/source.js';

/** Removals as rows: one column per column of the key, in its order. */
export function removalColumns(key: readonly string[]): readonly Column[] {
  return key.map((name) => ({ name, type: 'native', nullable: true }));
}

/** The values of a removal's key; all undefined where its text cannot be read. */
export function removalValues(
  key: readonly string[],
  cipher: TextCipher,
  text: Uint8Array | undefined,
): readonly unknown[] {
  const plain = text === undefined ? undefined : cipher.decrypt(text);
  const values = plain === undefined ? undefined : decodeKeyText(key, plain);
  return key.map((name) => values?.[name]);
}

/** Makes of a key that is gone what `removed` says. */
export function removalMapper<M>({ key, removed }: SnapshotDiff<M>): RowMapper<M> {
  const map = (values: KeyValues): M | readonly M[] | undefined => removed?.(values);
  return {
    callType: 'custom',
    bind:
      () =>
      (values, { row }) => {
        if (values.includes(undefined)) throw unreadable(row);
        return map(Object.fromEntries(key.map((name, index) => [name, values[index]])) as KeyValues);
      },
    map: (row) => map(row as KeyValues),
  };
}

function unreadable(row: number): MappingError {
  return new MappingError('MAPPING_ROW', `Removal ${row}: the text of its key cannot be read.`, {
    hint: 'Give snapshotDiff the `secret` that the snapshot was written with.',
  });
}
