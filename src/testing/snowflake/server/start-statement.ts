import * as z from 'zod';
import { type SessionContext, SnowflakeSqlError, type WireBatch, type WireBind } from '../sql/types/sql-engine.js';
import { checkParameters, sessionParameter } from '../sql/parameters/parameter-levels.js';
import type { ParameterValue } from '../sql/types/parameter-value.js';
import type { Statement } from '../results/statement.js';
import type { RunRequest, StatementStore } from '../results/statement-store.js';

/** A bind variable; an array binds a row each. */
export interface Binding {
  readonly type: string;
  readonly value: string | null | readonly (string | null)[];
}

/** Bindings are named by their position, from 1. */
export const bindPosition = z.string().regex(/^[1-9]\d{0,4}$/);

/** A statement as a client sends it. */
export interface SubmittedStatement {
  readonly requestId: string;
  readonly sql: string;
  /** By position, from "1". */
  readonly bindings: Readonly<Record<string, Binding>>;
  readonly parameters: ReadonlyMap<string, ParameterValue>;
  readonly describeOnly?: boolean;
}

type Placed = Pick<RunRequest, 'binds' | 'batch'>;

/** Starts what a client sent: one statement or several (`MULTI_STATEMENT_COUNT`), which take no binds. */
export function startStatement(store: StatementStore, context: SessionContext, sent: SubmittedStatement): Statement {
  try {
    checkParameters(sent.parameters, 'STATEMENT');
  } catch (error) {
    if (error instanceof SnowflakeSqlError) return store.fail(context, sent, error);
    throw error;
  }
  const placed = placeBindings(sent.bindings);
  if (placed instanceof SnowflakeSqlError) return store.fail(context, sent, placed);
  const run = { ...sent, ...placed };
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

/** Bindings by position, with gaps where the client left a variable out. One array makes all of them array binds. */
function placeBindings(bindings: SubmittedStatement['bindings']): Placed | SnowflakeSqlError {
  const binds: (WireBind | undefined)[] = [];
  const batch: (WireBatch | undefined)[] = [];
  let size: number | undefined;
  for (const [key, { type, value }] of Object.entries(bindings)) {
    const index = Number(key) - 1;
    while (binds.length <= index) {
      binds.push(undefined);
      batch.push(undefined);
    }
    if (typeof value === 'object' && value !== null) {
      batch[index] = { type, values: value };
      size ??= value.length;
    } else {
      binds[index] = { type, value };
      batch[index] = { type, values: [value] };
    }
  }
  if (size === undefined) return { binds };
  // An array of no rows sets nothing.
  if (size === 0) return { binds: [] };
  const [first] = batch.filter((each) => each !== undefined);
  const expected = first?.values.length ?? size;
  const odd = batch.findIndex((each) => each !== undefined && each.values.length !== expected);
  if (odd < 0) return { binds: [], batch };
  const message = `Batch size of ${batch[odd]?.values.length} for bind variable ${odd + 1} not the same as previous size of ${expected}.`;
  return new SnowflakeSqlError('002099', '42601', `SQL compilation error: ${message}`);
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
