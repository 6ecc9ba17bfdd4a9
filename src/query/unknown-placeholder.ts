/** A name that a parameter can have. */
export const PARAM_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** What dbt puts in before it sends a query ("Jinja and macros", docs.getdbt.com). */
const OF_DBT = /^(?:ref|source|var|env_var|config|adapter|dbt|this|target)\b/;

/** How to write braces that are meant for another program, such as Liquid in a text that a destination renders. */
export function literalBraces(inner: string): string {
  const shown = /^[\w.| :'-]{1,60}$/.test(inner) ? inner.replaceAll("'", "''") : 'name';
  return `Braces that belong to the text are written in two parts: '{' || '{${shown}}}'.`;
}

/**
 * What to do about a placeholder that is none of ours.
 *
 * @param inner - what stands between the braces
 * @param quoted - whether it stands in a quoted string, where no value can be bound
 */
export function unknownPlaceholderHint(inner: string, quoted: boolean, known: readonly string[]): string {
  const names = `Known names: ${known.join(', ')}.`;
  if (!quoted && OF_DBT.test(inner) && !PARAM_NAME.test(inner.replace(/^this$|^target$/, ''))) {
    return `Templates of dbt are not rendered here: write the name of the table, or the SQL of dbt compile. ${names}`;
  }
  const isName = PARAM_NAME.test(inner);
  const pass = 'Others are passed as new QueryTemplate(text, { params: { name: value } })';
  if (quoted) {
    const value = isName ? ` For a value, remove the quotes. ${names} ${pass}.` : '';
    return `${literalBraces(inner)}${value}`;
  }
  return isName ? `${names} ${pass}.` : `${names} ${pass}; a name has letters, digits and _ only.`;
}
