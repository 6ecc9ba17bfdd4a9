// Everything that has to hold. The last line counts gates and tests together. `node
// test/run.mjs hosts` runs the tests in other runtimes, frameworks and compilers instead.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

const folder = mkdtempSync(join(tmpdir(), 'snowmelt-test-'));
const totals = { passed: 0, failed: 0, skipped: 0 };

/** What reads the sources only goes beside what waits for servers and child processes. */
const gates = [
  [
    { name: 'format', command: 'npm run --silent format:check' },
    { name: 'lint', command: 'npm run --silent lint' },
    // Also the tests of types, `*.test-d.ts`.
    { name: 'types', command: 'npm run --silent types' },
    { name: 'knip', command: 'npm run --silent knip' },
    { name: 'typedoc', command: 'npm run --silent docs:check' },
  ],
  [
    { name: 'build', command: 'npm run --silent build' },
    { name: 'tests', command: 'npm run --silent test:source', vitest: true },
    { name: 'package', command: 'npm run --silent test:package', vitest: true },
    { name: 'publint', command: 'npm run --silent publint' },
    { name: 'attw', command: 'npm run --silent attw' },
  ],
];
const hosts = [
  [
    { name: 'build', command: 'npm run --silent build' },
    { name: 'hosts', command: 'npx vitest run --project hosts', vitest: true },
  ],
];

await Promise.all((process.argv[2] === 'hosts' ? hosts : gates).map(runAll));

rmSync(folder, { recursive: true, force: true });
console.log(summary(totals));
process.exitCode = totals.failed === 0 ? 0 : 1;

/** Runs gates one after the other. */
async function runAll(steps) {
  for (const step of steps) await runGate(step);
}

async function runGate(step) {
  const report = join(folder, `${step.name}.json`);
  // Both reporters: the text to show on failure, the JSON to count from.
  const command = step.vitest
    ? `${step.command} ${step.command.startsWith('npm ') ? '-- ' : ''}--reporter=default --reporter=json --outputFile.json="${report}"`
    : step.command;
  const start = performance.now();
  const { code, output } = await run(command);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const counts = step.vitest
    ? vitestCounts(report, code, output)
    : { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1 };
  for (const key of Object.keys(totals)) totals[key] += counts[key] ?? 0;
  const detail = step.vitest ? ` (${summary(counts)})` : '';
  console.log(`${counts.failed === 0 ? 'ok    ' : 'FAILED'} ${step.name.padEnd(8)} ${seconds.padStart(6)} s${detail}`);
  for (const what of counts.failures ?? []) console.log(`       - ${what}`);
  if (counts.failed > 0) console.log(`\n$ ${step.command}\n${output}\n`);
}

function summary({ passed = 0, failed = 0, skipped = 0 }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/** Counts and failures of a vitest run. One that ends badly without a failed test (an unhandled rejection) counts as a failure. */
function vitestCounts(file, code, output) {
  const counts = { passed: 0, failed: 0, skipped: 0, failures: [] };
  try {
    const report = JSON.parse(readFileSync(file, 'utf8'));
    counts.passed = report.numPassedTests;
    counts.failed = report.numFailedTests;
    counts.skipped = report.numPendingTests + report.numTodoTests;
    // A file that fails to load has no tests to count.
    counts.failed += report.testResults.filter(
      (result) => result.status === 'failed' && result.assertionResults.length === 0,
    ).length;
    if (counts.passed + counts.failed === 0) counts.failed = 1;
    counts.failures = [...report.testResults.flatMap(failuresIn), ...unhandledIn(output)];
  } catch {
    counts.failed = 1;
  }
  if (code !== 0 && counts.failed === 0) counts.failed = 1;
  return counts;
}

/** A line for each failure of a test file: a log that is cut short still says what failed. */
function failuresIn({ name, status, message, assertionResults }) {
  const failed = assertionResults.filter((result) => result.status === 'failed');
  const file = relative(process.cwd(), name);
  if (failed.length === 0) return status === 'failed' ? [`${file}: ${firstLine(message)}`] : [];
  return failed.map(({ fullName, failureMessages }) => `${file}: ${fullName}: ${firstLine(failureMessages[0])}`);
}

/** Errors outside any test, which only the text reporter tells. */
function unhandledIn(output) {
  const lines = stripVTControlCharacters(output).split('\n');
  return lines.flatMap((line, i) => (/^⎯+ (Uncaught|Unhandled) .*⎯$/.test(line) ? [`${line} ${lines[i + 1]}`] : []));
}

function firstLine(text) {
  return stripVTControlCharacters(String(text ?? ''))
    .split('\n')[0]
    .slice(0, 300);
}

/** Runs a command without stdin and keeps what it prints. */
function run(command) {
  return new Promise((resolve) => {
    const child = spawn(command, {
      shell: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, CI: 'true' },
    });
    const chunks = [];
    child.stdout.on('data', (chunk) => chunks.push(chunk));
    child.stderr.on('data', (chunk) => chunks.push(chunk));
    child.on('close', (code) => resolve({ code: code ?? 1, output: Buffer.concat(chunks).toString('utf8').trimEnd() }));
  });
}
