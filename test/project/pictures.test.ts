/**
 * The pictures that docs/ and the README show are what the commands beside them draw. EPTSWEEP_ACCEPT=1 draws them
 * anew, to be looked at before they are committed.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { inProcess } from '../cli/program.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PAGES = ['README.md', 'docs/formats.md'];
/** `eptsweep ... -f svg > docs/picture-map.svg`, in a sh block or in words. */
const COMMAND = /eptsweep ([^\n`]* -f svg[^\n`]*) > (docs\/picture-[\w-]+\.svg)/g;

const pictures = new Map(
  PAGES.flatMap((page) =>
    [...readFileSync(join(ROOT, page), 'utf8').matchAll(COMMAND)].map(
      ([, command, file]) => [file!, command!] as const,
    ),
  ),
);

describe('pictures', () => {
  it('are shown where they are drawn', () => {
    const text = PAGES.map((page) => readFileSync(join(ROOT, page), 'utf8')).join('');
    const shown = [...text.matchAll(/!\[[^\]]{20,}\]\((?:docs\/)?(picture-[\w-]+\.svg)\)/g)].map(
      ([, name]) => name,
    );
    expect([...new Set(shown)].sort()).toEqual([...pictures.keys()].map((file) => file.slice(5)).sort());
  });

  it.each([...pictures])('%s is what eptsweep %s draws', async (file, command) => {
    const { stdout, stderr, status } = await inProcess(command.split(' '));
    expect(stderr).toBe('');
    expect([0, 1]).toContain(status);
    const path = join(ROOT, file);
    if (process.env.EPTSWEEP_ACCEPT === '1') writeFileSync(path, stdout);
    else expect(readFileSync(path, 'utf8')).toBe(stdout);
  });
});
