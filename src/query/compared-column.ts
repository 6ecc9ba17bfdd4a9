import { tokenizeSql } from './tokenize-sql.js';

/** A column that the query compares with `{{last_sync_time}}`. */
export interface ComparedColumn {
  /** As written: `p.LAST_UPDATED`. */
  readonly column: string;
  /** The last part as written. */
  readonly name: string;
  /** As written; `undefined` when it is not clear which table the column belongs to. */
  readonly table: string | undefined;
  /** What stands after the colon of the placeholder; `function` when a function is around the placeholder. */
  readonly form: string;
}

type Token =
  | { readonly kind: 'name' | 'mark' | 'text'; readonly text: string }
  | { readonly kind: 'placeholder'; readonly text: string; readonly form: string };

const CODE = /[A-Za-z_][A-Za-z0-9_$]*|::|>=|<=|<>|!=|=>|->>|\|\||\d[\w.]*|\S/g;
const COMPARISONS = new Set(['>=', '>', '<=', '<', '=', 'BETWEEN']);
/** What may stand before a compared column; anything else, such as `+`, makes it a part of an expression. */
const BEFORE = new Set(['WHERE', 'AND', 'OR', 'NOT', 'ON', 'HAVING', 'QUALIFY', 'WHEN', '(', ',']);
const AFTER = new Set(['AND', 'OR', ')', 'GROUP', 'ORDER', 'HAVING', 'QUALIFY', 'LIMIT', 'UNION', 'THEN', ';', '']);
const NO_ALIAS = new Set(
  'WHERE JOIN INNER LEFT RIGHT FULL CROSS NATURAL LATERAL ON USING GROUP ORDER HAVING QUALIFY LIMIT UNION AT BEFORE CHANGES TABLESAMPLE SAMPLE ASOF'.split(
    ' ',
  ),
);

const word = (token: Token | undefined): string =>
  token === undefined ? '' : token.text.startsWith('"') ? token.text : token.text.toUpperCase();

function tokens(query: string): readonly Token[] {
  return tokenizeSql(query).flatMap((piece): Token[] => {
    if (piece.kind === 'placeholder') {
      const [name = '', ...form] = piece.inner.split(':');
      return [{ kind: 'placeholder', text: name.trim(), form: form.join(':').trim() }];
    }
    if (piece.kind === 'comment') return [];
    if (piece.kind === 'literal') return [{ kind: piece.text.startsWith('"') ? 'name' : 'text', text: piece.text }];
    return (piece.text.match(CODE) ?? []).map((text) => ({ kind: /^[A-Za-z_]/.test(text) ? 'name' : 'mark', text }));
  });
}

/** The dotted name that ends (`step` -1) or begins (1) at a token. */
function dottedName(all: readonly Token[], at: number, step: 1 | -1): string[] {
  const parts: string[] = [];
  for (let index = at; all[index]?.kind === 'name'; index += 2 * step) {
    parts.push(all[index]?.text ?? '');
    if (all[index + step]?.text !== '.') break;
  }
  return step === 1 ? parts : parts.reverse();
}

interface TableRef {
  /** `undefined` for a subquery, a CTE or a function. */
  readonly table: string | undefined;
  readonly alias: string;
}

