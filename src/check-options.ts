import * as z from 'zod';
import { ConfigError } from './errors.js';

/**
 * Checks options once, when they are given. Unknown ones are refused: they are mostly misspelt ones.
 *
 * @param owner - what takes them, as it stands in the caller's code
 * @returns the options with their defaults
 * @throws ConfigError `CONFIG_INVALID` that names every faulty option; never its value, which may be a key
 */
export function checkOptions<S extends z.ZodRawShape>(
  owner: string,
  shape: S,
  options: unknown,
): z.output<z.ZodObject<S>> {
  const parsed = z.strictObject(shape).safeParse(options);
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  const known = Object.keys(shape).map((name) => `\`${name}\``);
  const hints = [`Known options: ${known.join(', ')}.`];
  const isTextMissing = issues.some((issue) => isText(issue) && isMissing(options, issue.path));
  if (isTextMissing) hints.unshift('Is the environment variable set that it comes from?');
  throw new ConfigError('CONFIG_INVALID', `${owner}: ${issues.map((issue) => faultOf(issue, options)).join('; ')}.`, {
    hint: hints.join(' '),
  });
}

type Issue = z.core.$ZodIssue;

function faultOf(issue: Issue, options: unknown): string {
  const { path } = issue;
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => `unknown option \`${[...path, key].join('.')}\``).join('; ');
  }
  if (path.length === 0) return options === undefined ? 'the options are missing' : 'the options have to be an object';
  const name = `\`${path.join('.')}\``;
  if (isMissing(options, path)) return `${name} is missing`;
  return `${name}: ${issue.message.replace(/^Invalid (?:input|option): /, '')}`;
}

function isText(issue: Issue): boolean {
  if (issue.code === 'invalid_type') return issue.expected === 'string';
  return issue.code === 'invalid_format' || (issue.code === 'too_small' && issue.origin === 'string');
}

/** Empty text too: that is what an environment variable often is. */
function isMissing(options: unknown, path: readonly PropertyKey[]): boolean {
  let value = options;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return false;
    value = Reflect.get(value, key) as unknown;
  }
  return value === undefined || value === '';
}
