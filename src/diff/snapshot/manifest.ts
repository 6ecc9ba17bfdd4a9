import * as z from 'zod';
import { openObject, sealObject } from '../segment/stored-object.js';
import { unreadable } from '../segment/unreadable.js';
import { newName, type SnapshotPlace } from './place.js';
import { segmentRefSchema, type SegmentRef } from '../../state/snapshot-refs.js';

/*
 * The body of a manifest, version 1: JSON of the shape below. The first level is the base; a later level wins. Within a
 * level the segments stand in the order of their keys and share none. An index of a level is a manifest of one level.
 */
const manifestSchema = z.strictObject({
  levels: z.array(
    z.strictObject({
      segments: z.array(segmentRefSchema),
      accepted: z.int(),
      abandoned: z.boolean().optional(),
    }),
  ),
});

/** Segments in the order of their keys, no key twice. */
export interface Level {
  readonly segments: readonly SegmentRef[];
  /** By how many it changes the number of keys that were ever accepted. */
  readonly accepted: number;
  /** Whether the run that wrote it was given up. */
  readonly abandoned: boolean;
  /** Of what a run that was given up may have sent: only entries behind this key count; all of them behind ''. Never stored. */
  readonly behind?: string | undefined;
}

/** Writes a manifest under a new name. @returns the name */
export async function putManifest(place: SnapshotPlace, levels: readonly Level[]): Promise<string> {
  const name = newName(place);
  const stored = levels.map(({ segments, accepted, abandoned }) => ({
    segments,
    accepted,
    ...(abandoned ? { abandoned } : {}),
  }));
  const sealed = sealObject('manifest', name, [Buffer.from(JSON.stringify({ levels: stored }))]);
  await place.store.put(name, sealed, { signal: place.signal });
  return name;
}

/** Reads a manifest. @throws SnowmeltError `SNAPSHOT_UNREADABLE` */
export async function getManifest(
  { store, id, signal }: Pick<SnapshotPlace, 'store' | 'id' | 'signal'>,
  name: string,
): Promise<Level[]> {
  if (!name.startsWith(`${id}/`)) throw unreadable(name, `it is not of the snapshot "${id}"`);
  const body = openObject('manifest', name, await store.get(name, { signal }));
  const { levels } = parsed(name, Buffer.from(body).toString());
  for (const segment of levels.flatMap(({ segments }) => segments)) {
    if (!segment.name.startsWith(`${id}/`)) throw unreadable(name, `it names "${segment.name}" of another snapshot`);
  }
  return levels.map(({ segments, accepted, abandoned = false }) => ({ segments, accepted, abandoned }));
}

function parsed(name: string, json: string): z.infer<typeof manifestSchema> {
  try {
    return manifestSchema.parse(JSON.parse(json));
  } catch {
    // The texts of both errors quote what they found.
    throw unreadable(name, 'it does not have the expected shape');
  }
}
