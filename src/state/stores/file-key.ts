import { createHash } from 'node:crypto';

const LONGEST_NAME = 180;

/**
 * A key as a folder name: the same on every file system, also on those that ignore case or forbid characters. Names
 * that would be too long for a file system (255 bytes) end in a hash instead.
 */
export function fileKey(key: string): string {
  // Nothing else has this name: a `%` stands before two digits.
  if (key === '') return '%';
  let name = '';
  for (const byte of Buffer.from(key, 'utf8')) {
    const char = String.fromCharCode(byte);
    name += /[a-z0-9_-]/.test(char) ? char : `%${byte.toString(16).padStart(2, '0')}`;
  }
  if (name.length <= LONGEST_NAME) return name;
  return `${name.slice(0, LONGEST_NAME - 33)}~${createHash('sha256').update(key).digest('hex').slice(0, 32)}`;
}
