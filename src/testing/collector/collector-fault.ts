/** What goes wrong with a request. Plain data, so that a collector in another process can be told. */
export type CollectorFault =
  /** Answers with a status and takes nothing. `retryAfter`: seconds or an HTTP date. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly retryAfter?: string | undefined;
      readonly body?: string;
    }
  /** Takes the messages and answers with a status all the same: they will come twice. */
  | { readonly kind: 'status-after-accept'; readonly status: number }
  /** Cuts the connection without an answer; the messages are taken when `accept` is set. */
  | { readonly kind: 'reset'; readonly accept?: boolean }
  /** Takes the messages, then cuts the connection in the middle of the answer. */
  | { readonly kind: 'reset-mid-response' }
  /** Takes the messages and answers 200 after a while. */
  | { readonly kind: 'slow'; readonly delayMs: number }
  /** Never answers. */
  | { readonly kind: 'hang' }
  /** Rejects a request that holds one of these messages with 400. */
  | { readonly kind: 'refuse-messages'; readonly messageIds: readonly string[] };

/** A fault and how often it strikes. */
export interface CollectorFaultPlan {
  readonly fault: CollectorFault;
  /** Requests to let pass first. @default 0 */
  readonly after?: number | undefined;
  /** Requests to spoil. @default 1; `Infinity` for all from then on */
  readonly times?: number | undefined;
}

/** The faults to come, first planned first. */
export class CollectorFaults {
  #plans: { fault: CollectorFault; after: number; times: number }[] = [];

  plan({ fault, after = 0, times = 1 }: CollectorFaultPlan): void {
    this.#plans.push({ fault, after, times });
  }

  clear(): void {
    this.#plans = [];
  }

  /** The fault for the next request with these messages. */
  take(messageIds: ReadonlySet<unknown>): CollectorFault | undefined {
    const plan = this.#plans.find(({ fault, after }) => after <= 0 && strikes(fault, messageIds));
    for (const other of this.#plans) other.after -= 1;
    if (plan === undefined) return undefined;
    plan.times -= 1;
    if (plan.times <= 0) this.#plans = this.#plans.filter((other) => other !== plan);
    return plan.fault;
  }
}

function strikes(fault: CollectorFault, messageIds: ReadonlySet<unknown>): boolean {
  return fault.kind !== 'refuse-messages' || fault.messageIds.some((messageId) => messageIds.has(messageId));
}
