/** One TypeScript block of a documentation page. */
export interface Snippet {
  /** Path of the page from the root. */
  readonly page: string;
  /** Line of the page where the visible code starts, from 1. */
  readonly line: number;
  /** Hidden set-up and the code before it, then the visible code. */
  readonly code: string;
  /** Lines of `code` before the visible part. */
  readonly hiddenLines: number;
}

/** What is wrong with the marks of a page. */
export interface SnippetFault {
  readonly page: string;
  readonly line: number;
  readonly fault: string;
}

const SETUP = /<!-- snippet-setup\n([\s\S]*?)-->\s*$/;
const CONTINUES = /<!-- snippet-continues -->\s*$/;

/**
 * Reads the TypeScript blocks of a page. The comment `<!-- snippet-setup … -->` right before a block holds code that
 * readers don't see; `<!-- snippet-continues -->` puts the block before it on the page in front.
 */
export function snippetsOf(page: string, text: string): { snippets: Snippet[]; faults: SnippetFault[] } {
  const snippets: Snippet[] = [];
  const faults: SnippetFault[] = [];
  let end = 0;
  for (const match of text.matchAll(/^```(\S*)([^\n]*)\n([\s\S]*?)^```\s*$/gm)) {
    const before = text.slice(end, match.index);
    end = match.index + match[0].length;
    const [, language, info = '', visible = ''] = match;
    if (language !== 'ts' && language !== 'typescript') continue;
    const line = text.slice(0, match.index).split('\n').length + 1;
    if (language !== 'ts' || info.trim() !== '') {
      faults.push({ page, line, fault: `the block is marked "${language}${info}" instead of "ts"` });
    }
    let hidden = SETUP.exec(before)?.[1] ?? '';
    if (CONTINUES.test(before)) {
      const last = snippets.at(-1);
      if (last === undefined) faults.push({ page, line, fault: 'there is no block to continue' });
      else hidden = last.code;
    }
    snippets.push({ page, line, code: hidden + visible, hiddenLines: hidden.split('\n').length - 1 });
  }
  return { snippets, faults };
}

/** The TypeScript blocks behind `@example` in the docstrings of a source file. */
export function examplesOf(page: string, text: string): Snippet[] {
  return [...text.matchAll(/^ *\* @example[^\n]*\n *\* ```ts\n([\s\S]*?)^ *\* ```$/gm)].map((match) => {
    const [whole, block = ''] = match;
    const line = text.slice(0, match.index + whole.indexOf(block, whole.indexOf('```ts'))).split('\n').length;
    return { page, line, code: block.replaceAll(/^ *\* ?/gm, ''), hiddenLines: 0 };
  });
}
