import { randomBytes } from 'node:crypto';
import type { SnapshotStore } from '../stores/snapshot-store.js';

/** Where objects of one snapshot are kept, and who writes them. */
export interface SnapshotPlace {
  readonly store: SnapshotStore;
  /** The snapshot's id, as the state has it. */
  readonly id: string;
  /** The fencing token of the process that writes. */
  readonly token: number;
  readonly signal?: AbortSignal | undefined;
  /** At how many bytes a segment ends. @default 512 KiB */
  readonly segmentBytes?: number | undefined;
}

/** Bytes of a segment, unless said otherwise: what is held in memory per level, and what one request carries. */
export const SEGMENT_BYTES = 512 * 1024;

/** A new id for a snapshot: random, so that two syncs over one store never touch each other's objects. */
export function newSnapshotId(): string {
  return randomBytes(16).toString('hex');
}

/** A name that no object ever had. */
export function newName({ id, token }: Pick<SnapshotPlace, 'id' | 'token'>): string {
  return `${id}/${token}-${randomBytes(10).toString('hex')}`;
}

/** The fencing token in a name of this snapshot; `undefined` for names that are none. */
export function tokenOf(id: string, name: string): number | undefined {
  if (!name.startsWith(`${id}/`)) return undefined;
  const token = /^(\d+)-[0-9a-z]+$/.exec(name.slice(id.length + 1))?.[1];
  return token === undefined ? undefined : Number(token);
}
