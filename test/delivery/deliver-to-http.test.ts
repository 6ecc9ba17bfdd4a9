import { describe, expect, it } from 'vitest';
import { CustomerIoSink } from '../../src/customerio.js';
import { deliver } from '../../src/delivery/deliver.js';
import { identify } from '../../src/mapping/calls/identify.js';
import { startCollector } from '../../src/testing/collector/start-collector.js';

describe('deliver to a real HTTP sink', () => {
  it('takes a sink that is an instance of a class and delivers every row once', async () => {
    const collector = await startCollector();
    try {
      const rows = Array.from({ length: 3000 }, (_, index) => [`user-${index}`, `Łukasz ${index}`]);
      const report = await deliver({
        rows: (async function* () {
          yield { firstRow: 0, rows };
        })(),
        columns: ['userId', 'name'].map((name) => ({ name, type: 'text', nullable: true })),
        mapper: identify(),
        sink: new CustomerIoSink({ writeKey: collector.writeKey, endpoint: collector.endpoint }),
      });
      report.throwIfFailed();
      expect(report.rowsDelivered).toBe(3000);
      expect(new Set(collector.messages.map((message) => message['messageId'])).size).toBe(3000);
    } finally {
      await collector.close();
    }
  });

  it('names the fault of a malformed sink', async () => {
    const sink = { name: 'x', limits: { maxMessages: 0 }, write: async () => ({ accepted: 0 }) };
    const rows = (async function* () {})();
    await expect(deliver({ rows, columns: [], mapper: identify(), sink })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('sink.limits.maxMessages') as string,
    });
  });
});
