/** The six kinds of call. */
export const callTypes: ReadonlySet<unknown> = new Set(['identify', 'track', 'group', 'page', 'screen', 'alias']);

/** Whether a message is one of the six calls and not a host's own. */
export function isCall(message: unknown): boolean {
  return typeof message === 'object' && message !== null && 'type' in message && callTypes.has(message.type);
}
