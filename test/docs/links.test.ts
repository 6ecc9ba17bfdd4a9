import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { filesBelow, root } from '../structure/source-files.js';

const guides = filesBelow('docs', '.md').filter((page) => !page.startsWith('docs/api/'));
const pages = ['README.md', 'examples/README.md', ...guides];

/** Anchors of a page: those written, and those of headings as GitHub makes them. */
function anchors(text: string): Set<string> {
  const titles = [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) => title);
  return new Set(
    titles.map((title) =>
      title
        .toLowerCase()
        .replaceAll(/[^\w\- ]/g, '')
        .replaceAll(' ', '-'),
    ),
  );
}

/** Links and pictures of this repository, as npm's page of the package needs them: it has no files beside it. */
const OWN =
  /\]\(https:\/\/(?:github\.com\/snowmelt\/snowmelt\/blob|raw\.githubusercontent\.com\/snowmelt\/snowmelt)\/main\//g;

/** Links of a page that lead nowhere. */
function broken(page: string): string[] {
  const text = readFileSync(join(root, page), 'utf8');
  return [...text.replaceAll(OWN, '](/').matchAll(/\]\((?!\w+:)([^)\s]*)\)/g)]
    .map(([, link = '']) => link)
    .filter((link) => {
      const [path = '', anchor] = link.split('#');
      const folder = path.startsWith('/') ? '.' : dirname(page);
      const target = path === '' ? join(root, page) : join(root, folder, path);
      if (!existsSync(target)) return true;
      return anchor !== undefined && !anchors(readFileSync(target, 'utf8')).has(anchor);
    });
}

describe('the links', () => {
  it.each(pages)('of %s lead somewhere', (page) => {
    expect(broken(page)).toEqual([]);
  });

  it('of README.md are absolute, for the page at npm', () => {
    const text = readFileSync(join(root, 'README.md'), 'utf8');
    expect([...text.matchAll(/\]\((?!https:|#)[^)]*\)/g)].map(([link]) => link)).toEqual([]);
  });

  it('reach every guide from the index', () => {
    const index = readFileSync(join(root, 'docs/README.md'), 'utf8');
    const missing = guides.filter((page) => page !== 'docs/README.md' && !index.includes(`(${page.slice(5)})`));
    expect(missing).toEqual([]);
  });
});
