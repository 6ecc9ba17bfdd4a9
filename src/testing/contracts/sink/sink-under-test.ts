import type { Message } from '../../../mapping/message.js';
import type { Sink } from '../../../sink/sink.js';
import type { ContractOptions } from '../contract-runner.js';

/** What a sink and its destination can do, so that it is tested too. Leave out what does not exist. */
export interface SinkCapabilities<M> {
  /** A message that the destination refuses for good. */
  readonly invalid?: (() => M) | undefined;
  /** A message that is larger than the sink's `limits.maxMessageBytes`. */
  readonly oversize?: (() => M) | undefined;
  /**
   * A message that the destination asks to send again when it gets it for the first time, and takes the second time. For
   * a destination that answers for single messages.
   */
  readonly later?: (() => M) | undefined;
  /** Makes the destination unavailable; the function that is returned makes it available again. */
  readonly outage?: (() => Promise<() => Promise<void>>) | undefined;
  /** Makes the destination answer that it gets too many requests (HTTP 429). */
  readonly tooManyRequests?: (() => Promise<TooManyRequests>) | undefined;
  /** Makes the destination refuse the sink's key from now on. */
  readonly unauthorized?: (() => Promise<void>) | undefined;
  /** Makes the destination not answer from now on. */
  readonly hang?: (() => Promise<void>) | undefined;
  /** How many requests the destination got so far: shows a request that the fence was not asked about. */
  readonly requests?: (() => number) | undefined;
  /** Text that must not stand in any error: the key. */
  readonly secret?: string | undefined;
}

/** A destination that gets too many requests. */
export interface TooManyRequests {
  /** How long the destination asks to wait (`Retry-After`), where it does. */
  readonly retryAfterMs?: number | undefined;
  /** Makes it take messages again. */
  readonly end: () => Promise<void>;
}

/** What a sink can be tested for, besides what all sinks are. */
export type SinkAbility =
  Exclude<keyof SinkCapabilities<unknown>, 'requests' | 'secret'> | 'serialize' | 'serialize.plainFor';

/** A sink under test, with a healthy destination of its own: it takes what it gets until a capability says otherwise. */
export interface SinkUnderTest<M> {
  readonly sink: Sink<M>;
  /** What has arrived at the destination so far, in order, each as it was given to the sink. */
  readonly received: () => Promise<readonly M[]> | readonly M[];
  readonly capabilities?: SinkCapabilities<M> | undefined;
  /** Removes what the test left. */
  readonly cleanup?: (() => Promise<void>) | undefined;
}

/** Options of {@link testSink}. */
export interface TestSinkOptions<M> extends ContractOptions<SinkAbility> {
  /** Shown in the names of the tests. */
  readonly name: string;
  /** Makes a sink with an empty destination; called once per test. */
  readonly create: () => Promise<SinkUnderTest<M>> | SinkUnderTest<M>;
  /** Makes message number `number`, each one different. Needed for sinks of messages of your own. */
  readonly message: (number: number) => M;
}

/** A message for sinks of snowmelt's own messages, with text that a wrong encoding would spoil. */
export function sinkMessage(number: number): Message {
  return {
    type: 'track',
    userId: `user-${number % 3}`,
    event: 'Order Completed',
    messageId: `contract.${number}`,
    timestamp: '2026-01-02T03:04:05.678Z',
    properties: {
      number,
      name: 'Zoë 数据 💥 "quoted" \\ \n\u2028',
      total: 19.99,
      nothing: null,
      list: [1, { a: 'b' }],
    },
  };
}
