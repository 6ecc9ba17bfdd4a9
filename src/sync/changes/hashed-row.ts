import type { MappedRow } from '../../delivery/read/row-stage.js';
import type { SnapshotDiff } from '../../diff/snapshot-diff.js';
import { MappingError } from '../../errors/errors.js';
import type { Column } from '../../source/source.js';

/** A mapped row with what is compared of it. */
export interface HashedRow<M> {
  /** With a rejection in the place of messages that have no JSON. */
  readonly mapped: MappedRow<M>;
  readonly hash: Buffer;
}

/** The hash of what a row became; of its values where it became nothing that can be sent. */
export function hashedRow<M>(
  { hasher }: SnapshotDiff<M>,
  columns: readonly Column[],
  mapped: MappedRow<M>,
): HashedRow<M> {
  const { row, values, json, messages, rejection } = mapped;
  if (json?.canonical !== undefined) return { mapped, hash: hasher.ofText(json.canonical) };
  if (rejection !== undefined) return { mapped, hash: hasher.ofRow(columns, values) };
  try {
    return { mapped, hash: hasher.ofMessages(messages ?? [], row) };
  } catch (error) {
    if (!(error instanceof MappingError)) throw error;
    const { code, message: reason, hint } = error;
    return {
      mapped: { row, values, rejection: { row, code, reason, hint, values } },
      hash: hasher.ofRow(columns, values),
    };
  }
}
