/** Of the ways in which a text may be read the one by which most is told, or read. */
import { describe, expect, it } from 'vitest';
import { type Facts, NO_FACTS, type RegisterFact } from '../../src/read/facts/facts.ts';
import type { LineFormat, ReadContext } from '../../src/read/reader.ts';
import { Undressing } from '../../src/read/undressing.ts';

const at = { file: '-', line: 1 };
const CONTEXT: ReadContext = { file: '-', boot: 'last', stage: undefined };

/** Words such as `r7` (a register), `r7=5` (with a value), `c1.7` (of CPU 1), `ram7`, `map7` and `w7` (a width). */
function factsOf(words: readonly string[]): Facts {
  const numbersOf = (kind: string) =>
    words.flatMap((word) => (word.startsWith(kind) ? [Number(word.slice(kind.length))] : []));
  const register = (msr: number, value = 0n): RegisterFact => ({ msr, value, known: 0n, sized: false, at });
  const range = (end: number) => ({ start: 0n, end: BigInt(end) });
  return {
    ...NO_FACTS,
    registers: new Map(
      words.flatMap((word) => {
        const [, msr, value] = /^r(\d)(?:=(\d))?$/.exec(word) ?? [];
        return msr === undefined ? [] : [[Number(msr), register(Number(msr), BigInt(value ?? 0))]];
      }),
    ),
    cpus: new Map(
      words.flatMap((word) => {
        const [, cpu, msr] = /^c(\d)\.(\d)$/.exec(word) ?? [];
        if (cpu === undefined) return [];
        const registers = new Map([[Number(msr), register(Number(msr))]]);
        return [[Number(cpu), { cpu: Number(cpu), label: cpu, registers }]] as const;
      }),
    ),
    ram: numbersOf('ram').map((end) => ({
      ...range(end),
      source: 'e820',
      kind: 'ram',
      name: '',
      depth: 0,
      at,
    })),
    maps: [{ source: 'map', ranges: numbersOf('map').map((end) => ({ ...range(end), type: 6, at })), at }],
    widths: numbersOf('w').map((bits) => ({ bits, kind: 'stated', source: '', at })),
  } as unknown as Facts;
}

/** Reads what `tells` names, and says what it has read. */
function formatOf(tells: Readonly<Record<string, string>>): LineFormat {
  return {
    name: 'toy',
    title: 'toy',
    hint: /./,
    open: () => {
      const read: string[] = [];
      return {
        read: ({ text }) => {
          if (tells[text] === undefined) return false;
          read.push(text);
          return true;
        },
        finish: () => ({
          ...factsOf(read.flatMap((text) => tells[text]!.split(' '))),
          messages: read.length === 0 ? [] : [{ severity: 'note', text: `read ${read.join('|')}`, at }],
        }),
      };
    },
  };
}

/** What is read of lines in the end. */
function readOf(tells: Readonly<Record<string, string>>, lines: readonly string[]): string {
  const undressing = new Undressing([formatOf(tells)], CONTEXT);
  for (const line of lines) undressing.feed(line);
  const texts = undressing.finish().flatMap(({ messages }) => messages.map(({ text }) => text));
  return texts.filter((text) => text.startsWith('read ') || text.includes(' cut ')).join('; ');
}

/** Which of two ways is taken of lines that all begin with `p:`: as they stand, or without that. */
function wayOf(stands: readonly string[], without: readonly string[]): string {
  const names = 'abcdefghij'.slice(0, Math.max(stands.length, without.length)).split('');
  const tells = Object.fromEntries([
    ...stands.flatMap((what, index) => (what === '-' ? [] : [[`p: ${names[index]}`, what]])),
    ...without.flatMap((what, index) => (what === '-' ? [] : [[names[index]!, what]])),
  ]);
  const read = readOf(
    tells,
    names.map((name) => `p: ${name}`),
  );
  return read.includes('p: ') ? 'as they stand' : 'without';
}

