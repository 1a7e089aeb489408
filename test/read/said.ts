/**
 * Texts with what the readers say of them, side by side in a file: said/*.txt. A block is
 *
 *   = its title
 *   ? options of the block, if there are any
 *   | a line of the text, as many as there are
 *     what is said of it, as many lines as there are
 *
 * In a line of the text `\t`, `\r`, `\n`, `\\` and `\xNN` (a character) are what they are in other languages, and
 * `\{1..300:line %d\n}` stands for 300 texts, each with its number where `%d` or, in hex, `%x` stands.
 *
 * Options: `trace` (entries of EPT tables, not a dump), `live` (a trace, with what it says of time), `vcpus` (a dump, and
 * what becomes of it), `open` (no line end behind the last line), `pieces=N` (of N bytes), `utf16le`, `utf16be`, `latin1`,
 * `gzip`, and the readers' own: `file=`, `from=`, `boot=`, `host=`, `stage=`.
 */
import { gzipSync } from 'node:zlib';
import { EptsweepError } from '../../src/errors.ts';
import { type Facts, Reading, type ReadOptions, readStream } from '../../src/read/index.ts';
import { readTrace } from '../../src/read/trace/stream.ts';
import type { LiveLine } from '../../src/replay/index.ts';
import { visible } from '../../src/visible.ts';
import { entryTexts } from './entry-texts.ts';
import { factLines, shown, vcpuLines } from './facts-text.ts';

/** A text, and what was said of it when it was accepted. */
export interface Block {
  readonly title: string;
  /** Words behind `?`. */
  readonly options: readonly string[];
  /** As they stand in the file. */
  readonly lines: readonly string[];
  readonly said: readonly string[];
}

/** Of a long answer the beginning and the end are written down, of a long line the beginning. */
const MOST_LINES = 60;
const LAST_LINES = 10;
const MOST_LETTERS = 500;

/** Blocks of a file, in their order. */
export function blocksOf(text: string): readonly Block[] {
  return text
    .split(/^= /m)
    .slice(1)
    .map((block) => {
      const [title, ...rest] = block.trimEnd().split('\n');
      const behind = (mark: string) =>
        rest.filter((line) => line.startsWith(mark)).map((line) => line.slice(mark.length));
      const options = behind('? ').flatMap((line) => line.split(' '));
      return { title: title!, options, lines: behind('| '), said: behind('  ') };
    });
}

/** A block as it stands in a file, with what is said now. */
export const blockText = ({ title, options, lines }: Block, said: readonly string[]): string =>
  [
    `= ${title}`,
    ...(options.length > 0 ? [`? ${options.join(' ')}`] : []),
    ...lines.map((line) => `| ${line}`),
    ...said.map((line) => `  ${line}`),
    '',
  ].join('\n');

const ESCAPES: Readonly<Record<string, string>> = { t: '\t', r: '\r', n: '\n', '\\': '\\' };

const unescaped = (text: string): string =>
  text.replaceAll(/\\(?:x([0-9a-f]{2})|([trn\\]))/g, (_, hex: string | undefined, letter: string) =>
    hex === undefined ? ESCAPES[letter]! : String.fromCharCode(Number.parseInt(hex, 16)),
  );

/** A line of the text with its escapes and repetitions carried out. */
const lineText = (line: string): string =>
  unescaped(
    line.replaceAll(/\\\{(\d+)\.\.(\d+):(.*?)\}/g, (_, first: string, last: string, one: string) =>
      Array.from({ length: Number(last) - Number(first) + 1 }, (__, index) => {
        const number = Number(first) + index;
        return one.replaceAll('%d', String(number)).replaceAll('%x', number.toString(16));
      }).join(''),
    ),
  );

function bytesOf({ lines, options }: Block): Buffer {
  const text = lines.map(lineText).join('\n') + (options.includes('open') ? '' : '\n');
  if (options.includes('utf16le')) return Buffer.from(text, 'utf16le');
  if (options.includes('utf16be')) return Buffer.from(text, 'utf16le').swap16();
  return Buffer.from(text, options.includes('latin1') ? 'latin1' : 'utf8');
}

const optionOf = (options: readonly string[], name: string): string | undefined =>
  options.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1);

function piecesOf(bytes: Buffer, options: readonly string[]): readonly Uint8Array[] {
  const size = Number(optionOf(options, 'pieces') ?? bytes.length) || 1;
  const count = Math.max(1, Math.ceil(bytes.length / size));
  return Array.from({ length: count }, (_, index) => bytes.subarray(index * size, (index + 1) * size));
}

function readOptions(options: readonly string[]): ReadOptions {
  const boot = optionOf(options, 'boot');
  const others = ['from', 'host', 'stage'].flatMap((name) => {
    const value = optionOf(options, name);
    return value === undefined ? [] : [[name, value]];
  });
  return {
    file: optionOf(options, 'file') ?? '-',
    ...(boot !== undefined && { boot: boot === 'last' ? boot : Number(boot) }),
    ...Object.fromEntries(others),
  };
}

async function factsOf({ lines, options, ...others }: Block): Promise<Facts> {
  const bytes = bytesOf({ lines, options, ...others });
  if (options.includes('gzip')) return readStream(piecesOf(gzipSync(bytes), options), readOptions(options));
  const reading = new Reading(readOptions(options));
  for (const piece of piecesOf(bytes, options)) reading.push(piece);
  return reading.finish();
}

/** What is said of the text of a dump. */
async function dumpLines(block: Block): Promise<readonly string[]> {
  const facts = await factsOf(block);
  return [...factLines(facts), ...(block.options.includes('vcpus') ? vcpuLines(facts) : [])];
}

/** Entries, `line space gfn level entry`, and what else is said of the text of a trace. */
async function traceLines(block: Block): Promise<readonly string[]> {
  const { options } = block;
  const lines: string[] = [];
  const from = optionOf(options, 'from');
  const source = await readTrace(
    piecesOf(bytesOf(block), options),
    (batch) => {
      lines.push(...entryTexts(batch));
    },
    {
      file: optionOf(options, 'file') ?? '-',
      ...(from !== undefined && { from }),
      ...(options.includes('live') && { onLine: (line: LiveLine) => lines.push(shown(line)) }),
    },
  );
  return [...lines, shown(source)];
}

const shortened = (lines: readonly string[]): readonly string[] =>
  (lines.length <= MOST_LINES
    ? lines
    : [...lines.slice(0, MOST_LINES - LAST_LINES), `... ${lines.length} lines`, ...lines.slice(-LAST_LINES)]
  ).map((line) =>
    line.length <= MOST_LETTERS ? line : `${line.slice(0, MOST_LETTERS)}... ${line.length} letters`,
  );

/** What is said of a block's text now, control characters as escapes. */
export async function saidOf(block: Block): Promise<readonly string[]> {
  const isTrace = block.options.some((word) => word === 'trace' || word === 'live');
  try {
    const lines = await (isTrace ? traceLines(block) : dumpLines(block));
    return shortened(lines.flatMap((line) => line.split('\n'))).map(visible);
  } catch (error) {
    if (!(error instanceof EptsweepError)) throw error;
    return [visible(`refused: ${error.message}`)];
  }
}
