import { isBranded } from './brand.js';

const LEFT_OUT = 'its text is left out, because it may hold values or secrets';
/** As deep as chains of causes are followed. */
const MOST_CAUSES = 5;
const MOST_FRAMES = 20;

/**
 * A cause that may be shown. Errors of snowmelt stay. Of any other only its kind, its code and where it was thrown is
 * copied: libraries keep the request with its password, or the row, in their errors, as text and as properties.
 */
export function shownCause(cause: unknown, depth = 0): unknown {
  if (isBranded(cause)) return cause;
  const name = textOf(cause, 'name', /^[A-Za-z_$][\w$]{0,63}$/) ?? 'Error';
  const code = textOf(cause, 'code', /^[A-Za-z0-9_.-]{1,48}$/);
  const isError = typeof cause === 'object' && cause !== null;
  const text = isError ? LEFT_OUT : `a value of type ${cause === null ? 'null' : typeof cause} was thrown`;
  const below = read(cause, 'cause');
  const next = below === undefined || depth >= MOST_CAUSES ? undefined : { cause: shownCause(below, depth + 1) };
  const copy = new Error(text, next);
  Object.defineProperty(copy, 'name', { value: name, configurable: true });
  if (code !== undefined) Object.defineProperty(copy, 'code', { value: code, enumerable: true });
  copy.stack = [`${name}: ${text}`, ...framesOf(cause)].join('\n');
  return copy;
}

/** The text of a cause, for the dead letter, which alone may hold values. */
export function hiddenText(cause: unknown): string | undefined {
  const message = read(cause, 'message');
  return typeof message === 'string' ? message : undefined;
}

/** A property that may be missing, or throw when it is read. */
function read(from: unknown, property: string): unknown {
  if (typeof from !== 'object' || from === null) return undefined;
  try {
    return Reflect.get(from, property);
  } catch {
    return undefined;
  }
}

/** A short word; a text of any other form may be a value. */
function textOf(from: unknown, property: string, form: RegExp): string | undefined {
  const text = read(from, property);
  return typeof text === 'string' && form.test(text) ? text : undefined;
}

/** The last lines of a stack, as far as they are places in code: the text of the error stands before them. */
function framesOf(cause: unknown): string[] {
  const stack = read(cause, 'stack');
  if (typeof stack !== 'string') return [];
  const message = hiddenText(cause) ?? '';
  const after = stack.includes(message) ? stack.slice(stack.indexOf(message) + message.length) : stack;
  const lines = after.split('\n');
  const isFrame = (line: string): boolean =>
    /^ {4}at (?:.* )?\(?[^()]*:\d+:\d+\)?$|^ {4}at .*\(?(?:<anonymous>|native)\)?$/.test(line);
  const first = lines.findLastIndex((line) => !isFrame(line)) + 1;
  return lines.slice(first, first + MOST_FRAMES);
}
