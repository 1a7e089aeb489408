/** What is said of the texts of said/*.txt; whoever changes it accepts with EPTSWEEP_ACCEPT=1. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { blocksOf, blockText, saidOf } from './said.ts';

const FOLDER = fileURLToPath(new URL('said/', import.meta.url));

describe.each(readdirSync(FOLDER).sort())('texts of %s', (name) => {
  const blocks = blocksOf(readFileSync(FOLDER + name, 'utf8'));

  if (process.env.EPTSWEEP_ACCEPT === '1') {
    it('is accepted', async () => {
      const texts: string[] = [];
      for (const block of blocks) texts.push(blockText(block, await saidOf(block)));
      writeFileSync(FOLDER + name, texts.join('\n'));
    });
    return;
  }

  it('have titles of their own', () => {
    const titles = blocks.map(({ title }) => title);
    expect(new Set(titles).size).toBe(titles.length);
  });

  it.each(blocks)('$title', async (block) => {
    expect(await saidOf(block)).toEqual(block.said);
  });
});
