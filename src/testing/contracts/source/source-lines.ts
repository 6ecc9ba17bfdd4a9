import type { BindValue, Statement } from '../../../source/source.js';
import { skip } from '../skip.js';
import { snowflakeTypes } from './snowflake-types.js';
import type { SourceCapabilities, SourceUnderTest, TestSourceOptions } from './source-under-test.js';

type Body<T extends unknown[]> = (test: SourceUnderTest, ...able: T) => Promise<void>;

/** What a line may need that not every source has, beyond its capabilities. */
interface SourceAbilities extends SourceCapabilities {
  readonly types: Exclude<TestSourceOptions['types'], false>;
  readonly echo: Exclude<TestSourceOptions['echo'], false>;
  readonly describe: SourceUnderTest['source']['describe'];
  readonly 'Symbol.asyncDispose': (() => Promise<void>) | undefined;
}

const kinds: { readonly [A in keyof SourceAbilities]?: 'option' | 'member' } = {
  types: 'option',
  echo: 'option',
  describe: 'member',
  'Symbol.asyncDispose': 'member',
};

/** What the lines of the contract of a source are declared with. */
export interface SourceLines {
  /** Rows of the largest result. */
  readonly rows: number;
  readonly counting: (rowCount: number) => Statement;
  readonly empty: Statement;
  readonly refused: Statement;
  /** Declares a line that every source keeps. */
  readonly check: (title: string, body: Body<[]>) => void;
  /** Declares a line that is skipped where something is missing. */
  readonly checkIf: <A extends keyof SourceAbilities>(
    ability: A,
    title: string,
    body: Body<[NonNullable<SourceAbilities[A]>]>,
  ) => void;
}

/** Fills the options of the suite up for Snowflake, and makes a new source for every line. */
export function sourceLines(options: TestSourceOptions): SourceLines {
  const { it, create, counting = countingInSnowflake, types = snowflakeTypes, rows = 5000 } = options;
  const echo = options.echo ?? (options.counting === undefined ? echoInSnowflake : false);
  const abilities = ({ source, capabilities }: SourceUnderTest): SourceAbilities => ({
    ...capabilities,
    types: types === false ? undefined : types,
    echo: echo === false ? undefined : echo,
    describe: source.describe?.bind(source),
    'Symbol.asyncDispose': disposal(source),
  });
  const declare = (title: string, body: (test: SourceUnderTest, given: readonly unknown[]) => Promise<void>): void => {
    it(title, async (...given: readonly unknown[]) => {
      const test = await create();
      try {
        await body(test, given);
      } finally {
        await test.source.close();
        await test.cleanup?.();
      }
    });
  };
  return {
    rows,
    counting,
    empty: options.counting === undefined ? EMPTY : counting(0),
    refused: options.refused ?? { sql: 'SELECT\n  NO_SUCH_COLUMN', binds: [] },
    check: (title, body) => declare(title, (test) => body(test)),
    checkIf: (ability, title, body) =>
      declare(title, async (test, given) => {
        const able = abilities(test)[ability];
        if (able === undefined) skip(given, ability, kinds[ability]);
        else await body(test, able);
      }),
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
