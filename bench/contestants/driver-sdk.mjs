// The driver hand-wired to an analytics SDK: one call a row, at most `PENDING` calls waiting for their callback so that
// memory stays bounded, batches as large as the SDK takes them fastest.
import { measure, settings } from './measure.mjs';
import { openStream } from './driver.mjs';

const PENDING = Number(settings.pending ?? 20_000);

async function makeAnalytics() {
  if (settings.sdk === 'cdp') {
    const { Analytics } = await import('@customerio/cdp-analytics-node');
    return new Analytics({ writeKey: 'key', host: settings.collector, maxEventsInBatch: settings.batch });
  }
  const { Analytics } = await import('@segment/analytics-node');
  return new Analytics({ writeKey: 'key', host: settings.collector, maxEventsInBatch: settings.batch });
}

await measure(async () => {
  const analytics = await makeAnalytics();
  let rows = 0;
  let pending = 0;
  let wake;
  const settled = () => {
    pending--;
    if (wake !== undefined && pending < PENDING) wake();
  };
  for await (const row of await openStream()) {
    const { userId, ...traits } = row;
    pending++;
    rows++;
    analytics.identify({ userId: String(userId), traits }, settled);
    if (pending >= PENDING) await new Promise((resolve) => (wake = resolve));
  }
  await analytics.closeAndFlush();
  return { rows };
});
