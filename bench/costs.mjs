// What the package costs before it moves a row: size, import, start-up.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const RUNS = 9;

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** Milliseconds that an import takes in a fresh process, without the start of Node itself. */
function importMs(specifier) {
  const code = `const t = performance.now(); await import(${JSON.stringify(specifier)}); console.log(performance.now() - t);`;
  const run = () =>
    Number(execFileSync(process.execPath, ['--input-type=module', '-e', code], { cwd: root, encoding: 'utf8' }));
  return median(Array.from({ length: RUNS }, run));
}

export function costs() {
  const packed = JSON.parse(
    execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  );
  const { size, unpackedSize } = Array.isArray(packed) ? packed[0] : Object.values(packed)[0];
  return [
    ['package, packed', `${Math.round(size / 1024)} kB`],
    ['package, unpacked', `${Math.round(unpackedSize / 1024)} kB`],
    ['import snowmelt', `${importMs('./dist/index.js').toFixed(0)} ms`],
    ['import snowmelt/customerio', `${importMs('./dist/customerio.js').toFixed(0)} ms`],
    ['import snowflake-sdk (only SnowflakeSource does)', `${importMs('snowflake-sdk').toFixed(0)} ms`],
  ];
}