describe('the way in which a text is read', () => {
  it('is that by which more is read, if as much is told', () => {
    expect(wayOf(['r1', '-', '-'], ['r1', '-', '-'])).toBe('as they stand');
    expect(wayOf(['r1', '-', '-'], ['r1', '.', '-'])).toBe('without');
    expect(wayOf(['r1', '.', '-'], ['r1', '-', '-'])).toBe('as they stand');
  });

  it.each([
    ['registers', 'r1', 'r2'],
    ["CPUs' registers", 'c1.1', 'c2.2'],
    ['RAM', 'ram1', 'ram2'],
    ['ranges of maps', 'map1', 'map2'],
    ['widths', 'w1', 'w2'],
  ])('is that by which more %s are told', (_, one, other) => {
    expect(wayOf([one, one, one], [one, other, one])).toBe('without');
    expect(wayOf([one, other, one], [one, one, one])).toBe('as they stand');
    expect(wayOf([one, one, one], [one, one, one])).toBe('as they stand');
  });

  it("is not that by which more CPUs have a register: the lines' numbers look like theirs", () => {
    expect(wayOf(['c0.1', 'c0.1', 'c0.1'], ['c0.1', 'c1.1', 'c2.1'])).toBe('as they stand');
    expect(wayOf(['r1', 'r1', 'r1'], ['r1', 'c1.1', 'c2.1'])).toBe('as they stand');
  });

  it('is that by which less is told where much more is read, and half as much is told', () => {
    expect(wayOf(['r1 r2', '-', '-', '-', '-'], ['r1', '.', '.', '-', '-'])).toBe('as they stand');
    expect(wayOf(['r1 r2', '-', '-', '-', '-'], ['r1', '.', '.', '.', '-'])).toBe('without');
    expect(wayOf(['r1 r2 r3', '-', '-', '-', '-'], ['r1', '.', '.', '.', '.'])).toBe('as they stand');
  });

  it('is another by more than four of ten lines, or one of 200', () => {
    const silent = ['-', '-', '-', '-', '-'];
    const stands = ['r1 r2', '-', '-', '-', '-', ...silent];
    expect(wayOf(stands, ['r1', '.', '.', '.', '.', ...silent])).toBe('as they stand');
    expect(wayOf(stands, ['r1', '.', '.', '.', '.', '.', '-', '-', '-', '-'])).toBe('without');
    const tells = { 'p: a': 'r1', a: 'r1', b: '.' };
    const lines = (count: number) => ['p: a', 'p: b', ...Array<string>(count - 2).fill('p: x')];
    expect(readOf(tells, lines(200))).toBe('read p: a');
    expect(readOf(tells, lines(199))).toBe('read a|b');
  });

  it('does not depend on blank lines', () => {
    const tells = { 'p: a': 'r1', 'p: b': '.', a: 'r1', b: '.' };
    expect(readOf(tells, ['p: a', 'p: b', 'p: '])).toBe('read a|b');
    expect(readOf(tells, ['p: a', 'p: b', 'p: c'])).toBe('read p: a|p: b');
    expect(readOf(tells, ['p: a', 'p: b', 'p: c', '', ' '])).toBe('read p: a|p: b');
  });

  it('is that without the numbers of the lines, if anything is told so', () => {
    const stands = { '7:a': 'r1 r2 r3', '8:b': '.', '9:c': '.' };
    expect(readOf({ ...stands, a: 'r1', b: '.', c: '.' }, ['7:a', '8:b', '9:c'])).toBe('read a|b|c');
    expect(readOf({ ...stands, a: '.', b: '.', c: '.' }, ['7:a', '8:b', '9:c'])).toBe('read 7:a|8:b|9:c');
  });

  it('is of several that by which more is told, though less is read', () => {
    const lines = ['p: q: a', 'p: q: b', 'p: q: c', 'p: q: d'];
    const first = { 'q: a': 'r1', 'q: b': '.', 'q: c': '.', 'q: d': '.' };
    expect(readOf({ ...first, a: 'r1', b: 'r2', c: '.' }, lines)).toBe('read a|b|c');
    expect(readOf({ ...first, a: 'r1', b: 'r2' }, lines)).toBe('read q: a|q: b|q: c|q: d');
  });

  const LOG = ['log: aaaaaaaaaaa', 'bbb', 'log: ccccccccccc', 'ddd', 'log: e'];
  const JOINED = { 'log: aaaaaaaaaaabbb': 'r1', 'log: cccccccccccddd': 'r2', 'log: e': '.' };

  it('puts rests behind the lines before them, unless about every line says something', () => {
    expect(readOf(JOINED, LOG)).toBe(
      'read log: aaaaaaaaaaabbb|log: cccccccccccddd|log: e; the lines were cut at column 16 and are joined again',
    );
    const alone = Object.fromEntries(LOG.map((line) => [line, '.']));
    expect(readOf({ ...JOINED, ...alone }, LOG)).toBe(`read ${LOG.join('|')}`);
  });

  it('puts nothing together that says no more so than alone', () => {
    const lines = ['log: aaaa bbbbbb', 'ccccc', 'log: dddd eeee', 'fffff', 'log: g', 'log: hhhhhhhhhhhhh'];
    const alone = { 'log: aaaa bbbbbb': 'r1=1', 'log: dddd eeee': 'r2', 'log: g': '.' };
    const asOne = { 'log: aaaa bbbbbb ccccc': 'r1=1', 'log: dddd eeee fffff': 'r2' };
    expect(readOf({ ...alone, ...asOne }, lines)).toBe('read log: aaaa bbbbbb|log: dddd eeee|log: g');
    const cut = 'read log: aaaa bbbbbb ccccc|log: dddd eeee fffff|log: g; the lines were cut at column 18';
    expect(readOf({ ...alone, ...asOne, 'log: aaaa bbbbbb ccccc': 'r1=2' }, lines)).toContain(cut);
    const told = { 'log: dddd eeee': 'r1', 'log: dddd eeee fffff': 'r1', 'log: g': '.', [lines[5]!]: '.' };
    const more = [lines[0]!, 'ccccc dddd eeeee', ...lines.slice(1)];
    const whole = 'log: aaaa bbbbbb ccccc dddd eeeee ccccc';
    expect(readOf(told, more)).toBe('read log: dddd eeee|log: g|log: hhhhhhhhhhhhh');
    expect(readOf({ ...told, [whole]: '.' }, more)).toMatch(/^read log: aaaa .* cut at column 18 /);
  });

  it('is none that puts together what all lines begin with, if anything is told without', () => {
    const glued = { 'n: aaaaaaaaaaaaan: b': 'r1 r2' };
    const lines = ['n: aaaaaaaaaaaaa', 'n: b', 'n: c'];
    expect(readOf({ ...glued, c: 'r1' }, lines)).toBe('read c');
    expect(readOf({ ...glued, c: '.' }, lines)).toMatch(/^read n: aaaaaaaaaaaaan: b; .* cut at column 16 /);
    expect(readOf(glued, lines)).toMatch(/^read n: aaaaaaaaaaaaan: b; .* cut at column 16 /);
  });
});

describe('the lines by which that is told', () => {
  const tells = { a: 'r1', '4095:a': '.' };
  const numbered = (count: number) => Array.from({ length: count }, (_, index) => `${index + 1}:x`);

  it('are 4096', () => {
    const lines = numbered(4096).with(4094, '4095:a');
    expect(readOf(tells, [...lines, 'b'])).toBe('read a');
    expect(readOf(tells, [...lines, '4097:a'])).toBe('read a|a');
    expect(readOf(tells, lines.with(4095, 'b'))).toBe('read 4095:a');
  });

  it('are 131072 characters', () => {
    const lines = ['1:a', '2:b'];
    const long = (length: number) => [...lines, `3:${'c'.repeat(length - 8)}`];
    const told = { a: 'r1', b: '.', '1:a': '.', '2:b': '.' };
    expect(readOf(told, [...long(131_072), 'd'])).toBe('read a|b');
    expect(readOf(told, [...long(131_071), 'd'])).toBe('read 1:a|2:b');
  });
});
