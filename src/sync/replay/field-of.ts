const IDS = ['userId', 'anonymousId', 'groupId', 'previousId'];

/** An id under the column's name in any case, as the mappers take it; else the trait or property of that very name. */
export function fieldOf(message: unknown, column: string): unknown {
  const id = IDS.find((name) => name.toLowerCase() === column.toLowerCase());
  if (id !== undefined) return inside(message, id);
  return inside(inside(message, 'traits'), column) ?? inside(inside(message, 'properties'), column);
}

function inside(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (Reflect.get(value, key) as unknown) : undefined;
}
