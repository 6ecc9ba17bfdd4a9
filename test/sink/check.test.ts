import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fanOut, withFilter, withTransform, type Message, type Sink } from 'snowmelt';
import { CustomerIoSink } from 'snowmelt/customerio';
import { SegmentSink } from 'snowmelt/sinks';
import { RecordingServer } from './recording-server.js';

const { signal } = new AbortController();

describe('asking a destination whether it takes the key', () => {
  let server: RecordingServer;
  beforeEach(async () => {
    server = await RecordingServer.start();
  });
  afterEach(() => server.close());

  const customerIo = (): Sink => new CustomerIoSink({ writeKey: 'secret-key', endpoint: server.origin });
  const segment = (service: 'segment' | 'rudderstack' | 'jitsu'): Sink =>
    new SegmentSink({ service, writeKey: 'secret-key', endpoint: server.origin });

  it('sends a batch without messages, with the key', async () => {
    expect(await customerIo().check?.({ signal })).toMatchObject({ key: 'accepted' });
    expect(server.requests).toMatchObject([{ path: '/batch', method: 'POST', body: '{"batch":[]}' }]);
    expect(server.requests[0]?.headers).toMatchObject({
      'x-strict-mode': '1',
      authorization: `Basic ${btoa('secret-key:')}`,
    });
  });

  it('takes a refusal of the empty batch for no refusal of the key', async () => {
    server.answer = () => ({ status: 400, body: 'empty batch payload' });
    expect(await customerIo().check?.({ signal })).toMatchObject({ key: 'accepted' });
    expect(await segment('rudderstack').check?.({ signal })).toMatchObject({ key: 'accepted' });
  });

  it.each([
    [401, 'SINK_UNAUTHORIZED'],
    [404, 'SINK_UNAUTHORIZED'],
    [302, 'SINK_FAILED'],
    [503, 'SINK_FAILED'],
  ])('fails on HTTP %s', async (status, code) => {
    server.answer = () => ({ status, body: 'secret-key' });
    for (const sink of [customerIo(), segment('rudderstack'), segment('jitsu')]) {
      const error: unknown = await sink.check?.({ signal }).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code });
      expect(String(error)).not.toContain('secret-key');
    }
  });

  it('does not claim to know where a wrong key gets 200', async () => {
    expect(await segment('segment').check?.({ signal })).toMatchObject({ key: 'unknown' });
    expect(server.requests).toEqual([]);
  });

  it('asks through wrappers and every sink of a fanOut', async () => {
    const plain: Sink = { name: 'plain', write: async (batch) => ({ accepted: batch.length }) };
    const wrapped = withFilter(customerIo(), () => true);
    expect(await fanOut([wrapped, segment('jitsu')]).check?.({ signal })).toMatchObject({ key: 'accepted' });
    const changed = withTransform(customerIo(), (message: Message) => message);
    expect(await changed.check?.({ signal })).toMatchObject({ key: 'accepted' });
    const partly = await fanOut([wrapped, plain]).check?.({ signal });
    expect(partly).toMatchObject({ key: 'unknown' });
    expect(partly?.reason).toContain('plain');
    server.answer = () => ({ status: 401 });
    await expect(fanOut([wrapped, plain]).check?.({ signal })).rejects.toMatchObject({ code: 'SINK_UNAUTHORIZED' });
  });
});