/** Tables of the query block around a token, as far as they stand before it. */
function tablesBefore(all: readonly Token[], at: number): TableRef[] {
  let from = -1;
  for (let index = at, depth = 0; index >= 0 && from < 0; index -= 1) {
    const text = word(all[index]);
    if (text === ')') depth += 1;
    else if (text === '(') depth = Math.max(0, depth - 1);
    else if (text === 'FROM' && depth === 0) from = index;
  }
  if (from < 0) return [];
  const ctes = new Set(
    all.flatMap((token, index) =>
      word(all[index + 1]) === 'AS' &&
      all[index + 2]?.text === '(' &&
      /^(?:WITH|RECURSIVE|,)$/.test(word(all[index - 1]))
        ? [word(token)]
        : [],
    ),
  );
  const found: TableRef[] = [];
  for (let index = from, depth = 0; index < at; index += 1) {
    const text = word(all[index]);
    if (text === '(') depth += 1;
    if (text === ')') depth -= 1;
    if (depth === 0 && (text === 'WHERE' || text === 'GROUP')) break;
    if (depth !== 0 || !(text === 'FROM' || text === 'JOIN' || (text === ',' && found.length > 0))) continue;
    const parts = dottedName(all, index + 1, 1);
    const next = index + Math.max(1, 2 * parts.length);
    const isDerived =
      parts.length === 0 ||
      all[next]?.text === '(' ||
      (parts.length === 1 && ctes.has(word({ kind: 'name', text: parts[0] ?? '' })));
    const aliasAt = word(all[next]) === 'AS' ? next + 1 : next;
    const hasAlias = all[aliasAt]?.kind === 'name' && !NO_ALIAS.has(word(all[aliasAt]));
    const alias = word(hasAlias ? all[aliasAt] : { kind: 'name', text: parts.at(-1) ?? '' });
    found.push({ table: isDerived ? undefined : parts.join('.'), alias });
  }
  return found;
}

function tableOf(path: readonly string[], tables: readonly TableRef[]): string | undefined {
  const qualifier = path.length > 1 ? word({ kind: 'name', text: path.at(-2) ?? '' }) : undefined;
  const fitting = qualifier === undefined ? tables : tables.filter(({ alias }) => alias === qualifier);
  return fitting.length === 1 ? fitting[0]?.table : undefined;
}

/**
 * Finds the columns that stand alone on one side of a comparison with `{{last_sync_time}}` on the other. Expressions
 * are not looked into, and a column is placed only when one plain table can be meant.
 */
export function comparedColumns(query: string): readonly ComparedColumn[] {
  const all = tokens(query);
  const found = new Map<string, ComparedColumn>();
  all.forEach((token, index) => {
    if (token.kind !== 'placeholder' || token.text !== 'last_sync_time') return;
    let [left, right, form] = [index - 1, index + 1, token.form];
    // The halves of a quoted string around the placeholder.
    if (all[left]?.kind === 'text' && all[right]?.kind === 'text') [left, right] = [left - 1, right + 1];
    if (all[left]?.text === '(' && all[right]?.text === ')' && all[left - 1]?.kind === 'name') {
      if (!BEFORE.has(word(all[left - 1]))) [left, right, form] = [left - 2, right + 1, 'function'];
    }
    const beforeIt = COMPARISONS.has(word(all[left])) ? dottedName(all, left - 1, -1) : [];
    const afterIt = COMPARISONS.has(word(all[right])) ? dottedName(all, right + 1, 1) : [];
    const start = left - 2 * beforeIt.length;
    const end = right + 2 * afterIt.length;
    const path =
      beforeIt.length > 0 && BEFORE.has(word(all[start]))
        ? beforeIt
        : afterIt.length > 0 && AFTER.has(word(all[end]))
          ? afterIt
          : undefined;
    if (path === undefined) return;
    const column = path.join('.');
    const name = path.at(-1) ?? '';
    found.set(`${column} ${form}`, { column, name, table: tableOf(path, tablesBefore(all, index)), form });
  });
  return [...found.values()];
}

/** Whether the query has `> {{last_sync_time}}`, or the same the other way round. */
export function hasStrictComparison(query: string): boolean {
  const all = tokens(query);
  return all.some((token, index) => {
    if (token.kind !== 'placeholder' || token.text !== 'last_sync_time') return false;
    let [left, right] = [index - 1, index + 1];
    // The halves of a quoted string, then functions and brackets that hold nothing else.
    if (all[left]?.kind === 'text' && all[right]?.kind === 'text') [left, right] = [left - 1, right + 1];
    while (all[left]?.text === '(' && all[right]?.text === ')') {
      const isCall = all[left - 1]?.kind === 'name' && !BEFORE.has(word(all[left - 1]));
      [left, right] = [left - (isCall ? 2 : 1), right + 1];
    }
    return word(all[left]) === '>' || word(all[right]) === '<';
  });
}
