/**
 * What the program says, word for word, of many inputs: a text beside the test that says of each line what came. Whoever
 * changes an answer reads the difference and accepts it with EPTSWEEP_ACCEPT=1.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { inProcess, withFiles } from '../cli/program.ts';

/** One run: the words behind the program's name; `@` begins the name of a file of the test's own. */
export type Line = string;

const HEAD = '$ eptsweep ';

/** Blocks of a text by their first lines. */
function blocksOf(text: string): ReadonlyMap<string, string> {
  const blocks = text.split(/^(?=\$ eptsweep )/m).filter((block) => block.startsWith(HEAD));
  return new Map(blocks.map((block) => [block.slice(HEAD.length, block.indexOf('\n')), block]));
}

async function blockOf(line: Line, folder: string): Promise<string> {
  const words = line.split(' ').map((word) => word.replace(/^@/, `${folder}/`));
  const { status, stdout, stderr } = await inProcess(words);
  const said = `${stderr.replaceAll(/^(?=.)/gm, '! ')}${stdout}`.replaceAll(`${folder}/`, '@');
  return `${HEAD}${line}\n${said.trimEnd()}\n(${status})\n\n`;
}

/**
 * Registers a test for each line.
 *
 * @param name - of the text in this folder
 * @param lines - what is run
 * @param files - that `@` names
 */
export function transcript(
  name: string,
  lines: readonly Line[],
  files: Readonly<Record<string, string>> = {},
): void {
  const path = fileURLToPath(new URL(`${name}.txt`, import.meta.url));
  const isAccepting = process.env.EPTSWEEP_ACCEPT === '1';

  describe(`what ${name} says`, () => {
    if (isAccepting) {
      it('is accepted', async () => {
        await withFiles(files as Record<string, string>, async (folder) => {
          let text = '';
          for (const line of lines) text += await blockOf(line, folder);
          writeFileSync(path, text);
        });
      });
      return;
    }
    const expected = blocksOf(existsSync(path) ? readFileSync(path, 'utf8') : '');

    it('is written down for these lines and no others', () => {
      expect([...expected.keys()]).toEqual(lines);
    });

    it.each(lines)('%s', (line) =>
      withFiles(files as Record<string, string>, async (folder) => {
        expect(await blockOf(line, folder)).toBe(expected.get(line));
      }),
    );
  });
}
