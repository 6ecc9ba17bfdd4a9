import { ConfigError } from '../../errors/errors.js';
import { maskSecrets } from '../../http/mask-secrets.js';
import type { ContractOptions } from './contract-runner.js';
import { brokenRule, held } from './rule.js';
import { isUnderJest, reasonOf, skippedName, skipRunning } from './skip.js';

/** What a line may need: found in a plug-in that was made, or known from the options before. */
type Ability<T, V> =
  | { readonly kind: 'capability' | 'member'; readonly of: (test: T) => V | undefined }
  | { readonly kind: 'option'; readonly value: V | undefined };

/** All that lines of a contract may need. */
export type Abilities<T, A extends object> = { readonly [N in keyof A & string]-?: Ability<T, A[N]> };

/** A kind of plug-in, and how to make one to be tested. */
export interface Suite<T, A extends object> {
  /** The function that declares it, for what is told to type. */
  readonly suite: string;
  /** With its article: "a sink". */
  readonly plugIn: string;
  readonly abilities: Abilities<T, A>;
  readonly create: () => Promise<T> | T;
  /** Closes the plug-in and removes what the test left. */
  readonly end: (test: T) => Promise<void>;
  /** Texts that no failure may show. */
  readonly secrets?: ((test: T) => readonly (string | undefined)[]) | undefined;
}

/** Declares the lines of a contract. */
export interface Lines<T, A extends object> {
  /** Declares a line that every plug-in keeps. */
  readonly check: (rule: string, body: (test: T) => Promise<void> | void) => void;
  /** Declares a line that is skipped where something is missing. */
  readonly checkIf: <N extends keyof A & string>(
    needed: N,
    rule: string,
    body: (test: T, able: NonNullable<A[N]>) => Promise<void> | void,
  ) => void;
  /** Declares what has to stand after all lines. */
  readonly finish: () => void;
}

/**
 * Declares lines of which every failure names its rule and what the plug-in did, and every skip is shown.
 *
 * @throws ConfigError `CONFIG_INVALID` for an ability that there is none of
 */
export function contractLines<T, A extends object>(
  suite: Suite<T, A>,
  { it, abilities }: ContractOptions<string>,
): Lines<T, A> {
  assertKnown(suite, abilities);
  const chosen = abilities ?? (isUnderJest() ? [] : undefined);

  /** `body` returns why the line does not apply. */
  const declare = (rule: string, body: (test: T) => Promise<string | undefined>): void => {
    it(rule, async function (this: unknown, ...given: readonly unknown[]) {
      const test = await suite.create();
      const reason = await judged(suite, test, rule, () => body(test));
      if (reason === undefined || skipRunning(this, given, reason)) return;
      const cure = beforehand(suite.suite, namesOf(suite, test));
      throw new Error(
        `Not tested: ${suite.plugIn} ${rule}: ${reason}. The runner cannot skip a test that runs. ${cure}`,
      );
    });
  };

  return {
    check: (rule, body) =>
      declare(rule, async (test) => {
        await body(test);
        return undefined;
      }),
    checkIf: (needed, rule, body) => {
      const ability: Ability<T, A[typeof needed]> = suite.abilities[needed];
      const reason = reasonOf(ability.kind, needed);
      const isChosen = chosen === undefined || chosen.includes(needed);
      if (ability.kind === 'option' ? ability.value === undefined : !isChosen) {
        (it.skip ?? it)(skippedName(rule, reason), () => Promise.resolve());
        return;
      }
      declare(rule, async (test) => {
        const able = ability.kind === 'option' ? ability.value : ability.of(test);
        held(able !== undefined || chosen === undefined, `\`abilities\` names \`${needed}\`, and there is ${reason}`);
        if (able === undefined || able === null) return reason;
        await body(test, able);
        return undefined;
      });
    },
    finish: () => {
      if (chosen === undefined) return;
      declare('is tested for all that it can do', async (test) => {
        const names = namesOf(suite, test);
        const left = names.filter((name) => !chosen.includes(name)).map((name) => `\`${name}\``);
        held(left.length === 0, `lines that need ${left.join(', ')} were skipped. ${beforehand(suite.suite, names)}`);
        return undefined;
      });
    },
  };
}

/** Runs a line on a plug-in and ends both. */
async function judged<T, A extends object, R>(
  { plugIn, secrets, end }: Suite<T, A>,
  test: T,
  rule: string,
  body: () => Promise<R>,
): Promise<R> {
  const hidden = (secrets?.(test) ?? []).filter((secret) => secret !== undefined);
  const contract = { plugIn, rule, mask: (text: string): string => maskSecrets(text, hidden) };
  const [outcome] = await Promise.allSettled([body()]);
  // What the end says after a failure is not what is looked for.
  const [ended] = await Promise.allSettled([end(test)]);
  if (outcome.status === 'rejected') throw brokenRule(outcome.reason, contract);
  if (ended.status === 'rejected') throw brokenRule(ended.reason, contract);
  return outcome.value;
}

/** The names by which `abilities` may choose. */
function choices<T, A extends object>({ abilities }: Suite<T, A>): readonly (keyof A & string)[] {
  const names = Object.keys(abilities) as (keyof A & string)[];
  return names.filter((name) => abilities[name].kind !== 'option');
}

/** What there is to be tested. */
function namesOf<T, A extends object>(suite: Suite<T, A>, test: T): readonly string[] {
  return choices(suite).filter((name) => {
    const ability: Ability<T, A[typeof name]> = suite.abilities[name];
    return ability.kind !== 'option' && ability.of(test) !== undefined;
  });
}

function beforehand(suite: string, names: readonly string[]): string {
  const list = names.map((name) => `'${name}'`).join(', ');
  return `Say beforehand what there is to test: ${suite}({ …, abilities: [${list}] }).`;
}

function assertKnown<T, A extends object>(suite: Suite<T, A>, abilities: readonly string[] | undefined): void {
  const known: readonly string[] = choices(suite);
  const wrong = abilities?.find((name) => !known.includes(name));
  if (wrong === undefined) return;
  throw new ConfigError('CONFIG_INVALID', `${suite.suite}: abilities: there is no "${wrong}".`, {
    hint: `Write one of ${known.join(', ')}.`,
  });
}
