// A correct incremental runner without `Sync`. The host's own table is a JSON file here, replaced as a whole. Only one
// may run at a time: under `flock`, in a job without overlap, or with its row locked where the table is in a database.
import { existsSync } from 'node:fs';
import { open, readFile, rename } from 'node:fs/promises';
import { deliver, isSnowmeltError, rowHash } from 'snowmelt';
import type { DeliverOptions, DeliveryReport, Message, QueryTemplate, ResultRef, Source } from 'snowmelt';

interface Stored {
  readonly lastSyncTime: number;
  /** The run that has not ended. */
  readonly run?: { readonly startedAt: number; readonly ref: ResultRef; readonly below: number };
}

export interface OwnRunner extends Pick<DeliverOptions<Message>, 'mapper' | 'sink' | 'deadLetter' | 'signal'> {
  readonly source: Source;
  readonly query: QueryTemplate;
  readonly file: string;
}

export async function runOnce({ source, query, file, ...to }: OwnRunner): Promise<DeliveryReport> {
  const stored = await load(file);
  const { lastSyncTime } = stored;
  let { run } = stored;
  let result = run && (await source.reopen(run.ref, to).catch(undefinedWhenExpired));
  if (run === undefined || result === undefined) {
    // The time before the query: rows that change while it runs belong to the next one too.
    const startedAt = Math.floor((await source.now(to)).getTime() / 1000);
    result = await source.execute(query.render({ lastSyncTime, syncTime: startedAt }), to);
    run = { startedAt, ref: result.ref, below: 0 };
    // Before the first message: their ids come from the query id.
    await save(file, { lastSyncTime, run });
  }
  const { startedAt, ref, below: from } = run;
  const onSettled: DeliverOptions<Message>['onSettled'] = (below, { lastValues }) => {
    const check = { row: below - 1, hash: rowHash(lastValues() ?? []) };
    return save(file, { lastSyncTime, run: { startedAt, ref: { ...ref, check }, below } });
  };
  const report = await deliver({ ...to, rows: result, from, onSettled });
  // Refused rows are to be repaired, so the next run reads them anew.
  if (report.error?.code === 'TOO_MANY_REJECTS') await save(file, { lastSyncTime });
  if (report.status === 'completed') await save(file, { lastSyncTime: startedAt });
  return report;
}

function undefinedWhenExpired(error: unknown): undefined {
  if (!isSnowmeltError(error) || error.code !== 'RESULT_EXPIRED') throw error;
}

async function load(file: string): Promise<Stored> {
  return existsSync(file) ? (JSON.parse(await readFile(file, 'utf8')) as Stored) : { lastSyncTime: 0 };
}

async function save(file: string, stored: Stored): Promise<void> {
  const handle = await open(`${file}.new`, 'w');
  await handle.writeFile(JSON.stringify(stored)).then(() => handle.sync());
  await handle.close();
  await rename(`${file}.new`, file);
}
