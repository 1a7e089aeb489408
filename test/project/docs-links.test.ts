/** Every page of docs/ can be found from docs/README.md, and no link leads nowhere. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md') && !name.startsWith('api'))
    .map((name) => join('docs', name)),
];

/** How code hosts name a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(/\s/g, '-');
}

function anchorsOf(path: string): string[] {
  const text = readFileSync(join(ROOT, path), 'utf8').replaceAll(/^```.*?^```$/gms, '');
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => anchorOf(heading!));
}

/** Links of a page into the project: the path from its root, and the heading. */
function linksOf(page: string): { target: string; anchor: string | undefined }[] {
  const text = readFileSync(join(ROOT, page), 'utf8').replaceAll(/^```.*?^```$/gms, '');
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!);
  return links
    .filter((link) => !/^[a-z]+:/.test(link))
    .map((link) => {
      const [path, anchor] = link.split('#', 2);
      return { target: path === '' ? page : normalize(join(dirname(page), path!)), anchor };
    });
}

describe('links of the docs', () => {
  it.each(PAGES)('%s', (page) => {
    for (const { target, anchor } of linksOf(page)) {
      expect({ target, exists: existsSync(join(ROOT, target)) }).toEqual({ target, exists: true });
      if (anchor !== undefined && target.endsWith('.md')) expect(anchorsOf(target)).toContain(anchor);
    }
  });

  it('lead from docs/README.md to every page', () => {
    const found = new Set(['docs/README.md']);
    for (const page of found) {
      for (const { target } of linksOf(page)) {
        if (PAGES.includes(target) && target.startsWith('docs')) found.add(target);
        const index = join(target, 'README.md');
        if (PAGES.includes(index)) found.add(index);
      }
    }
    const lost = PAGES.filter((page) => page.startsWith('docs') && !found.has(page));
    expect(lost).toEqual([]);
  });
});
