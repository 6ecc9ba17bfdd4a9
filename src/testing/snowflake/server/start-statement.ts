import { type SessionContext, SnowflakeSqlError, type WireBind } from '../sql/types/sql-engine.js';
import { checkParameters, sessionParameter } from '../sql/parameters/parameter-levels.js';
import type { ParameterValue } from '../sql/types/parameter-value.js';
import type { Statement } from '../results/statement.js';
import type { StatementStore } from '../results/statement-store.js';

/** A bind variable; an array binds a row each. */
export interface Binding {
  readonly type: string;
  readonly value: string | null | readonly (string | null)[];
}

/** A statement as a client sends it. */
export interface SubmittedStatement {
  readonly requestId: string;
  readonly sql: string;
  /** By position, from "1". */
  readonly bindings: Readonly<Record<string, Binding>>;
  readonly parameters: ReadonlyMap<string, ParameterValue>;
  readonly describeOnly?: boolean;
}

/** Starts what a client sent: one statement, several (`MULTI_STATEMENT_COUNT`), or one per row of array binds. */
export function startStatement(store: StatementStore, context: SessionContext, sent: SubmittedStatement): Statement {
  try {
    checkParameters(sent.parameters, 'STATEMENT');
  } catch (error) {
    if (error instanceof SnowflakeSqlError) return store.fail(context, sent, error);
    throw error;
  }
  const binds = Object.entries(sent.bindings)
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, binding]) => binding);
  const rowCounts = binds.map(({ value }) => (typeof value === 'object' && value !== null ? value.length : undefined));
  const rows = rowCounts.find((count) => count !== undefined);
  if (rows !== undefined) {
    const rowBinds = Array.from({ length: rows }, (_, row) => binds.map((bind) => bindOfRow(bind, row)));
    return store.startBulk(context, sent, rowBinds);
  }
  const run = { ...sent, binds: binds.map((bind) => bindOfRow(bind, 0)) };
  const expected = Number(
    sent.parameters.get('MULTI_STATEMENT_COUNT') ?? sessionParameter(context, 'MULTI_STATEMENT_COUNT').value,
  );
  if (expected === 1) return store.start(context, run);
  const texts = splitStatements(sent.sql);
  if (expected !== 0 && texts.length !== expected) {
    const message = `Actual statement count ${texts.length} did not match the desired statement count ${expected}.`;
    return store.fail(context, run, new SnowflakeSqlError('000008', '0A000', message));
  }
  return store.startAll(context, run, texts);
}

function bindOfRow({ type, value }: Binding, row: number): WireBind {
  if (typeof value === 'object' && value !== null) return { type, value: value[row] ?? null };
  return { type, value };
}

/** What keeps a semicolon from ending a statement: strings, quoted names, `$$` bodies and comments. */
const TOKENS = /'(?:[^'\\]|\\[^]|'')*'|"(?:[^"]|"")*"|\$\$[^]*?\$\$|--[^\n]*|\/\/[^\n]*|\/\*[^]*?\*\/|;|[^]/g;

/** Cuts a text at its semicolons. Parts without any SQL are left out. */
export function splitStatements(sql: string): readonly string[] {
  const statements: string[] = [];
  let current = '';
  let hasSql = false;
  const end = () => {
    if (hasSql) statements.push(current.trim());
    current = '';
    hasSql = false;
  };
  for (const [token] of sql.matchAll(TOKENS)) {
    if (token === ';') {
      end();
      continue;
    }
    current += token;
    const isComment = token.length > 1 && /^(--|\/\/|\/\*)/.test(token);
    if (!isComment && token.trim() !== '') hasSql = true;
  }
  end();
  return statements;
}
