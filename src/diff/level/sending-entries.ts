import { growLevel } from './grow-level.js';
import type { RecordedEntry } from './pending-chunk.js';
import { sendingTogether } from './sending-levels.js';
import { HASH_BYTES } from '../segment/compare-keys.js';
import { ACCEPTED, PARTLY } from '../segment/flags.js';
import { SegmentBuilder } from '../segment/segment-builder.js';
import { openLevel, openSending } from '../snapshot/open-snapshot.js';
import { newName, SEGMENT_BYTES, type SnapshotPlace } from '../snapshot/place.js';
import { NO_LEVEL, MAX_NAMED_SEGMENTS, type SegmentRef, type SendingRef } from '../../state/snapshot-refs.js';

const UNKNOWN_HASH = new Uint8Array(HASH_BYTES);

/**
 * Keys that are about to be sent something. They are written before that, and named until a checkpoint has told what
 * became of them: where a run is given up, they are what nobody knows anything of.
 */
export class SendingEntries {
  readonly #place: SnapshotPlace;
  /** What a process before this one has left. */
  #left: SendingRef | undefined;
  #builders: SegmentBuilder[] = [];
  #taken: SegmentBuilder[] = [];
  /** Written, and not put together with the others yet. */
  #added: SegmentRef[] = [];
  #segments: readonly SegmentRef[] = [];
  #after = '';

  constructor(place: SnapshotPlace, left: SendingRef | undefined) {
    this.#place = place;
    this.#left = left;
    this.#after = left?.after ?? '';
  }

  /** Takes an entry whose key stands behind those before. */
  add({ keys, keyAt, text, textToSend = text, wasAccepted }: RecordedEntry): void {
    let last = this.#builders.at(-1);
    if (last === undefined || last.bytes >= (this.#place.segmentBytes ?? SEGMENT_BYTES)) {
      this.#builders.push((last = new SegmentBuilder()));
    }
    last.add(keys, keyAt, UNKNOWN_HASH, 0, wasAccepted ? PARTLY | ACCEPTED : PARTLY, textToSend);
  }

  /** The entries so far are to be written; those that come while that goes on are for the next time. */
  take(): void {
    this.#taken.push(...this.#builders.splice(0));
  }

  /**
   * Writes what was taken. After a failure it may be called again.
   *
   * @param settledTo - the last key that is settled, in hexadecimal digits: entries up to it no longer count
   * @returns what the record has to name, before the first of these entries is sent
   */
  async write(settledTo: string): Promise<SendingRef | undefined> {
    await this.#put();
    await this.#join();
    if (settledTo > this.#after) this.#after = settledTo;
    const after = this.#after;
    if (this.#left !== undefined) {
      // Nothing came to it yet; it may be settled all the same.
      const { segments } = await openSending(this.#place, { ...this.#left, after });
      return segments.length === 0 ? undefined : { ...this.#left, ...(after !== '' && { after }) };
    }
    this.#segments = this.#segments.filter(({ last }) => last > after);
    return this.#named();
  }

  async #put(): Promise<void> {
    for (let builder = this.#taken[0]; builder !== undefined; builder = this.#taken[0]) {
      const name = newName(this.#place);
      const { sealed, facts } = builder.build(name);
      await this.#place.store.put(name, sealed, { signal: this.#place.signal });
      this.#added.push({ name, ...facts });
      this.#taken.shift();
    }
  }

  /** Puts what was written to the rest. What a process before has left, which may reach further, has the same keys. */
  async #join(): Promise<void> {
    const [first] = this.#added;
    if (first === undefined) return;
    if (this.#left !== undefined) this.#segments = (await openSending(this.#place, this.#left)).segments;
    this.#left = undefined;
    const added = { segments: this.#added, accepted: 0, abandoned: true };
    const known = { segments: this.#segments, accepted: 0, abandoned: true, behind: this.#after };
    const sharesKeys = this.#segments.some(({ last }) => last >= first.first);
    this.#segments = sharesKeys
      ? await sendingTogether(this.#place, [known, added])
      : [...this.#segments, ...this.#added];
    this.#added = [];
  }

  async #named(): Promise<SendingRef | undefined> {
    if (this.#segments.length === 0) return undefined;
    if (this.#segments.length > MAX_NAMED_SEGMENTS) {
      const level = await growLevel(this.#place, NO_LEVEL, this.#segments, 0);
      this.#segments = (await openLevel(this.#place, level)).segments;
      return this.#ref(level);
    }
    const count = this.#segments.reduce((sum, segment) => sum + segment.count, 0);
    return this.#ref({ segments: [...this.#segments], count });
  }

  #ref({ index, segments, count }: SendingRef): SendingRef {
    const isCut = this.#segments.some(({ first }) => first <= this.#after);
    return { ...(index !== undefined && { index }), segments, count, ...(isCut && { after: this.#after }) };
  }
}
