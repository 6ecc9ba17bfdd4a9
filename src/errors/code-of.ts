/**
 * The `code` of an error of Node or of a library. Its class is not asked for: under Jest the errors of Node's own
 * modules come from another realm, where `instanceof Error` is false.
 */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
