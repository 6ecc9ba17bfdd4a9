import { measure } from './measure.mjs';
import { openStream } from './driver.mjs';

await measure(async () => {
  let rows = 0;
  for await (const row of await openStream()) if (row) rows++;
  return { rows };
});
