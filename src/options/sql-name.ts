/** A stored name as it is written in SQL, with quotes only where it needs them. */
export function sqlName(stored: string): string {
  return /^[A-Z_][A-Z0-9_$]*$/.test(stored) ? stored : `"${stored.replaceAll('"', '""')}"`;
}

/** The user who signs in, as SQL names it: a plain name in any case, as it is compared without regard to case. */
export function userInSql(username: string): string {
  return /^[A-Za-z_][A-Za-z0-9_$]*$/.test(username) ? username : `"${username.replaceAll('"', '""')}"`;
}
