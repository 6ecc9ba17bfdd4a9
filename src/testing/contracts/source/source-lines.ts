import type { BindValue, Statement } from '../../../source/source.js';
import { contractLines, type Abilities, type Lines } from '../contract-lines.js';
import { snowflakeTypes } from './snowflake-types.js';
import type { SourceCapabilities, SourceUnderTest, TestSourceOptions } from './source-under-test.js';

/** What a line may need that not every source has, beyond its capabilities. */
interface SourceAbilities extends SourceCapabilities {
  readonly types: Exclude<TestSourceOptions['types'], false>;
  readonly echo: Exclude<TestSourceOptions['echo'], false>;
  readonly describe: SourceUnderTest['source']['describe'];
  readonly 'Symbol.asyncDispose': (() => Promise<void>) | undefined;
}

/** What the lines of the contract of a source are declared with. */
export interface SourceLines extends Lines<SourceUnderTest, SourceAbilities> {
  /** Rows of the largest result. */
  readonly rows: number;
  readonly counting: (rowCount: number) => Statement;
  readonly empty: Statement;
  readonly refused: Statement;
}

/** Fills the options of the suite up for Snowflake, and makes a new source for every line. */
export function sourceLines(options: TestSourceOptions): SourceLines {
  const { create, counting = countingInSnowflake, types = snowflakeTypes, rows = 5000 } = options;
  const echo = options.echo ?? (options.counting === undefined ? echoInSnowflake : false);
  const capability = <N extends keyof SourceCapabilities>(name: N) => ({
    kind: 'capability' as const,
    of: ({ capabilities }: SourceUnderTest): SourceCapabilities[N] => capabilities?.[name],
  });
  const abilities: Abilities<SourceUnderTest, SourceAbilities> = {
    another: capability('another'),
    expire: capability('expire'),
    reorder: capability('reorder'),
    slow: capability('slow'),
    secret: capability('secret'),
    types: { kind: 'option', value: types === false ? undefined : types },
    echo: { kind: 'option', value: echo === false ? undefined : echo },
    describe: { kind: 'member', of: ({ source }) => source.describe?.bind(source) },
    'Symbol.asyncDispose': { kind: 'member', of: ({ source }) => disposal(source) },
  };
  const lines = contractLines<SourceUnderTest, SourceAbilities>(
    {
      suite: 'testSource',
      plugIn: 'a source',
      abilities,
      create,
      end: async ({ source, cleanup }) => {
        try {
          await source.close();
        } finally {
          await cleanup?.();
        }
      },
      secrets: ({ capabilities }) => [capabilities?.secret],
    },
    options,
  );
  return {
    ...lines,
    rows,
    counting,
    empty: options.counting === undefined ? EMPTY : counting(0),
    refused: options.refused ?? { sql: 'SELECT\n  NO_SUCH_COLUMN', binds: [] },
  };
}

const EMPTY: Statement = { sql: "SELECT 1 AS N, 'x' AS T WHERE 1 = 0", binds: [] };

function countingInSnowflake(rowCount: number): Statement {
  const sql = `SELECT ROW_NUMBER() OVER (ORDER BY NULL) - 1 AS N FROM TABLE(GENERATOR(ROWCOUNT => ${rowCount})) ORDER BY N`;
  return { sql, binds: [] };
}

function echoInSnowflake(bind: BindValue): Statement {
  const echoed = { number: '? + 0', boolean: 'IFF(?, TRUE, FALSE)' }[typeof bind as string] ?? '?';
  return { sql: `SELECT ${echoed} AS V`, binds: [bind] };
}

/** Not a member of `Source`: `await using` is a comfort. */
function disposal(source: object): (() => Promise<void>) | undefined {
  const dispose: unknown = Reflect.get(source, Symbol.asyncDispose);
  if (typeof dispose !== 'function') return undefined;
  return async () => {
    await Reflect.apply(dispose, source, []);
  };
}
