import { codeOf } from '../../errors/code-of.js';
import { SnowmeltError } from '../../errors/errors.js';
import { postgresErrors } from '../../state/stores/postgres-errors.js';
import { redisErrors } from '../../state/stores/redis-errors.js';

/** What the queue is on. */
export type QueueStore = 'Redis' | 'PostgreSQL';

const STORES = { Redis: redisErrors, PostgreSQL: postgresErrors('The queue', 'QUEUE_UNAVAILABLE') } as const;

/** These pass, whatever a state store makes of them: BullMQ connects again. */
const CONNECTING = /^(?:connection closed|MaxRetriesPerRequestError)$/;
const CONNECTION_LOST = /connection|timeout|socket/i;

/** Why a call of the queue failed: a code or a name, never a text, which may hold what was sent. */
export function reasonOf(store: QueueStore, error: unknown): string {
  const named = error instanceof Error ? error.name : typeof error;
  return STORES[store].reasonOf?.(error) ?? codeOf(error) ?? named;
}

/** Whether another try would meet the same error: a refused password, what BullMQ itself refuses. */
export function isRefusal(store: QueueStore, error: unknown): boolean {
  const reason = reasonOf(store, error);
  if (CONNECTING.test(reason)) return false;
  if (error instanceof Error && reason === 'Error') return !CONNECTION_LOST.test(error.message);
  return STORES[store].fault(reason).isFinal;
}

/** A call of the queue that came to nothing. */
export function queueUnavailable(store: QueueStore, what: string, reason: string | undefined): SnowmeltError {
  const hint =
    reason === undefined
      ? `${store} takes connections but does not answer: look at the server. Asked twice, it is done once.`
      : `${STORES[store].fault(reason).hint} Asked twice, it is done once.`;
  return new SnowmeltError('QUEUE_UNAVAILABLE', `${what}: the queue in ${store} ${said(reason)}.`, { hint });
}

function said(reason: string | undefined): string {
  return reason === undefined ? 'gave no answer' : `could not be asked (${reason})`;
}
