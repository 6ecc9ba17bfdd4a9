/** The two functions of a test runner that a contract suite needs; those of vitest, Jest and node:test all fit. */
export interface ContractRunner {
  /** Groups tests. */
  readonly describe: (name: string, body: () => void) => unknown;
  /** Declares one test. */
  readonly it: (name: string, body: () => Promise<void>) => unknown;
}
