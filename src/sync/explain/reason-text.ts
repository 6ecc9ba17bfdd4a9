import { syncTimeText } from '../dry/text-table.js';
import type { RunSpokenOf } from './expected-run.js';
import type { ExplainedWindow } from './explanation.js';
import type { RowFacts, RowJudgement } from './judge-row.js';

/** What a judgement says to people. */
export interface ReasonText {
  readonly text: string;
  readonly hint?: string | undefined;
}

/** Of a sync that is disabled. */
export const DISABLED: ReasonText = {
  text: 'The sync is disabled.',
  hint: 'Take `enabled: false` out of its options.',
};

/** Of a sync that has never run. */
export function neverRan(sync: string): ReasonText {
  return { text: 'The sync has never run.', hint: `Run it: snowmelt run ${sync}` };
}

const REJECTION_HINTS: Readonly<Record<string, string | undefined>> = {
  DUPLICATE_KEY: 'Add the column to `key` that tells them apart, or select one row per key.',
  KEY_NULL: 'Leave such rows out in the query, or choose another key.',
};

/** One sentence for a judgement, and what to do about it. */
export function reasonText<M>(
  facts: RowFacts<M>,
  { code, run, rejection }: RowJudgement,
  window: ExplainedWindow | undefined,
): ReasonText {
  const { sync, made, past, compared } = facts;
  switch (code) {
    case 'disabled':
      return DISABLED;
    case 'never-ran':
      return neverRan(sync);
    case 'not-in-query':
      return notInQuery(false);
    case 'outside-window':
      return outsideWindow(facts, window);
    case 'run-unfinished':
      return { text: `${named(run)} would send it and has not ended.`, hint: `Run it again: snowmelt run ${sync}` };
    case 'run-failed': {
      const why = run?.reason === undefined ? run?.status : `${run.status} with ${run.reason}`;
      return {
        text: `No run has been completed since the row was as it is: the last one, ${named(run)}, ${why ?? 'failed'}.`,
        hint: `Repair what it failed with, and run it again: snowmelt run ${sync}`,
      };
    }
    case 'skipped':
      return { text: 'The mapper makes no message of it.', hint: 'See the condition in the mapper.' };
    case 'filtered': {
      const by = [...new Set(made.leftOut.flatMap((each) => each?.by ?? []))];
      return { text: `A filter leaves its messages out (${by.join(', ')}).`, hint: 'See the filter of the sink.' };
    }
    case 'unchanged': {
      const since = past.delivered === undefined ? '' : ` It was sent at ${past.delivered.time}.`;
      return {
        text: `The destination has it already: it becomes what the snapshot has.${since}`,
        hint: `To send every row again: snowmelt run ${sync} --resend`,
      };
    }
    case 'changed':
      return {
        text:
          compared?.wasAccepted === true
            ? 'It becomes another message than the snapshot has: the next run sends it.'
            : 'The snapshot does not have it: the next run sends it.',
      };
    case 'rejected': {
      const when = rejection?.runId === undefined ? 'would be rejected' : `was rejected in run ${rejection.runId}`;
      return {
        text: `It ${when}: ${rejection?.code ?? ''}: ${rejection?.reason ?? ''}`,
        hint:
          made.rejection?.hint ??
          REJECTION_HINTS[rejection?.code ?? ''] ??
          'Repair the row, or replay the dead letter.',
      };
    }
    case 'sent': {
      const { delivered } = past;
      const ids = delivered?.messageIds.join(', ') ?? '';
      const sent = `Sent in run ${delivered?.runId ?? ''} at ${delivered?.time ?? ''}, message id ${ids}.`;
      if (!made.isOneOfMany) return { text: sent };
      return {
        text: `Run ${delivered?.runId ?? ''} has sent it: all events of its person. The last of them went at ${delivered?.time ?? ''}.`,
        hint: 'To find each by its own id, select a timestamp, or name columns: messageId: { from: […] }.',
      };
    }
    case 'should-have-been-sent':
      return shouldHave(facts, run);
  }
}

/** @param wasSent - whether the snapshot has the key: it was sent when it was there */
export function notInQuery(wasSent: boolean, isMirror = false): ReasonText {
  const then = isMirror ? 'the next run removes it, unless a guard holds that back.' : 'it stays at the destination.';
  return {
    text: `The query gives no row with this key, whatever its window.${wasSent ? ` It was sent before; ${then}` : ''}`,
    hint: 'See WHERE and the joins of the query. Texts are compared exactly, capitals and blanks too.',
  };
}

function named(run: RunSpokenOf | undefined): string {
  return run === undefined ? 'a run' : `run ${run.runId} of ${new Date(run.startedAt * 1000).toISOString()}`;
}

function outsideWindow<M>({ sync, place, hasNewQuery }: RowFacts<M>, window: ExplainedWindow | undefined): ReasonText {
  const { column, bySeconds, inNextRun = false, start = 0 } = window ?? {};
  const what = column ?? 'What the query compares with {{last_sync_time}}';
  if (place?.isBehindEnd === true) {
    return {
      text: 'It lies behind the end of the window, {{sync_time}}: a later run finds it.',
      hint: 'Wait until its time has come, or see the clock that wrote it.',
    };
  }
  const by = bySeconds === undefined ? '' : ` by ${duration(Math.abs(bySeconds))}`;
  if (inNextRun) {
    return { text: `${what} is newer than the last completed run${by}: the next run sends it.` };
  }
  const changed = hasNewQuery
    ? ' The query has changed since the last run, and earlier runs need not have had it.'
    : '';
  return {
    text: `${what} is older than the window, which begins at ${syncTimeText(start)},${by}: the next run does not send it.${changed}`,
    hint: `Send it by a backfill: snowmelt backfill ${sync} --from ${backfillTime(place?.time)}`,
  };
}

function shouldHave<M>({ hasDeliveries, place, made }: RowFacts<M>, run: RunSpokenOf | undefined): ReasonText {
  const next = place?.inNextRun === true ? ' The next run has it in its window, and sends it.' : '';
  const which = run === undefined ? 'A run that is not remembered any more' : named(run);
  if (hasDeliveries && !made.isOneOfMany) {
    return {
      text: `${which} should have sent it, and the delivery log has no record of that.${next}`,
      hint: 'A row that was committed after the run had looked, with an earlier time, is missed: see lookbackSeconds. One that was not in the log of that time yet was sent before it was kept.',
    };
  }
  return {
    text: `${which} should have sent it: it was completed with every row settled.${next}`,
    hint: 'To know it, keep a `deliveryLog`; see also what the destination says of this message.',
  };
}

/** `2 d 3 h`: the two largest units. */
function duration(seconds: number): string {
  const units = [
    ['d', 86_400],
    ['h', 3_600],
    ['min', 60],
    ['s', 1],
  ] as const;
  let left = seconds;
  const parts = units.map(([unit, size]) => {
    const count = Math.floor(left / size);
    left -= count * size;
    return { unit, count };
  });
  const first = parts.findIndex(({ count }) => count > 0);
  if (first < 0) return '0 s';
  const shown = parts.slice(first, first + 2).filter(({ count }) => count > 0);
  return shown.map(({ unit, count }) => `${count} ${unit}`).join(' ');
}

function backfillTime(time: number | undefined): string {
  return time === undefined || time <= 0 ? '0' : new Date(time * 1000).toISOString().replace('.000Z', 'Z');
}
