import { SnowmeltError, isSnowmeltError } from '../../errors/errors.js';
import type { StoredState } from '../../state/state-store.js';
import type { BegunRun, Lease, SyncState } from '../../state/sync-state.js';
import { leased, released, renewed, shared } from '../../state/transitions.js';
import { abortedLater } from '../../async/aborted-later.js';
import { momentOf, type Clock, type Moment } from './clock.js';
import { isHeld, isWellReckoned, LOST_AT, RENEW_AT } from './lease-validity.js';
import type { ProcessIdentity } from './process-identity.js';
import { isConflict } from './record-client.js';
import type { RecordClient } from './record-client.js';

/** What a {@link LeaseKeeper} is made of. */
export interface LeaseKeeperParts {
  readonly record: RecordClient;
  readonly clock: Clock;
  readonly identity: ProcessIdentity;
}

/** How a lease is asked for. */
export interface LeaseRequest {
  readonly ttlMs: number;
  /** The record where there is none. */
  readonly create: () => SyncState;
  readonly signal?: AbortSignal | undefined;
}

const CHECKS_PER_TTL = 24;
/** How long an abort waits for the lease: one that is stored unseen keeps others out until it expires. */
const ABORT_GRACE_MS = 2_000;

/**
 * Holds one lease: renews it, moves the record under it, and stops believing in it early enough. The store's clock
 * decides for others when the lease has expired; this process measures how long ago it last began a write that
 * succeeded. It does so by both of its clocks: one stands still while the machine is suspended, the other can be set. A
 * clock that was set can only make the holder doubt, and doubt ends by asking the store.
 */
export class LeaseKeeper {
  /** Aborted with `LEASE_LOST`. */
  readonly signal: AbortSignal;
  readonly #parts: LeaseKeeperParts;
  readonly #lost = new AbortController();
  #lease: Lease;
  #current: StoredState;
  #readAt: number;
  #renewedAt: Moment;
  #queue: Promise<void> = Promise.resolve();
  #writing = 0;
  #renewBy: () => Promise<void> = () => this.renew();
  #stopTicking: () => void = () => undefined;
  #storeError: unknown;
  #asking: Promise<void> | undefined;

