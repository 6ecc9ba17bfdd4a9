import { transform } from 'esbuild';

/**
 * Turns the files of a split build, which esbuild makes as ES modules only, into CommonJS. tsup would do so too, but by
 * a tool that also rewrites `?.` and `??` into calls of closures and takes the classes' names away.
 *
 * @type {NonNullable<import('tsup').Options['plugins']>[number]}
 */
export const commonJs = {
  name: 'common-js',
  async renderChunk(code, { path }) {
    if (!path.endsWith('.cjs')) return undefined;
    const options = { format: 'cjs', platform: 'node', target: 'node20', keepNames: false };
    // `import()` becomes `require`: Jest's CommonJS runtime has no other.
    const result = await transform(code, { ...options, supported: { 'dynamic-import': false } });
    return { code: inTry(result.code) };
  },
};

/**
 * The `try` around an `import()` of an optional peer has to be around the `require` itself, for bundlers to leave it as
 * it is when they don't find the package.
 *
 * @param {string} code
 */
function inTry(code) {
  const lazy = /Promise\.resolve\(\)\.then\(\(\) => (__toESM\(require\("[^"]+"\)(?:, 1)?\))\)/g;
  return code.replace(lazy, (_, load) => `(async () => { try { return ${load}; } catch (error) { throw error; } })()`);
}
