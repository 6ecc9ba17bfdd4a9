// A sync every fifteen minutes in a process of its own, until SIGTERM.
import { FileStateStore, identify, QueryTemplate, SnowflakeSource, Sync, type RunReport } from 'snowmelt';
import { CustomerIoSink } from 'snowmelt/customerio';
import { scheduleSync } from 'snowmelt/schedule';
import { openShop } from '../shop.js';

const shop = await openShop();
const source = new SnowflakeSource(shop.connection);
const sync = new Sync({
  name: 'people',
  source,
  query: new QueryTemplate(
    'SELECT ID AS "userId", EMAIL AS "email" FROM people WHERE LAST_UPDATED >= {{last_sync_time}}',
  ),
  mapper: identify(),
  sink: new CustomerIoSink(shop.destination),
  state: new FileStateStore('./.snowmelt'),
  lookbackSeconds: 120,
});

const schedule = await scheduleSync(sync, { every: '15m', runImmediately: true });
schedule.on('run', tell);
schedule.on('warning', ({ message }) => console.warn(message));
const stop = async (): Promise<void> => {
  await schedule.stop({ abort: true });
  await source.close();
  await shop.close();
};
process.once('SIGTERM', () => void stop());
if (shop.isLocal) schedule.on('run', () => void stop());

/** A failed run does not end the schedule: the next one resumes. Here is the place for an alert. */
function tell(report: RunReport): void {
  try {
    report.throwIfFailed();
    console.log(`${report.status}, ${report.rowsDelivered} rows; next run ${schedule.nextRun()?.toISOString()}`);
  } catch (error) {
    console.error(error);
    process.exitCode = 1;
  }
}
