/**
 * What the program says, word for word, of many inputs: a text beside the test that says of each line what came.
 */
import { fileURLToPath } from 'node:url';
import { describe } from 'vitest';
import { inProcess, withFiles } from '../cli/program.ts';
import { writtenDown } from './written-down.ts';

/** One run: the words behind the program's name; `@` begins the name of a file of the test's own, `~` is a blank. */
export type Line = string;

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
  describe(`what ${name} says`, () => {
    writtenDown(fileURLToPath(new URL(`${name}.txt`, import.meta.url)), '$ eptsweep ', lines, (line) =>
      withFiles(files as Record<string, string>, async (folder) => {
        const words = line.split(' ').map((word) => word.replace(/^@/, `${folder}/`).replaceAll('~', ' '));
        const { status, stdout, stderr } = await inProcess(words);
        const said = `${stderr.replaceAll(/^(?=.)/gm, '! ')}${stdout}`.replaceAll(`${folder}/`, '@');
        return `${said.trimEnd()}\n(${status})`;
      }),
    );
  });
}
