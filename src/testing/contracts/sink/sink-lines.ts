import type { Sink } from '../../../sink/sink.js';
import { contractLines, type Abilities, type Lines } from '../contract-lines.js';
import { callTypeOf } from './sink-assertions.js';
import type { SinkCapabilities, SinkUnderTest, TestSinkOptions } from './sink-under-test.js';

/** What a line may need that not every sink has. */
interface SinkAbilities<M> extends Omit<SinkCapabilities<M>, 'requests' | 'secret'> {
  readonly serialize: Sink<M>['serialize'];
  readonly 'serialize.plainFor': Sink<M>['serialize'];
}

/** What the lines of the contract of a sink are declared with. */
export interface SinkLines<M> extends Lines<SinkUnderTest<M>, SinkAbilities<M>> {
  /** Makes message number `number`. */
  readonly message: (number: number) => M;
  /** So many messages, from this number on. */
  readonly messages: (count: number, from?: number) => M[];
}

/** Makes a new sink for every line. */
export function sinkLines<M>(options: TestSinkOptions<M>): SinkLines<M> {
  const { message } = options;
  const capability = <N extends keyof SinkCapabilities<M>>(name: N) => ({
    kind: 'capability' as const,
    of: ({ capabilities }: SinkUnderTest<M>): SinkCapabilities<M>[N] => capabilities?.[name],
  });
  const abilities: Abilities<SinkUnderTest<M>, SinkAbilities<M>> = {
    invalid: capability('invalid'),
    oversize: capability('oversize'),
    later: capability('later'),
    outage: capability('outage'),
    tooManyRequests: capability('tooManyRequests'),
    unauthorized: capability('unauthorized'),
    hang: capability('hang'),
    serialize: { kind: 'member', of: ({ sink }) => sink.serialize },
    'serialize.plainFor': {
      kind: 'member',
      of: ({ sink }) => (sink.serialize?.plainFor?.has(callTypeOf(message(0))) === true ? sink.serialize : undefined),
    },
  };
  const lines = contractLines<SinkUnderTest<M>, SinkAbilities<M>>(
    {
      suite: 'testSink',
      plugIn: 'a sink',
      abilities,
      create: options.create,
      end: async ({ sink, cleanup }) => {
        try {
          await sink.close?.();
        } finally {
          await cleanup?.();
        }
      },
      secrets: ({ capabilities }) => [capabilities?.secret],
    },
    options,
  );
  return {
    ...lines,
    message,
    messages: (count, from = 0) => Array.from({ length: count }, (_, index) => message(from + index)),
  };
}
