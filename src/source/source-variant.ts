import type { SignIn } from './auth/sign-in.js';
import type { SignInOptions } from './auth/sign-in-options.js';
import type { Source } from './source.js';

/** How a source is to sign in otherwise than it does, to find out why it is refused. */
export interface SourceChange {
  readonly authenticator?: 'PROGRAMMATIC_ACCESS_TOKEN' | 'OAUTH' | undefined;
  readonly withoutRole?: boolean | undefined;
  readonly withoutUser?: boolean | undefined;
}

/** What `diagnose` may ask of a source beyond its interface. */
export interface SignInFacts {
  /** Whether another token can be had when one is refused. */
  readonly renews: boolean;
  /** When the token last used says that it ends. */
  readonly endsAt: () => Date | undefined;
  /** A source of its own with the token last used; `undefined` when there is none. */
  readonly variant: (change: SourceChange) => Source | undefined;
}

/** Under which a source keeps them for the rest of the package, whichever build of it made the source. */
const FACTS = Symbol.for('snowmelt.sign-in-facts');

/**
 * Lets `diagnose` find them.
 *
 * @param options - of the source, checked
 * @param make - another source of the same kind
 */
export function shareSignIn<O extends SignInOptions & { readonly role?: string | undefined }>(
  source: object,
  signIn: SignIn,
  options: O,
  make: (options: O) => Source,
): void {
  const tokens = signIn.authenticator === 'SNOWFLAKE_JWT' ? undefined : signIn.tokens;
  const facts: SignInFacts = {
    renews: tokens === undefined || tokens.renews,
    endsAt: () => tokens?.endsAt,
    variant: ({ authenticator = options.authenticator, withoutRole, withoutUser }) => {
      const token = tokens?.last;
      if (token === undefined) return undefined;
      const role = withoutRole === true ? undefined : options.role;
      const username = withoutUser === true ? undefined : options.username;
      return make({ ...options, authenticator, token, role, username });
    },
  };
  Object.defineProperty(source, FACTS, { value: facts });
}

/** What a source shared; `undefined` for one of another kind. */
export function signInFactsOf(source: object): SignInFacts | undefined {
  return Reflect.get(source, FACTS) as SignInFacts | undefined;
}
