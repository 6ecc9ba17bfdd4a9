import { secretHeaders } from '../http/masked-reply.js';
import type { ActionDestinationSinkOptions } from './action-options.js';
import type { PreparedAction } from './prepare-action.js';

/** Shorter settings are regions, versions and switches. */
const SHORTEST_KEY = 8;

/** What a destination may repeat of what it was sent as credentials: settings, and headers of the mapping and options. */
export function secretsOfAction(
  { mapping }: PreparedAction,
  { settings, headers }: ActionDestinationSinkOptions,
): readonly string[] {
  const mapped = textsOf(mapping['headers']).filter((text) => !text.includes('{{') && !text.startsWith('$.'));
  return [...textsOf(settings).filter(({ length }) => length >= SHORTEST_KEY), ...mapped, ...secretHeaders(headers)];
}

function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsOf) : [];
}
