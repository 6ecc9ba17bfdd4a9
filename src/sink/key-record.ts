/** So many single messages in a row, refused as if the key were, are the key after all. */
const MOST_IN_A_ROW = 5;

const records = new WeakMap<object, KeyRecord>();

/**
 * What a destination has said of a key in this process. A firewall in front of it may refuse one message with 401 or
 * 403, though thousands were accepted with the same key: then the message is refused, and not the key.
 */
export class KeyRecord {
  #wasAccepted = false;
  #refusedInARow = 0;

  /** The one record of a sink, by an object that the sink keeps. */
  static of(owner: object): KeyRecord {
    const record = records.get(owner) ?? new KeyRecord();
    records.set(owner, record);
    return record;
  }

  /** Something was accepted with the key. */
  accepted(): void {
    this.#wasAccepted = true;
    this.#refusedInARow = 0;
  }

  /**
   * Judges a reply of 401 or 403. Call it once for each.
   *
   * @param messages how many were sent
   * @returns whether the messages are refused, and not the key
   */
  isAboutMessages(messages: number): boolean {
    if (!this.#wasAccepted || messages > 1) return this.#wasAccepted;
    this.#refusedInARow += 1;
    // From now on the key counts as refused, until something is accepted again.
    if (this.#refusedInARow >= MOST_IN_A_ROW) this.#wasAccepted = false;
    return this.#wasAccepted;
  }
}
