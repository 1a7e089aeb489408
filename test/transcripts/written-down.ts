/**
 * What comes of many inputs, word for word, in a text beside the test. Whoever changes an answer reads the difference and
 * accepts it with EPTSWEEP_ACCEPT=1.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';

/** Blocks of a text by their first lines, which begin with a head. */
function blocksOf(text: string, head: string): ReadonlyMap<string, string> {
  const blocks = text
    .split(new RegExp(`^(?=${head.replaceAll('$', '\\$')})`, 'm'))
    .filter((block) => block !== '');
  return new Map(blocks.map((block) => [block.slice(head.length, block.indexOf('\n')), block.trimEnd()]));
}

/**
 * Registers a test for each title.
 *
 * @param path - of the text
 * @param head - with which each title's line begins
 * @param titles - what is answered
 * @param answerTo - what comes of one; no line of it begins with the head
 */
export function writtenDown(
  path: string,
  head: string,
  titles: readonly string[],
  answerTo: (title: string) => string | Promise<string>,
): void {
  const blockOf = async (title: string): Promise<string> =>
    `${head}${title}\n${(await answerTo(title)).trimEnd()}`;
  if (process.env.EPTSWEEP_ACCEPT === '1') {
    it('is accepted', async () => {
      let text = '';
      for (const title of titles) text += `${await blockOf(title)}\n\n`;
      writeFileSync(path, text);
    });
    return;
  }
  const expected = blocksOf(existsSync(path) ? readFileSync(path, 'utf8') : '', head);

  it('is written down for these and no others', () => {
    expect([...expected.keys()]).toEqual(titles);
  });

  it.each(titles)('%s', async (title) => {
    expect(await blockOf(title)).toBe(expected.get(title));
  });
}
