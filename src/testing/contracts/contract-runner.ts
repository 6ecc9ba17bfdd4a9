/** Declares one test. */
export type DeclareTest = (name: string, body: () => Promise<void>) => unknown;

/** The two functions of a test runner that a contract suite needs; those of vitest, Jest, Mocha and node:test all fit. */
export interface ContractRunner {
  /** Groups tests. */
  readonly describe: (name: string, body: () => void) => unknown;
  /** Declares one test; its `skip`, where there is one, declares a test that is shown as skipped. */
  readonly it: DeclareTest & { readonly skip?: DeclareTest | undefined };
}

/** What every suite takes besides its plug-in. */
export interface ContractOptions<Ability extends string> extends ContractRunner {
  /**
   * What the plug-in can be tested for: names of its capabilities and of its optional members. Lines that need another
   * one are declared as skipped. Needed under Jest, which cannot skip a test that runs already; other runners find out by
   * themselves. @default nothing under Jest; elsewhere whatever `create` gives
   */
  readonly abilities?: readonly Ability[] | undefined;
}
