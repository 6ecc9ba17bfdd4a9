import { describe, expect, it } from 'vitest';
import { fanOut, withFilter, withRateLimit, withTransform, type Message, type Sink } from 'snowmelt';
import { CustomerIoSink } from 'snowmelt/customerio';
import { NdjsonSink, SegmentSink, WebhookSink } from 'snowmelt/sinks';
import { messageHasher } from '../../../src/diff/canonical/message-hasher.js';
import { batchLimits } from '../../../src/delivery/read/batch-limits.js';
import { ItemMaker } from '../../../src/delivery/read/item-maker.js';
import { builtInMappers } from '../../contract/built-in-mappers.js';

const plain = (): Sink => new CustomerIoSink({ region: 'us', writeKey: 'k' });
const webhook = (): Sink => new WebhookSink({ endpoint: 'https://example.com/' });
const sinks: Readonly<Record<string, () => Sink>> = {
  CustomerIoSink: plain,
  SegmentSink: () => new SegmentSink({ region: 'us', writeKey: 'k' }),
  WebhookSink: webhook,
  NdjsonSink: () => new NdjsonSink({ path: '/dev/null' }),
  fanOut: () => fanOut([plain(), { sink: webhook(), filter: (message) => message.type === 'track' }]),
  withFilter: () => withFilter(plain(), (message) => message.type === 'track'),
  withTransform: () => withTransform(webhook(), (message: Message): Message => ({ ...message, context: { app: 'x' } })),
  withRateLimit: () => withRateLimit(plain(), { maxMessagesPerSecond: 10 }),
  'a function': () => ({ name: 'function', write: async (batch) => ({ accepted: batch.length }) }),
};

const hasher = messageHasher({ ignore: ['plan'], secret: 'secret' });

interface Hashed {
  readonly hash: string;
  readonly asText: boolean;
}

/** What the engine compares of every row of a mapper on its way to a sink. */
function hashesTo(sink: Sink, name: string): readonly Hashed[] {
  const { mapper, capabilities } = builtInMappers[name]!();
  const { columns, rows } = capabilities!.wire!;
  const maker = new ItemMaker<Message>({
    mapper,
    sink,
    columns,
    limits: batchLimits(sink.limits, undefined),
    runId: `run-to-${sink.name.replace(/[^a-z]/gi, '')}`,
    sync: 'people',
    warn: () => undefined,
    canonical: hasher.json,
  });
  return rows.map((values, row) => {
    const { json, messages } = maker.map(row, values);
    const hash = json === undefined ? hasher.ofMessages(messages!, row) : hasher.ofText(json.canonical!);
    return { hash: hash.toString('hex'), asText: json !== undefined };
  });
}

describe('a row has the same hash whichever sink it goes to', () => {
  it.each(Object.keys(builtInMappers))('%s', (name) => {
    const expected = hashesTo(plain(), name).map(({ hash }) => hash);
    for (const [title, make] of Object.entries(sinks)) {
      expect(
        hashesTo(make(), name).map(({ hash }) => hash),
        title,
      ).toStrictEqual(expected);
    }
  });

  it('although some get texts and others objects', () => {
    const asText = (sink: Sink): boolean => hashesTo(sink, 'identify')[0]!.asText;
    expect(asText(plain())).toBe(true);
    expect(asText(sinks['withFilter']!())).toBe(false);
  });
});
