import * as z from 'zod';
import { hashOfTexts } from '../../diff/key/key-hash.js';
import { checkOptions } from '../../options/check-options.js';
import { anAbortSignal, isDate } from '../../options/option-checks.js';
import { callSource } from '../../source/call-source.js';
import type { SyncState } from '../../state/sync-state.js';
import { emptyState } from '../../state/transitions.js';
import { readersShape, type ExplainReaderOptions } from '../options/record-readers.js';
import type { SyncContext } from '../options/sync-context.js';
import { SnapshotLookup } from './compare-row.js';
import type { ExplainedWindow, ExplainKey, ExplainedRow, Explanation } from './explanation.js';
import { explanationText } from './explanation-text.js';
import { hasNeverRun, judgeRow, type RowFacts } from './judge-row.js';
import type { KeyCondition } from './key-condition.js';
import { makeRows } from './made-row.js';
import { DISABLED, neverRan, notInQuery, reasonText, type ReasonText } from './reason-text.js';
import { RowFinder, type FoundRow } from './row-finder.js';
import { pastOf } from './row-past.js';
import { rowsWithTwins } from './twin-rows.js';
import { wholeWindow, windowColumn, WindowPlaces, type WindowPlace } from './window-place.js';

/** Options of `Sync.explain`. */
export interface ExplainOptions extends ExplainReaderOptions {
  /** Ends it early. */
  readonly signal?: AbortSignal | undefined;
}

/** Rows that are explained at once. */
const MOST_ROWS = 10;

const value = z.union([z.string(), z.number(), z.bigint(), z.boolean(), z.custom<Date>(isDate)]);
const shape = {
  key: z
    .record(z.string(), value)
    .refine((key) => Object.keys(key).length > 0, 'expected columns and values: { userId: 42 }'),
  signal: anAbortSignal.optional(),
  ...readersShape,
};

/**
 * Says of the rows with a key why they were sent, or were not.
 *
 * @throws ConfigError `CONFIG_INVALID` for a key that does not fit; SourceError, StateError; MappingError
 *   `MAPPING_COLUMNS`; SnowmeltError `SNAPSHOT_UNREADABLE`, and what the readers throw
 */
export async function explainKey<M>(
  context: SyncContext<M>,
  key: ExplainKey,
  options: ExplainOptions,
): Promise<Explanation<M>> {
  const { settings, record } = context;
  const { source, name, query, lookbackSeconds } = settings;
  checkOptions(`Sync "${name}".explain()`, shape, { ...options, key });
  const signal = options.signal ?? new AbortController().signal;
  signal.throwIfAborted();
  const state = (await record.read(signal))?.value ?? emptyState();
  const clock = await callSource("Asking for the source's time", signal, () => source.now({ signal }));
  const now = Math.floor(clock.getTime() / 1000);
  const finder = await RowFinder.open(context, key, wholeWindow(now), signal);
  const found = await finder.findFirst(wholeWindow(now), MOST_ROWS + 1);
  const more = found.length > MOST_ROWS;
  const start = Math.max(0, state.lastSyncTime - lookbackSeconds);
  const hasWindow = query === undefined ? finder.readsAll : query.usesLastSyncTime || query.usesSyncTime;
  const isSeveral = hasWindow && found.length > 1 && !more && !finder.readsAll;
  const rows = isSeveral ? await finder.stable(found, wholeWindow(now)) : found.slice(0, MOST_ROWS);
  const places =
    hasWindow && rows.length > 0
      ? await placesOf({ context, finder, rows, now, start, lastSyncTime: state.lastSyncTime, more })
      : [];
  const made = makeRows(context, finder.columns, rows);
  const readers = { ...settings.readers, ...withoutUndefined(options) };
  const past = await pastOf(context, made, finder.conditions, { readers, signal });
  const snapshot = await SnapshotLookup.open(context, state, signal);
  const column = windowColumn(context);
  const lookedAt = made.filter((_, index) => places[index]?.inNextRun !== false);
  const times = { lastSyncTime: start, syncTime: now };
  const twins = await rowsWithTwins(context, finder, { rows: lookedAt, areAll: !more, times });
  const explained: ExplainedRow<M>[] = [];
  for (const [index, row] of made.entries()) {
    const place = places[index];
    const { key: own, hash } = row.compared ?? {};
    const facts: RowFacts<M> = {
      sync: name,
      isEnabled: settings.enabled,
      state,
      hasNewQuery: state.queryFingerprint !== undefined && state.queryFingerprint !== context.fingerprints.query,
      made: row,
      place,
      past: past.rows[index] ?? { rejected: new Map() },
      hasDeliveries: past.hasDeliveries,
      compared: lookedAt.includes(row) && own && hash ? await snapshot?.compare(own, hash, row.isSkipped) : undefined,
      isDuplicate: twins.has(row),
    };
    explained.push(explainedRow(facts, place && windowOf(place, { column, start, state })));
  }
  const notChecked = notCheckedIn({ finder, places, past });
  const [first] = explained;
  const absent = first ?? (await absentRow(context, state, finder.conditions, snapshot));
  const { code, text, hint } = absent;
  const explanation = {
    sync: name,
    key: Object.fromEntries(
      Object.entries(key).map(([each, given]) => [each, isDate(given) ? given.toISOString() : String(given)]),
    ),
    code,
    text,
    hint,
    rows: explained,
    more,
    lastSyncTime: state.lastSyncTime,
    lastRun: state.history.at(-1),
    notChecked,
  };
  return { ...explanation, toString: () => explanationText(explanation) };
}

