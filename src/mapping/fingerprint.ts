/** Text that changes when the options do; a function counts by its source text. */
export function fingerprintOf(name: string, options: object): string {
  const entries = Object.entries(options)
    .filter(([, value]) => value !== undefined)
    .sort(([one], [other]) => (one < other ? -1 : 1));
  return JSON.stringify([name, entries], (_key, value: unknown) =>
    typeof value === 'function' ? String(value) : value,
  );
}
