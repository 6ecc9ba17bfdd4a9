import { sleep } from '../../async/sleep.js';
import type { Key } from '../../diff/key/check-key.js';
import { keyHash } from '../../diff/key/key-hash.js';
import type { SnapshotDiff } from '../../diff/snapshot-diff.js';
import { laneKey } from '../../mapping/lane-key.js';
import type { Message } from '../../mapping/message.js';
import type { ColumnExplanation, RowMapper } from '../../mapping/row-mapper.js';
import { mirrorLimited } from '../../query/part-of-rows.js';
import type { Column } from '../../source/source.js';

/** What is worth a look before the first run of a sync with `changes`. */
export interface ChangesWarning {
  readonly code: 'MAPPER_UNSTABLE' | 'LANE_SHARED' | 'MIRROR_LIMITED' | 'IGNORE_UNKNOWN';
  readonly column?: string | undefined;
  readonly message: string;
  readonly fix: string;
}

/** The first rows of a query, and how they are mapped. */
export interface RowsToCheck<M> {
  readonly changes: SnapshotDiff<M>;
  readonly key: Key;
  readonly mapper: RowMapper<M>;
  readonly explained: readonly ColumnExplanation[];
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly unknown[])[];
  readonly sql: string;
  readonly signal: AbortSignal;
}

/** What a clock in a mapper moves on by. */
const A_MOMENT_MS = 20;
const LANE_FIELDS: readonly (string | undefined)[] = ['userId', 'anonymousId', 'groupId', 'previousId'];

type Mapped<M> = (readonly M[] | undefined)[];

/** Maps the rows twice and looks at what the comparison rests on. @throws the signal's reason */
export async function changesWarnings<M>(rows: RowsToCheck<M>): Promise<readonly ChangesWarning[]> {
  const first = mapAll(rows);
  await sleep(A_MOMENT_MS, rows.signal);
  const second = mapAll(rows);
  const limited = rows.changes.mode === 'mirror' ? mirrorLimited(rows.sql) : undefined;
  return [
    ...unstable(rows, first, second),
    ...sharedLanes(rows, first),
    ...(limited === undefined ? [] : [limited]),
    ...unknownIgnored(rows, first),
  ];
}

/** Nothing for a row that cannot be mapped: the preview tells of those. */
function mapAll<M>({ mapper, columns, rows }: RowsToCheck<M>): Mapped<M> {
  const map = mapper.bind(columns);
  return rows.map((values, row) => {
    try {
      const made = map(values, { row, contentIds: false });
      return made === undefined ? [] : Array.isArray(made) ? (made as readonly M[]) : [made as M];
    } catch {
      return undefined;
    }
  });
}

function unstable<M>({ changes }: RowsToCheck<M>, first: Mapped<M>, second: Mapped<M>): ChangesWarning[] {
  const hash = (messages: readonly M[] | undefined, row: number): string | undefined => {
    try {
      return messages && changes.hasher.ofMessages(messages, row).toString('hex');
    } catch {
      return undefined;
    }
  };
  const count = first.filter((messages, row) => hash(messages, row) !== hash(second[row], row)).length;
  if (count === 0) return [];
  return [
    {
      code: 'MAPPER_UNSTABLE',
      message: `${count} of ${first.length} rows became other messages when they were mapped a second time: every run sends them again.`,
      fix: "Take out what changes by itself, such as new Date() or a random id, or leave it out of the comparison: ignore: ['seen_at'].",
    },
  ];
}

/** The order of rows is that of their keys: within a lane it is the query's only for rows of one key. */
function sharedLanes<M>({ key, mapper, explained, rows, changes }: RowsToCheck<M>, first: Mapped<M>): ChangesWarning[] {
  const names = key.parts.map(({ column }) => column.name);
  const inLane = explained.filter(({ becomes }) => LANE_FIELDS.includes(becomes)).map(({ column }) => column);
  const apart = inLane.length === 0 ? [] : names.filter((name) => !inLane.includes(name));
  if (apart.length === 0 && !areShared(key, mapper, rows, first)) return [];
  return [
    {
      code: 'LANE_SHARED',
      column: names.join(', '),
      message:
        'Rows with different keys become messages about the same person or group: between them the order is that of the hashed keys, not that of the query.',
      fix:
        changes.mode === 'append'
          ? 'Nothing to do where the messages have a timestamp.'
          : "Name what the messages are about as the key: key: ['userId'], with one row for each.",
    },
  ];
}

function areShared<M>(
  key: Key,
  mapper: RowMapper<M>,
  rows: readonly (readonly unknown[])[],
  first: Mapped<M>,
): boolean {
  const keyOfLane = new Map<string, string>();
  const lanesOf = (message: M): readonly unknown[] => {
    const lanes = mapper.key === undefined ? laneKey(message as Message) : mapper.key(message);
    return Array.isArray(lanes) ? lanes : [lanes];
  };
  return rows.some((values, row) => {
    const hash = keyHash(key, values, row)?.toString('hex');
    if (hash === undefined) return false;
    return (first[row] ?? []).flatMap(lanesOf).some((lane) => {
      if (typeof lane !== 'string') return false;
      const other = keyOfLane.get(lane);
      keyOfLane.set(lane, hash);
      return other !== undefined && other !== hash;
    });
  });
}

function unknownIgnored<M>({ changes, explained }: RowsToCheck<M>, first: Mapped<M>): ChangesWarning[] {
  const known = new Set(explained.flatMap(({ becomes }) => becomes?.split('.').slice(1).join('.') ?? []));
  for (const message of first.flatMap((messages) => messages ?? [])) {
    if (typeof message !== 'object' || message === null) continue;
    const { traits, properties } = message as { readonly traits?: unknown; readonly properties?: unknown };
    for (const bag of [message, traits, properties]) {
      if (typeof bag === 'object' && bag !== null) for (const name of Object.keys(bag)) known.add(name);
    }
  }
  const unknown = first.length === 0 ? [] : changes.ignore.filter((name) => !known.has(name));
  return unknown.map((name) => ({
    code: 'IGNORE_UNKNOWN',
    column: name,
    message: `\`ignore\` names ${name}, but no message of these rows has a trait or property of that name.`,
    fix: 'Write the name as it stands in the messages, with its capitals, or leave it out of `ignore`.',
  }));
}
