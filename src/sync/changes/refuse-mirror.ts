import type { KeyPart } from '../../diff/key/check-key.js';
import { ConfigError } from '../../errors/errors.js';
import { laneKey } from '../../mapping/lane-key.js';
import type { RowMapper } from '../../mapping/row-mapper.js';
import type { Column } from '../../source/source.js';

/** Who a call is about, by its fields: the first one that the query has, and all of them for an alias. */
const SUBJECT: Readonly<Record<string, readonly string[]>> = {
  identify: ['userId', 'anonymousId'],
  track: ['userId', 'anonymousId'],
  page: ['userId', 'anonymousId'],
  screen: ['userId', 'anonymousId'],
  group: ['userId', 'anonymousId', 'groupId'],
};

/**
 * A removal has to name exactly what its key names. Of the built-in mappers it is known whom their calls are about; for
 * others it is the duty of the host.
 *
 * @throws ConfigError `CONFIG_INVALID` when the key columns do not tell whom a call is about, or tell more
 */
export function refuseMirror<M>(
  mapper: RowMapper<M>,
  columns: readonly Column[],
  parts: readonly Pick<KeyPart, 'column'>[],
): void {
  const { callType } = mapper;
  if (mapper.key !== laneKey || mapper.explain === undefined) return;
  const explained = mapper.explain(columns);
  const columnOf = (field: string): string | undefined => explained.find(({ becomes }) => becomes === field)?.column;
  const fields = callType === 'alias' ? ['userId', 'previousId'] : (SUBJECT[callType] ?? []);
  const found = fields.map(columnOf).filter((column) => column !== undefined);
  const subject = callType === 'alias' ? found : found.slice(0, 1);
  const keys = new Set(parts.map(({ column }) => column.name));
  const missing = subject.filter((column) => !keys.has(column));
  if (missing.length > 0) {
    const names = missing.join(' and ');
    throw invalid(
      `mode "mirror" cannot remove by a \`key\` without ${names}, which tells whom a call is about`,
      `Add it to the key: key: [${[...missing, ...keys].map((name) => `'${name}'`).join(', ')}].`,
    );
  }
  // Several rows of one person: when one of them goes, the person is still there.
  const more = callType === 'identify' ? [...keys].filter((name) => !subject.includes(name)) : [];
  if (more.length === 0) return;
  throw invalid(
    `mode "mirror" cannot remove a person by a \`key\` with ${more.join(' and ')} besides`,
    `Write key: [${subject.map((name) => `'${name}'`).join(', ')}] and select one row per person.`,
  );
}

function invalid(problem: string, hint: string): ConfigError {
  return new ConfigError('CONFIG_INVALID', `snapshotDiff: ${problem}.`, { hint });
}
