/** `new-orders` → `NewOrders`. */
function joined(sync: string): string {
  const words = sync.split(/[-_]+/).filter((word) => word !== '');
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

/** With its separators: no two names of syncs have the same one. */
function spelled(sync: string): string {
  return sync.charAt(0).toUpperCase() + sync.slice(1).replaceAll('-', '$');
}

function identifier(name: string): string {
  return `${/^\d/.test(name) ? '_' : ''}${name}Row`;
}

/**
 * The name of each sync's row type: `PeopleRow` for `people`, `NewOrdersRow` for `new-orders`. Where two syncs would have
 * the same one, both keep their separators (`New$ordersRow`, `New_ordersRow`), whichever of them comes first: a type
 * never becomes that of another sync in silence.
 */
export function typeNames(syncs: readonly string[]): ReadonlyMap<string, string> {
  const count = new Map<string, number>();
  for (const sync of syncs) count.set(joined(sync), (count.get(joined(sync)) ?? 0) + 1);
  return new Map(syncs.map((sync) => [sync, identifier(count.get(joined(sync)) === 1 ? joined(sync) : spelled(sync))]));
}
