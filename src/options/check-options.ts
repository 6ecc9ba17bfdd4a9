// The small form of zod, so that a bundle which only maps rows holds no more of it; schemas of both forms fit in.
import * as z from 'zod/mini';
import en from 'zod/v4/locales/en.js';
import { ConfigError } from '../errors/errors.js';
import { shownName, shownOptionPath } from './shown-name.js';

const { localeError } = en();

/**
 * Checks options once, when they are given. Unknown ones are refused: they are mostly misspelt ones.
 *
 * @param owner - what takes them, as it stands in the caller's code
 * @returns the options with their defaults
 * @throws ConfigError `CONFIG_INVALID` that names every faulty option; never its value, which may be a key
 */
export function checkOptions<S extends z.core.$ZodShape>(
  owner: string,
  shape: S,
  options: unknown,
): z.output<z.ZodMiniObject<S, z.core.$strict>> {
  const given = typeof options === 'object' && options !== null ? plainOptions(shape, options) : options;
  const parsed = z.safeParse(z.strictObject(shape), given, { error: localeError });
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  const hints = issues.map((issue) => hintOf(issue, shape));
  const isTextMissing = issues.some((issue) => isText(issue) && isMissing(given, issue.path));
  if (isTextMissing) hints.unshift('Is the environment variable set that it comes from?');
  throw new ConfigError('CONFIG_INVALID', `${owner}: ${issues.map((issue) => faultOf(issue, given)).join('; ')}.`, {
    hint: [...new Set(hints)].join(' '),
  });
}

/**
 * The known options, of whatever kind of object, and those that its caller added. An empty text where none can be is
 * left out: that is what an unset environment variable often is.
 */
function plainOptions(shape: z.core.$ZodShape, options: object): object {
  const given: Record<string, unknown> = {};
  for (const [name, check] of Object.entries(shape)) {
    const value: unknown = Reflect.get(options, name);
    const isLeftOut = value === '' && !z.safeParse(check, value).success && z.safeParse(check, undefined).success;
    if (!isLeftOut && name in options) given[name] = value;
  }
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined && !Object.hasOwn(shape, name)) given[name] = value;
  }
  return given;
}

type Issue = z.core.$ZodIssue;

/** The names of the object at the path, of the options or of one of them, where knowing them helps. */
function hintOf({ code, path }: Issue, shape: z.core.$ZodShape): string {
  if (code === 'invalid_key') return `Correct \`${shownOptionPath(path.slice(0, -1))}\`.`;
  if (code !== 'unrecognized_keys' && path.length > 0) return `Correct \`${shownOptionPath(path)}\`.`;
  let at: z.core.$ZodType | undefined = z.object(shape);
  for (const key of path) {
    at = unwrapped(shapeOf(at)?.[String(key)]);
  }
  const names = Object.keys(shapeOf(at) ?? shape);
  const where = path.length === 0 ? '' : ` of \`${shownOptionPath(path)}\``;
  return `Known options${where}: ${names.map((name) => `\`${name}\``).join(', ')}.`;
}

function unwrapped(type: z.core.$ZodType | undefined): z.core.$ZodType | undefined {
  const def = defOf(type);
  const isWrapped = def?.type === 'optional' || def?.type === 'default' || def?.type === 'prefault';
  return isWrapped ? unwrapped(def.innerType) : type;
}

function shapeOf(type: z.core.$ZodType | undefined): z.core.$ZodShape | undefined {
  const def = defOf(type);
  return def?.type === 'object' ? def.shape : undefined;
}

function defOf(type: z.core.$ZodType | undefined): z.core.$ZodTypes['_zod']['def'] | undefined {
  return (type as z.core.$ZodTypes | undefined)?._zod.def;
}

function faultOf(issue: Issue, options: unknown): string {
  const { path } = issue;
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => unknownOption([...path, key])).join('; ');
  }
  if (path.length === 0) return options === undefined ? 'the options are missing' : 'the options have to be an object';
  // The names in a record are the caller's own, and what was meant for a value may stand there.
  if (issue.code === 'invalid_key')
    return `a name in \`${shownOptionPath(path.slice(0, -1))}\`${said(issue.issues[0])}`;
  const name = `\`${shownOptionPath(path)}\``;
  if (isMissing(options, path)) return `${name} is missing`;
  return `${name}${said(issue)}`;
}

/** What reads like no name may be a key that was passed in its place. */
function unknownOption(path: readonly PropertyKey[]): string {
  const key = path.at(-1) ?? '';
  if (shownName(key) === String(key)) return `unknown option \`${shownOptionPath(path)}\``;
  const where = path.length === 1 ? '' : ` in \`${shownOptionPath(path.slice(0, -1))}\``;
  return `an unknown option${where}, whose name is not shown`;
}

function said(issue: Issue | undefined): string {
  return `: ${issue?.message.replace(/^Invalid (?:input|option): /, '') ?? 'is not allowed'}`;
}

function isText(issue: Issue): boolean {
  if (issue.code === 'invalid_type') return issue.expected === 'string';
  return issue.code === 'invalid_format' || (issue.code === 'too_small' && issue.origin === 'string');
}

/** Empty text too. */
function isMissing(options: unknown, path: readonly PropertyKey[]): boolean {
  let value = options;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return false;
    value = Reflect.get(value, key) as unknown;
  }
  return value === undefined || value === '';
}
