import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CustomerIoSink } from '../../../src/customerio.js';
import { ActionDestinationSink } from '../../../src/action-destinations.js';
import { SegmentSink, WebhookSink } from '../../../src/sinks.js';
import { RecordingServer } from '../recording-server.js';

const writeKey = 'key';
const sinks: Record<string, (endpoint: string, more?: object) => unknown> = {
  CustomerIoSink: (endpoint, more) => new CustomerIoSink({ writeKey, endpoint, ...more }),
  SegmentSink: (endpoint, more) => new SegmentSink({ writeKey, endpoint, ...more }),
  WebhookSink: (endpoint, more) => new WebhookSink({ endpoint, ...more }),
  ActionDestinationSink: (endpoint, more) =>
    new ActionDestinationSink({ destination: 'braze', action: 'trackEvent2', endpoint, ...more }),
};

describe.each(Object.entries(sinks))('%s', (_name, make) => {
  it('sends keys and rows in the clear to this machine only, unless it is told to', () => {
    for (const host of ['localhost', '127.0.0.1:8080', '[::1]:8080', 'app.localhost']) {
      expect(() => make(`http://${host}/v1`)).not.toThrow();
    }
    for (const host of ['collector.internal', '10.0.0.1', 'localhost.example.com']) {
      expect(() => make(`http://${host}/v1`)).toThrow(
        expect.objectContaining({ code: 'CONFIG_INSECURE_HTTP', hint: expect.stringContaining('insecureHttp') }),
      );
      expect(() => make(`http://${host}/v1`, { insecureHttp: true })).not.toThrow();
    }
  });

  it('refuses endpoints with more than an address, a path and a query', () => {
    for (const endpoint of ['https://user:secret@example.com', 'https://example.com/#x', 'example.com', 'ftp://x.y']) {
      expect(() => make(endpoint)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
    }
  });

  it.each(['Connection', 'keep-alive', 'Transfer-Encoding', 'Content-Length', 'EXPECT', 'upgrade'])(
    'refuses the header %s, which belongs to the connection',
    (name) => {
      expect(() => make('https://example.com', { headers: { [name]: 'x' } })).toThrow(
        expect.objectContaining({ code: 'CONFIG_INVALID' }),
      );
    },
  );
});

describe('the path of an endpoint', () => {
  let server: RecordingServer;
  beforeAll(async () => {
    server = await RecordingServer.start();
  });
  afterAll(() => server.close());

  it.each([
    ['/v1', '/v1/batch'],
    ['/v1/', '/v1/batch'],
    ['/v1//', '/v1/batch'],
    ['/v1?tenant=a', '/v1/batch?tenant=a'],
    ['/v1 ', '/v1/batch'],
    ['', '/batch'],
  ])('"%s" becomes %s', async (path, expected) => {
    const sink = new CustomerIoSink({ writeKey, endpoint: server.origin + path });
    await sink.check({ signal: new AbortController().signal });
    expect(server.requests.at(-1)?.path).toBe(expected);
  });
});
