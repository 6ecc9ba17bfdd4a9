import type { RowMapper } from '../../../mapping/row-mapper.js';
import { contractLines, type Lines } from '../contract-lines.js';
import { boundForms } from './bound-rows.js';
import { makesComparedTexts } from './compared-texts.js';
import type { RowMapperCapabilities, RowMapperUnderTest, TestRowMapperOptions } from './row-mapper-under-test.js';

/** What a line may need that not every mapper has. */
interface RowMapperAbilities extends RowMapperCapabilities {
  readonly toJson: true | undefined;
  readonly canonical: true | undefined;
  readonly explain: RowMapper<never>['explain'];
}

/** What the lines of the contract of a row mapper are declared with. */
export interface RowMapperLines<M> extends Lines<RowMapperUnderTest<M>, RowMapperAbilities> {
  /** Makes the mapper once more. */
  readonly create: () => RowMapperUnderTest<M>;
}

const found = (isThere: boolean): true | undefined => (isThere ? true : undefined);

/** Makes a new mapper for every line. */
export function rowMapperLines<M>(options: TestRowMapperOptions<M>): RowMapperLines<M> {
  const create = (): RowMapperUnderTest<M> => {
    const test = options.create();
    if (test.rows.length < 2) throw new Error('testRowMapper: `create` has to give two rows or more in `rows`.');
    return test;
  };
  const capability = <N extends keyof RowMapperCapabilities>(name: N) => ({
    kind: 'capability' as const,
    of: ({ capabilities }: RowMapperUnderTest<M>): RowMapperCapabilities[N] => capabilities?.[name],
  });
  const lines = contractLines<RowMapperUnderTest<M>, RowMapperAbilities>(
    {
      suite: 'testRowMapper',
      plugIn: 'a row mapper',
      abilities: {
        invalid: capability('invalid'),
        skipped: capability('skipped'),
        missing: capability('missing'),
        wire: capability('wire'),
        toJson: {
          kind: 'member',
          of: (test) => found(boundForms(test).some(({ bound }) => bound.toJson !== undefined)),
        },
        canonical: { kind: 'member', of: (test) => found(boundForms(test).some((form) => makesComparedTexts(form))) },
        explain: { kind: 'member', of: ({ mapper }) => mapper.explain?.bind(mapper) },
      },
      create,
      end: () => Promise.resolve(),
    },
    options,
  );
  return { ...lines, create };
}
