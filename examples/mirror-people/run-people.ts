// One run in a process of its own, which the example kills.
import type { SnowflakeConnectionOptions } from 'snowmelt';
import type { CustomerIoSinkOptions } from 'snowmelt/customerio';
import { openPeople } from './people.js';

const { sync, source } = openPeople(
  JSON.parse(process.env['CONNECTION'] ?? '{}') as SnowflakeConnectionOptions,
  JSON.parse(process.env['DESTINATION'] ?? '{}') as CustomerIoSinkOptions,
);
sync.on('checkpoint', ({ row }) => process.send?.(row));
const report = await sync.run();
await source.close();
report.throwIfFailed();