interface PlacesParts<M> {
  readonly context: SyncContext<M>;
  readonly finder: RowFinder<M>;
  readonly rows: readonly FoundRow[];
  readonly now: number;
  readonly start: number;
  readonly lastSyncTime: number;
  readonly more: boolean;
}

async function placesOf<M>(parts: PlacesParts<M>): Promise<(WindowPlace | undefined)[]> {
  const { context, finder, rows, now, start, lastSyncTime, more } = parts;
  const { query } = context.settings;
  const how = { isOne: rows.length === 1 && !more, isBounded: query?.usesSyncTime === true, isMany: more };
  const places = await WindowPlaces.open(finder, { now, start, lastSyncTime }, how);
  const found: (WindowPlace | undefined)[] = [];
  for (const row of rows) found.push(await places.placeOf(row));
  return found;
}

function windowOf(
  { time, inNextRun, isBehindEnd }: WindowPlace,
  { column, start, state }: { readonly column: string | undefined; readonly start: number; readonly state: SyncState },
): ExplainedWindow {
  const since = inNextRun ? state.lastSyncTime : start;
  const bySeconds = time === undefined || isBehindEnd ? undefined : time - since;
  return { column, start, time, bySeconds, inNextRun };
}

function explainedRow<M>(facts: RowFacts<M>, window: ExplainedWindow | undefined): ExplainedRow<M> {
  const judged = judgeRow(facts);
  const { made, past } = facts;
  return {
    code: judged.code,
    ...reasonText(facts, judged, window),
    values: made.values,
    messages: made.messages,
    window,
    rejection: judged.rejection,
    delivered: past.delivered,
    run: judged.run,
  };
}

async function absentRow<M>(
  { settings }: SyncContext<M>,
  state: SyncState,
  conditions: readonly KeyCondition[],
  snapshot: SnapshotLookup<M> | undefined,
): Promise<ReasonText & Pick<Explanation<M>, 'code'>> {
  const { enabled, name, changes } = settings;
  if (!enabled) return { code: 'disabled', ...DISABLED };
  if (hasNeverRun(state)) return { code: 'never-ran', ...neverRan(name) };
  const names = changes?.key ?? [];
  const parts = names.map(
    (each) => conditions.find(({ column }) => column.name.toLowerCase() === each.toLowerCase())?.part,
  );
  const isWhole = names.length === conditions.length && parts.every((part) => part !== undefined);
  const wasSent = isWhole && (await snapshot?.hasAccepted(hashOfTexts(parts)));
  return { code: 'not-in-query', ...notInQuery(wasSent === true, changes?.mode === 'mirror') };
}

interface NotCheckedParts<M> {
  readonly finder: RowFinder<M>;
  readonly places: readonly (WindowPlace | undefined)[];
  readonly past: Awaited<ReturnType<typeof pastOf>>;
}

function notCheckedIn<M>({ finder, places, past }: NotCheckedParts<M>): string[] {
  const texts: string[] = [];
  if (places.some((place) => place !== undefined && place.time === undefined && !place.isBehindEnd)) {
    const why = finder.readsAll ? 'the query cannot stand in FROM, so all of its rows were read' : 'they are too many';
    texts.push(`By how much the rows lie outside of the window: ${why}.`);
  }
  if (!past.hasDeliveries) texts.push('What was delivered: the sync has no `deliveryLog` that can be read.');
  if (!past.hasDeadLetters) texts.push('What was rejected: the sync has no `deadLetter` that can be read.');
  return texts;
}

function withoutUndefined({ deliveries, deadLetters }: ExplainOptions): ExplainReaderOptions {
  return { ...(deliveries && { deliveries }), ...(deadLetters && { deadLetters }) };
}
