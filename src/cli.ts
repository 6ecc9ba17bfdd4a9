#!/usr/bin/env node
import { runCli } from './cli/commands/run-cli.js';

// Whoever read the results may be gone (`| head`, a log collector that ended): the work goes on all the same.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}
const code = await runCli(process.argv.slice(2));
// A database pool or a driver's session of the configuration would keep the process alive. stdout may be a pipe that
// still holds text, so the exit waits for it.
process.stdout.write('', () => process.exit(code));
