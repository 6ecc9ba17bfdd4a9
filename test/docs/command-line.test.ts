import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { commandOptions } from '../../src/cli/arguments.js';
import { USAGE } from '../../src/cli/commands/usage.js';
import { root } from '../structure/source-files.js';

const commands = Object.entries(commandOptions).filter(([, options]) => options.length > 0);
const page = readFileSync(join(root, 'docs/command-line.md'), 'utf8');
// Its options are listed on a page of their own.
const setUp = readFileSync(join(root, 'docs/set-up.md'), 'utf8');

/** The parts of a text that speak of a command, together. */
const partsOf = (text: string, begins: RegExp): string =>
  text
    .split(/\n(?= {2}snowmelt |Options of |\n|\| `)/)
    .filter((part) => begins.test(part))
    .join('\n');

it.each(commands)('--help and the guide name every option of %s', (command, options) => {
  const help = partsOf(USAGE, new RegExp(`^ *snowmelt ${command} |^Options of ${command}:`, 'm'));
  expect(options.filter((option) => !help.includes(`--${option}`))).toEqual([]);
  const guide = partsOf(page, new RegExp(`^\\| \`${command}[ \`]`)) + (command === 'setup-sql' ? setUp : '');
  expect(options.filter((option) => !guide.includes(`--${option}`))).toEqual([]);
});
