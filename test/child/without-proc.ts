// Loaded before a program: makes it live in a container of its own, where /proc or a part of it can't be read.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const missing = (process.env['SNOWMELT_MISSING'] ?? '/proc').split(' ');

function fail(code: string): never {
  throw Object.assign(new Error(code), { code });
}

function isMissing(path: unknown): boolean {
  return typeof path === 'string' && missing.some((start) => path.startsWith(start));
}

const { readFileSync, readlinkSync } = fs;
Object.assign(fs, {
  readFileSync: (...given: Parameters<typeof readFileSync>) =>
    isMissing(given[0]) ? fail('ENOENT') : readFileSync(...given),
  readlinkSync: (...given: Parameters<typeof readlinkSync>) =>
    isMissing(given[0]) ? fail('ENOENT') : readlinkSync(...given),
});
syncBuiltinESMExports();

// Processes of other containers are not there.
const kill = process.kill.bind(process);
process.kill = (pid, signal) => (pid === process.pid ? kill(pid, signal) : fail('ESRCH'));