  private constructor(parts: LeaseKeeperParts, current: StoredState, lease: Lease, sentAt: Moment) {
    this.signal = this.#lost.signal;
    this.#parts = parts;
    this.#current = current;
    this.#lease = lease;
    this.#readAt = parts.clock.monotonic();
    this.#renewedAt = sentAt;
    this.#stopTicking = parts.clock.every(lease.ttlMs / CHECKS_PER_TTL, () => {
      this.#tick();
    });
  }

  /** Takes the lease; `undefined` when somebody else holds it. @throws StateError */
  static async acquire(parts: LeaseKeeperParts, request: LeaseRequest): Promise<LeaseKeeper | undefined> {
    const { record, clock, identity } = parts;
    const { ttlMs, create, signal } = request;
    for (;;) {
      const sentAt = momentOf(clock);
      const found = await record.read(signal);
      if (isHeld(found, identity)) return undefined;
      const value = found?.value ?? create();
      const holder = identity.holder();
      // Without a record the store's time is not known yet: the first write asks for it.
      const expiresAt = found === undefined ? 0 : found.storeTime + ttlMs;
      const { host, pid, processStart } = identity;
      const lease: Lease = { holder, host, pid, processStart, expiresAt, ttlMs };
      try {
        const taken = leased(value, lease);
        const written = await abortedLater(signal, ABORT_GRACE_MS, (later) => record.write(found, taken, later));
        const keeper = new LeaseKeeper(parts, written, lease, sentAt);
        if (found !== undefined || (await keeper.#isRenewed())) return keeper;
      } catch (error) {
        identity.ended(holder);
        if (!isConflict(error)) throw error;
      }
    }
  }

  /** The first renewal of a new record, which another process may have taken in between. */
  async #isRenewed(): Promise<boolean> {
    try {
      await this.renew();
      return true;
    } catch (error) {
      this.leave();
      if (this.signal.aborted) return false;
      throw error;
    }
  }

  /** Joins a shared lease that another process took. The caller has checked that it is still the same. */
  static join(parts: LeaseKeeperParts, stored: StoredState, lease: Lease, sentAt: Moment): LeaseKeeper {
    return new LeaseKeeper(parts, stored, lease, sentAt);
  }

  /** The record that it holds. */
  get record(): RecordClient {
    return this.#parts.record;
  }

  /** The record as it is now. */
  get state(): SyncState {
    return this.#current.value;
  }

  /** Who has lost the lease may not write or send any more. @throws SnowmeltError `LEASE_LOST` */
  assertHeld(): void {
    if (!this.signal.aborted && this.#age >= this.#lease.ttlMs * LOST_AT) {
      this.#lose('it could not be renewed in time', this.#storeError);
    }
    if (this.signal.aborted) throw this.signal.reason;
  }

  /**
   * Whether this process may still send. While the lease is fresh that costs nothing; in doubt it is renewed first.
   *
   * @throws SnowmeltError `LEASE_LOST`, StateError
   */
  async fence(): Promise<void> {
    this.assertHeld();
    while (this.#isInDoubt()) {
      // A write that is under way renews as well.
      await this.#queue;
      if (!this.#isInDoubt()) break;
      // All requests that ask at the same time wait for one answer.
      this.#asking ??= this.#renewBy().finally(() => {
        this.#asking = undefined;
      });
      await this.#asking;
      // An answer that took long, or that the machine has slept over, says nothing any more.
      if (this.#doubt < this.#lease.ttlMs * LOST_AT) break;
    }
    this.assertHeld();
  }

  /** Keeps the lease for longer, and learns what other writers of the record have changed. @throws as {@link update} */
  async renew(): Promise<void> {
    await this.update((state) => state);
  }

  /** Moves the record and renews the lease with it. One write at a time. @throws SnowmeltError `LEASE_LOST`, StateError */
  async update(change: (state: SyncState) => SyncState): Promise<void> {
    this.#writing += 1;
    const turn = this.#queue.then(() => this.#write(change));
    this.#queue = turn.catch(() => undefined);
    try {
      await turn;
    } finally {
      this.#writing -= 1;
    }
  }

  /** Milliseconds since the last write was answered; 0 while one is under way. */
  get sinceWrite(): number {
    return this.#writing > 0 ? 0 : this.#parts.clock.monotonic() - this.#readAt;
  }

  /** Renews by this from now on: an {@link update} that has more to store. A store that wants few writes gets one. */
  renewBy(renew: () => Promise<void>): void {
    this.#renewBy = renew;
  }

  /** Moves the record a last time and gives the lease back with it. */
  async release(change: (state: SyncState) => SyncState = released): Promise<void> {
    try {
      await this.update((state) => released(change(state)));
    } finally {
      this.leave();
    }
  }

  /** Leaves the lease to the workers of the run, who keep it alive from now on: see `Lease.shared`. */
  async share(ttlMs: number, begun: BegunRun | undefined): Promise<void> {
    this.#lease = { ...this.#lease, ttlMs, shared: true };
    await this.update((state) => shared(state, ttlMs, begun));
    this.leave();
  }

  /** Gives the lease back if the record still names this holder: also one that is lost, for whoever waits for its end. */
  async letGo(): Promise<void> {
    this.leave();
    const { holder } = this.#lease;
    await this.record.change((state) => (state.lease?.holder === holder ? released(state) : state));
  }

  /** Stops renewing and leaves the lease as it is. */
  leave(): void {
    this.#stopTicking();
    this.#parts.identity.ended(this.#lease.holder);
  }

  /** Since the last write that succeeded, by the clock that cannot be set. */
  get #age(): number {
    return this.#parts.clock.monotonic() - this.#renewedAt.monotonic;
  }

  /** By the clock that says more; backwards counts too, because others look at the store's clock, which may be the same. */
  get #doubt(): number {
    return Math.max(this.#age, Math.abs(this.#parts.clock.wall() - this.#renewedAt.wall));
  }

  #isInDoubt(): boolean {
    return this.#doubt >= this.#lease.ttlMs * RENEW_AT;
  }

  #tick(): void {
    if (this.signal.aborted) return;
    if (this.#age >= this.#lease.ttlMs * LOST_AT) this.#lose('it could not be renewed in time', this.#storeError);
    else if (this.#isInDoubt() && this.#writing === 0) {
      this.#renewBy().catch((error: unknown) => {
        this.#storeError = error;
      });
    }
  }

  async #write(change: (state: SyncState) => SyncState): Promise<void> {
    await this.#writeOnce(change);
    // The store has told its time: now it can be reckoned from.
    if (!isWellReckoned(this.#current)) await this.#writeOnce((state) => state);
  }

  async #writeOnce(change: (state: SyncState) => SyncState): Promise<void> {
    const { record, clock } = this.#parts;
    for (let conflicts = 0; ; conflicts += 1) {
      // Many workers of one run meet at its record: who is refused again and again lets others pass.
      if (conflicts > 2) await clock.sleep(Math.random() * Math.min(2 ** conflicts, 500), this.signal);
      this.assertHeld();
      const sentAt = momentOf(clock);
      const changed = change(this.#current.value);
      // At most the store's time of now: what passed between its clock and the answer is not counted.
      const storeTime = this.#current.storeTime + (sentAt.monotonic - this.#readAt);
      const value = renewed(changed, storeTime + this.#lease.ttlMs);
      try {
        this.#current = await record.write(this.#current, value, this.signal);
        this.#readAt = clock.monotonic();
        this.#renewedAt = sentAt;
        return;
      } catch (error) {
        if (!isConflict(error)) {
          this.#storeError = error;
          throw error;
        }
        await this.#reread();
      }
    }
  }

  /** Another process may change other parts of the record (a worker of the same run, a backfill beside it). */
  async #reread(): Promise<void> {
    const { record, clock } = this.#parts;
    const token = this.#current.value.fencingToken;
    const stored = await record.read(this.signal);
    if (stored?.value.lease?.holder !== this.#lease.holder || stored.value.fencingToken !== token) {
      this.#lose('another process took it over', undefined);
      this.assertHeld();
      return;
    }
    this.#current = stored;
    this.#readAt = clock.monotonic();
    const failure = stored.value.run?.failure;
    if (failure === undefined) return;
    this.#lose(`the run was given up after ${failure}`, undefined);
    this.assertHeld();
  }

  #lose(why: string, cause: unknown): void {
    if (this.signal.aborted) return;
    this.#stopTicking();
    const below = isSnowmeltError(cause) ? `: ${cause.message}` : '';
    this.#lost.abort(
      new SnowmeltError('LEASE_LOST', `The lease of "${this.#parts.record.key}" is lost: ${why}${below}`, {
        hint: 'Nothing to do: the next run resumes at the first unsettled row.',
        cause,
      }),
    );
  }
}
