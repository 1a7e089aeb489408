/**
 * All that the readers say of each fixture, and what becomes of it where a line is missing or damaged: read.txt. Accepted
 * with EPTSWEEP_ACCEPT=1, as the others.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { FORMATS, ReadError, readBytes } from '../../src/read/index.ts';
import { ENTRY_FORMATS } from '../../src/read/trace/formats.ts';
import { factLines, vcpuLines } from '../read/facts-text.ts';
import { FIXTURE_NAMES, fixtureBytes } from '../read/fixture.ts';
import { ODD_TEXTS } from '../read/odd-texts.ts';

const PATH = fileURLToPath(new URL('read.txt', import.meta.url));
/** Other tests hold these to the plain ones. */
const DRESSED = /crlf|journal|list|markdown|quoted|utf16|wrapped|\.gz$/;
const NAMES = FIXTURE_NAMES.filter((name) => !DRESSED.test(name));
/** Of a long text every so many lines are changed. */
const MOST_CHANGED = 24;
/** Lines of a difference that are written down, and letters of a line. */
const MOST_LINES = 3;
const MOST_LETTERS = 160;

const utf8 = new TextEncoder();

function said(text: string, file: string, count?: number): readonly string[] {
  try {
    const facts = readBytes(utf8.encode(text), { file });
    return [...factLines(facts, count), ...(count === undefined ? vcpuLines(facts) : [])];
  } catch (error) {
    if (!(error instanceof ReadError)) throw error;
    return [`refused: ${error.message}`];
  }
}

const signed = (sign: string, lines: readonly string[]): readonly string[] => [
  ...lines.slice(0, MOST_LINES).map((line) => `  ${sign} ${line.slice(0, MOST_LETTERS)}`),
  ...(lines.length > MOST_LINES ? [`  ${sign} ... ${lines.length}`] : []),
];

/** What is not in the other. */
const beyond = (lines: readonly string[], others: readonly string[]): readonly string[] => {
  const known = new Set(others);
  return lines.filter((line) => !known.has(line));
};

/** The last number or word of a line is cut short, and something odd stands in its place. */
const damaged = (line: string): string => line.replace(/\w(\W*)$/, '#$1');

function blockOf(name: string): string {
  const text = new TextDecoder().decode(fixtureBytes(name));
  const lines = text.split('\n');
  const whole = said(text, name, 1);
  const step = Math.ceil(lines.length / MOST_CHANGED);
  const changes: string[] = [];
  for (let index = 0; index < lines.length; index += step) {
    const line = lines[index]!;
    // One in two each: what both show is mostly the same.
    const isGone = (index / step) % 2 === 0;
    const now = said(lines.with(index, isGone ? '' : damaged(line)).join('\n'), name, 1);
    const [gone, come] = [beyond(whole, now), beyond(now, whole)];
    if (gone.length + come.length === 0) continue;
    const what = isGone ? 'without' : 'damaged';
    changes.push(`${what} line ${index + 1}`, ...signed('-', gone), ...signed('+', come));
  }
  // Is it one dump more, or another statement of the same?
  const again = beyond(said(`${text.trimEnd()}\n${text}`, name, 1), whole);
  changes.push(
    'twice',
    ...signed(
      '+',
      again.filter((line) =>
        /^(recognised|messages|contradictions|torn|refused|stages|variableCount)/.test(line),
      ),
    ),
  );
  return [`= ${name}`, ...said(text, name), ...changes, ''].join('\n');
}

/** What a line adds to a text. */
function oddBlock(name: string): string {
  const { text, without } = ODD_TEXTS.get(name)!;
  const [whole, base] = [said(text, '-'), said(without, '-')];
  const isTold = (line: string): boolean => !line.startsWith('coverage');
  const [gone, come] = [beyond(base, whole), beyond(whole, base)].map((lines) => lines.filter(isTold));
  return [`= ${name}`, ...gone!.map((line) => `  - ${line}`), ...come!.map((line) => `  + ${line}`), ''].join(
    '\n',
  );
}
const ODD = [...ODD_TEXTS.keys()];

/** Blocks of a text by their first lines. */
function blocksOf(text: string): ReadonlyMap<string, string> {
  const blocks = text.split(/^(?== )/m).filter((block) => block !== '');
  return new Map(blocks.map((block) => [block.slice(2, block.indexOf('\n')), block]));
}

/** What they are called. */
const titles = (): string =>
  ['= formats', ...[...FORMATS, ...ENTRY_FORMATS].map(({ name, title }) => `${name}: ${title}`), ''].join(
    '\n',
  );

describe('what the readers say', () => {
  if (process.env.EPTSWEEP_ACCEPT === '1') {
    it('is accepted', () =>
      writeFileSync(PATH, [titles(), ...NAMES.map(blockOf), ...ODD.map(oddBlock)].join('')));
    return;
  }
  const expected = blocksOf(existsSync(PATH) ? readFileSync(PATH, 'utf8') : '');

  it('is written down of these texts and no others', () => {
    expect([...expected.keys()]).toEqual(['formats', ...NAMES, ...ODD]);
    expect(titles()).toBe(expected.get('formats'));
  });

  it.each(NAMES)('of %s', (name) => {
    expect(blockOf(name)).toBe(expected.get(name));
  });

  it.each(ODD)('of %s', (name) => {
    expect(oddBlock(name)).toBe(expected.get(name));
  });
});
