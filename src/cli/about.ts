/** What holds for every command, for `eptsweep --help` and for the manual page. */

/** What the program is for. */
export const SUMMARY = 'which x86 memory type every page of a machine or a VM gets, and what KVM makes of it';

/** Names and what they mean. */
export type Terms = readonly (readonly [name: string, meaning: string])[];

/** What the process says with its exit code. */
export const EXIT_CODES: Terms = [
  ['0', 'answered, and nothing was found; also where the reader of a pipe went away'],
  ['1', 'a difference or a finding'],
  ['2', 'wrong usage, or input that cannot be used; standard error says where and what to do'],
  ['3', 'a fault of eptsweep'],
  ['130', 'interrupted'],
];

/** Variables that change what is printed. */
export const ENVIRONMENT: Terms = [
  ['NO_COLOR', 'if it is set and not empty: no colours, unless --color asks for them'],
  ['TERM', 'if it is dumb: no colours on that terminal'],
  ['FORCE_COLOR', 'if it is set and not 0: colours even where the output is no terminal; CLICOLOR_FORCE too'],
  ['COLUMNS', 'how wide the lines of text for people may be; default: as the terminal'],
  ['EPTSWEEP_DEBUG', 'if it is set: where in the program an internal error happened'],
];

/** How arguments are read, a sentence or two each. */
export const CONVENTIONS: readonly string[] = [
  'A file can be - for standard input. Dumps and configs are told apart by their content, and dumps may be gzipped.',
  'Of a range the last byte is given (0xa0000-0xbffff), the page that it ends before (3G-4G), or the size (0xc0000000+1G); ranges of frames include their last. K, M, G and T are powers of 1024.',
  'Results go to standard output, everything else to standard error. -o FILE replaces the file in one step.',
];

function termLines(title: string, terms: Terms): string[] {
  const width = Math.max(...terms.map(([name]) => name.length));
  return ['', title, ...terms.map(([name, meaning]) => `  ${name.padEnd(width)}  ${meaning}`)];
}

/** What stands behind the list of commands. */
export function aboutText(): string {
  return [...termLines('Exit codes:', EXIT_CODES), ...termLines('Environment:', ENVIRONMENT)].join('\n');
}
