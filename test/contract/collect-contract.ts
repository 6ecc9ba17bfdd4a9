/** Collects a contract suite's tests instead of running them. */
export function collectContract(
  suite: (runner: {
    describe: (name: string, body: () => void) => void;
    it: (name: string, body: () => Promise<void>) => void;
  }) => void,
): readonly { readonly name: string; readonly body: (...given: readonly unknown[]) => Promise<void> }[] {
  const tests: { name: string; body: (...given: readonly unknown[]) => Promise<void> }[] = [];
  suite({ describe: (_name, body) => body(), it: (name, body) => tests.push({ name, body }) });
  return tests;
}
