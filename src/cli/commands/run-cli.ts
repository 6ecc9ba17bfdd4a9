import { createRequire } from 'node:module';
import { ConfigError } from '../../errors/errors.js';
import { readArguments, time, wholeNumber, type CliArguments, type CliValues } from '../arguments.js';
import { diagnoseFault, diagnoseSyncs } from './diagnose-syncs.js';
import { EXIT, exitCodeOf, makeOutput, tellError, type Output } from '../output.js';
import { explainSync, keyArguments } from './explain-sync.js';
import { findConfig, importConfig, pickSyncs, readConfig, oneSync } from '../load-config.js';
import { loadEnvFiles } from '../load-env-files.js';
import type { RunOptions } from '../../sync/options/call-options.js';
import { makeKey } from './make-key.js';
import { readPlan } from './plan-file.js';
import { planSyncs } from './plan-syncs.js';
import { resetState, showStatus } from './show-status.js';
import { runSnowflake } from './run-snowflake.js';
import { runSyncs } from './run-syncs.js';
import { stopSignal } from '../stop-signal.js';
import { USAGE } from './usage.js';
import { writeSetupSql } from './write-setup-sql.js';
import { writeTypes } from './write-types.js';

/** The command line: does what the arguments say and returns the exit code. Never throws. */
export async function runCli(args: readonly string[]): Promise<number> {
  try {
    const parsed = readArguments(args);
    return await command(parsed, makeOutput(parsed.values.json));
  } catch (error) {
    tellError(error);
    return exitCodeOf(error);
  }
}

async function command(parsed: CliArguments, output: Output): Promise<number> {
  const { command: name, values } = parsed;
  if (name === 'help') output.result({ usage: USAGE }, USAGE);
  else if (name === 'version') {
    // By the package's own name, so that it is found from dist and wherever the package is installed.
    const { version } = createRequire(import.meta.url)('snowmelt/package.json') as { version: string };
    output.result({ version }, `${version}\n`);
  } else if (name === 'keygen') await makeKey(values, output);
  else if (name === 'setup-sql') writeSetupSql(values, output);
  else if (name === 'snowflake') return runSnowflake(values, output);
  else return onSyncs(parsed, output);
  return EXIT.ok;
}

async function onSyncs(parsed: CliArguments, output: Output): Promise<number> {
  const { command: name, values } = parsed;
  // Behind the sync stands a key.
  const names = name === 'explain' ? parsed.names.slice(0, 1) : parsed.names;
  const key = name === 'explain' ? keyArguments(parsed.names.slice(1)) : {};
  loadEnvFiles(values.env);
  const path = findConfig(values.config);
  let exported: Record<string, unknown>;
  try {
    exported = await importConfig(path);
  } catch (error) {
    if (name === 'doctor') return diagnoseFault(path, error, output);
    throw error;
  }
  const config = readConfig(path, exported);
  const stop = stopSignal();
  const { signal } = stop;
  try {
    const syncs = pickSyncs(config, names);
    if (name === 'run') {
      // What goes beyond an ordinary run is asked for one sync.
      const isOrdinary = !values.resend && values['remove-up-to'] === undefined && values.plan === undefined;
      const named = isOrdinary ? syncs : [oneSync(config, parsed)];
      const how = await runOptions(values);
      return await runSyncs(named, async (sync) => sync.run({ ...how, signal }), stop, output);
    }
    if (name === 'seed') {
      return await runSyncs([oneSync(config, parsed)], async (sync) => sync.seed({ signal }), stop, output);
    }
    if (name === 'explain') {
      await explainSync(oneSync(config, { ...parsed, names }), key, signal, output);
      return EXIT.ok;
    }
    if (name === 'doctor') return await diagnoseSyncs(syncs, signal, output);
    if (name === 'types') return await writeTypes(syncs, { all: config.syncs, ...values, signal }, output);
    if (name === 'backfill') {
      const times = backfillTimes(values);
      return await runSyncs(
        [oneSync(config, parsed)],
        async (sync) => sync.backfill({ ...times, signal }),
        stop,
        output,
      );
    }
    if (name === 'status') await showStatus(syncs, output);
    else if (name === 'reset') await resetState(oneSync(config, parsed), since(values), output);
    else if (name === 'preview') {
      const limit = wholeNumber('limit', values.limit);
      const preview = await oneSync(config, parsed).preview({ limit, ...since(values), signal });
      output.result(preview, preview.toString());
    } else {
      const named = values.out === undefined ? syncs : [oneSync(config, parsed)];
      return await planSyncs(named, { ...since(values), signal }, values, output);
    }
    return EXIT.ok;
  } catch (error) {
    if (stop.exitCode === undefined) throw error;
    return stop.exitCode;
  } finally {
    stop.remove();
    // A source that does not close is no reason to call the work failed.
    await Promise.allSettled(config.sources.map(async (source) => source.close()));
  }
}

function since({ 'last-sync-time': text }: CliValues): { lastSyncTime?: Date } {
  return text === undefined ? {} : { lastSyncTime: time('last-sync-time', text) };
}

async function runOptions({ resend, plan, 'remove-up-to': text }: CliValues): Promise<RunOptions> {
  return {
    resend,
    ...(text !== undefined && { removals: { upTo: wholeNumber('remove-up-to', text) } }),
    // The sync checks what it is.
    ...(plan !== undefined && { plan: (await readPlan(plan)) as RunOptions['plan'] }),
  };
}

function backfillTimes({ from, to }: CliValues): { from: Date; to?: Date } {
  if (from === undefined) {
    throw new ConfigError('CONFIG_INVALID', 'snowmelt backfill: --from is missing.', {
      hint: 'Say from when on: --from 2026-01-31, or --from 0 for all rows.',
    });
  }
  return { from: time('from', from), ...(to === undefined ? {} : { to: time('to', to) }) };
}
