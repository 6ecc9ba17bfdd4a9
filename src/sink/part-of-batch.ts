/** The values at some places, in their order. */
export function pick<T>(values: readonly T[], places: readonly number[]): T[] {
  return places.flatMap((place) => (place < values.length ? [values[place] as T] : []));
}

/** Moves what a sink said about a part of a batch to the places of that part in the whole. */
export function placeAt<T extends { readonly index: number }>(
  entries: readonly T[] | undefined,
  places: readonly number[],
): T[] {
  // An index outside the part stays wrong, so that the engine reports it.
  return (entries ?? []).map((entry) => ({ ...entry, index: places[entry.index] ?? -1 }));
}
