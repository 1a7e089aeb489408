/** docs/policies/ holds what src/policy says. EPTSWEEP_ACCEPT=1 writes it into the pages. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { POLICY_NAMES } from '../../src/policy/index.ts';
import { factsOf, indexFacts, KVM_PAGES, PAGES, pageOf, RELEASES, ruleFacts, zapFacts } from './facts.ts';

const FOLDER = fileURLToPath(new URL('../../docs/policies/', import.meta.url));
const isAccepting = process.env.EPTSWEEP_ACCEPT === '1';

/** A page with the lines between the marks of a block replaced. */
function withBlock(page: string, name: string, lines: readonly string[]): string {
  const marks = new RegExp(`(<!-- ${name}: begin -->\n).*?(<!-- ${name}: end -->)`, 's');
  expect(page).toMatch(marks);
  return page.replace(marks, (_, begin: string, end: string) => `${begin}\n${lines.join('\n')}\n\n${end}`);
}

function expectFile(name: string, refresh: (page: string) => string): void {
  const path = `${FOLDER}${name}`;
  const page = readFileSync(path, 'utf8');
  const now = refresh(page);
  if (isAccepting) writeFileSync(path, now);
  else expect(page).toBe(now);
}

describe('docs/policies', () => {
  it('has a page for each policy that answers in its own way, and no other', () => {
    const names = readdirSync(FOLDER).filter((name) => name !== 'README.md');
    expect(names.sort()).toEqual(PAGES.map((page) => `${page}.md`).sort());
    for (const release of RELEASES)
      expect({ release, page: pageOf(`kvm-${release}`) }).not.toEqual({ release });
    for (const page of KVM_PAGES) expect(pageOf(page)).toBe(page);
    for (const name of POLICY_NAMES) expect(PAGES).toContain(name);
  });

  it.each(PAGES)('%s has the flags, rules and commits of the policy', (page) => {
    expectFile(`${page}.md`, (text) => withBlock(text, 'facts', factsOf(page)));
  });

  it('the index names them all, and what the rule answers', () => {
    expectFile('README.md', (text) => {
      const indexed = withBlock(withBlock(text, 'facts', indexFacts()), 'rule', ruleFacts());
      return withBlock(indexed, 'zaps', zapFacts());
    });
  });
});
