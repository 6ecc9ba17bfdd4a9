/*
 * A terminal acts on control characters: they clear the screen, set its title, write over what stands there. Marks of
 * direction make a text read otherwise than it is written. Line and paragraph separators end a line in some viewers.
 * (ECMA-48, "Control functions for coded character sets"; Unicode Standard Annex #9, "Explicit directional formatting
 * characters".)
 */
// eslint-disable-next-line no-control-regex -- these are what it is for
const ACTED_ON = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

const asEscape = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/**
 * A text as it may go to a terminal: characters that one would act on are shown as escapes (`\u001b`), but for new lines
 * and tabs. JSON text keeps its meaning, for these characters stand only inside of its strings.
 */
export function shownText(text: string): string {
  return text.replace(ACTED_ON, asEscape);
}

/** The same for a text of others that is put into one line: it cannot begin another, which would look like one of ours. */
export function shownLine(text: string): string {
  return shownText(text).replaceAll('\n', String.raw`\n`);
}
