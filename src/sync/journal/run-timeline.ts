import type { DeliveryEvent } from '../../delivery/report/delivery-event.js';

/** Where a run stood at one moment. Rows, batches, retries and rejects of this process so far. */
export interface TimelinePoint {
  /** Whole milliseconds since the run began. */
  readonly atMs: number;
  readonly rowsRead: number;
  readonly rowsDelivered: number;
  readonly batches: number;
  readonly retries: number;
  readonly rejects: number;
}

const MOST_POINTS = 240;

/** Samples a run for its report: a bounded number of points, however long it takes. */
export class RunTimeline {
  #points: TimelinePoint[] = [];
  #latest: TimelinePoint = { atMs: 0, rowsRead: 0, rowsDelivered: 0, batches: 0, retries: 0, rejects: 0 };
  /** Grows by doubling, so that a long run has as many points as a short one. */
  #stepMs = 50;

  /** Notes an event at `atMs` after the beginning. */
  add(event: DeliveryEvent, atMs: number): void {
    const { rowsRead, rowsDelivered, batches, retries, rejects } = this.#latest;
    if (event.type === 'progress') {
      this.#note({
        atMs,
        rowsRead: event.counts.read,
        rowsDelivered: event.counts.delivered,
        batches,
        retries,
        rejects,
      });
    } else if (event.type === 'batch:delivered') this.#note({ ...this.#latest, atMs, batches: batches + 1 });
    else if (event.type === 'retry') this.#note({ ...this.#latest, atMs, retries: retries + 1 });
    else if (event.type === 'row:rejected') {
      this.#note({ atMs, rowsRead, rowsDelivered, batches, retries, rejects: rejects + 1 });
    }
  }

  /** The points in order of time; the last one is the latest. */
  points(): readonly TimelinePoint[] {
    return this.#points.at(-1) === this.#latest ? [...this.#points] : [...this.#points, this.#latest];
  }

  #note(point: TimelinePoint): void {
    this.#latest = point;
    const last = this.#points.at(-1);
    if (last !== undefined && point.atMs - last.atMs < this.#stepMs) return;
    this.#points.push(point);
    if (this.#points.length < MOST_POINTS) return;
    this.#points = this.#points.filter((_point, index) => index % 2 === 0);
    this.#stepMs *= 2;
  }
}
