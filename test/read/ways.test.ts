import { describe, expect, it } from 'vitest';
import { sharedBeginnings } from '../../src/read/dress/beginning.ts';
import { joined, mayGoOn, type Piece, type StepOf, undone, without } from '../../src/read/dress/steps.ts';
import { waysOf } from '../../src/read/dress/ways.ts';
import { readText } from '../../src/read/index.ts';
import { inHex } from './fixture.ts';

const piecesOf = (lines: readonly string[]): readonly Piece[] =>
  lines.map((text, at) => ({ text, number: at + 1, last: at + 1 }));

function done(lines: readonly string[], steps: readonly StepOf[]): readonly string[] {
  return undone(piecesOf(lines), steps).map(({ text }) => text);
}

const restsOf = (lines: readonly string[]): readonly string[] =>
  sharedBeginnings(lines).map(({ lengthOf }) => lines[0]!.slice(lengthOf(lines[0]!)));

describe('what all lines begin with', () => {
  it('ends behind a sign or a blank, numbers standing for numbers', () => {
    expect(restsOf(['node17: [    0.000000] a', 'node17: [   12.000213] b', 'node17: [    1.5] c'])).toEqual([
      'a',
    ]);
    expect(restsOf(['a: x', 'b: x', 'a: y'])).toEqual([]);
    expect(restsOf(['a: x', 'a: y'])).toEqual([]);
  });

  it('is no part of a stamp, and no name of one host of several', () => {
    const stamps = ['Jun 03 10:11:12 x', 'Jun 03 10:11:13 y', 'Jun 04 10:11:13 z'];
    expect(restsOf(stamps)).toEqual(['x']);
    expect(restsOf(['node1: x', 'node2: y', 'node1: z'])).toEqual([]);
  });

  it("is a number where the lines are numbered alone, and no cell that may be a CPU's number", () => {
    expect(sharedBeginnings(['7:a', '8:b', '9:c']).map(({ isNumber }) => isNumber)).toEqual([true]);
    expect(restsOf(['7 a', '3 b', '00 c'])).toEqual([]);
    expect(restsOf(['x,1,0xfe', 'x,2,0x200', 'x,3,0x201'])).toEqual(['0xfe']);
  });
});

describe('steps', () => {
  it('take a beginning and the quotes of a cell away', () => {
    const lengthOf = (line: string) => (line.startsWith('"') ? 4 : -1);
    expect(done(['"1","a""b"', '"2","c"', 'xyz'], [without(lengthOf)])).toEqual(['a"b', 'c', 'xyz']);
  });

  it('put rests behind lines that end at the column, and behind those that had no room for a word', () => {
    const lengthOf = (line: string) => (line.startsWith('>') ? 0 : -1);
    const hard = joined(() => lengthOf, { column: 6, atBlanks: false });
    expect(done(['>abcde', 'fg', '>hij', 'k', '>lmnop', ''], [hard])).toEqual([
      '>abcdefg',
      '>hij',
      'k',
      '>lmnop',
      '',
    ]);
    const soft = joined(() => lengthOf, { column: 6, atBlanks: true });
    expect(done(['>abc', 'def', '>h', 'i'], [soft])).toEqual(['>abc def', '>h', 'i']);
  });

  it('take the quotes of a cell away whose first one belongs to the beginning', () => {
    const lengthOf = (line: string) => (line.startsWith('"') ? 5 : -1);
    expect(done(['"1","a""b"', '"2","c', 'x"'], [without(lengthOf)])).toEqual(['a"b', 'c', 'x"']);
  });

  it('know a word that is longer than the column, and what stands behind it', () => {
    const cut = { column: 8, atBlanks: true };
    expect(mayGoOn('abcdefghij k', 'lmn', cut)).toBe(true);
    expect(mayGoOn('  abcdefghij', 'k', cut)).toBe(true);
    expect(mayGoOn('abc defghij', 'k', cut)).toBe(false);
    expect(mayGoOn('abcdefgh k', 'lmn', cut)).toBe(false);
  });

  it('know whether a line had no room for the word behind it, or ends at the column', () => {
    const soft = { column: 8, atBlanks: true };
    expect([mayGoOn('abc', 'defg', soft), mayGoOn('abc', 'defgh i', soft)]).toEqual([false, true]);
    const hard = { column: 8, atBlanks: false };
    expect([mayGoOn('abc', 'defghij', hard), mayGoOn('abc defg', 'h', hard)]).toEqual([false, true]);
  });

  it('put nothing more behind what is longer than any line that is read', () => {
    const lengthOf = (line: string) => (line.startsWith('>') ? 0 : -1);
    const piece = 'a'.repeat(1024);
    const lines = [`>${piece.slice(1)}`, piece, piece, piece, piece, 'rest'];
    const hard = joined(() => lengthOf, { column: 1024, atBlanks: false });
    expect(done(lines, [hard]).map(({ length }) => length)).toEqual([5120, 4]);
  });

  it('hand what they end with to those behind them alone', () => {
    const marked =
      (mark: string): StepOf =>
      () => ({
        push: (piece) => [{ ...piece, text: piece.text + mark }],
        finish: () => piecesOf([`end of ${mark} `]),
      });
    expect(done(['x'], ['a', 'b', 'c'].map(marked))).toEqual([
      'xabc',
      'end of a bc',
      'end of b c',
      'end of c ',
    ]);
  });
});

describe('ways to read a text', () => {
  it('are none for lines that have nothing in common', () => {
    expect(waysOf(piecesOf(['0x200,0x6', 'reg00: x', 'MTRR default type: uncachable']))).toEqual([]);
  });

  /** Each way: where its lines were cut, a host, whether it is sure, and the lines. */
  const waysBy = (...lines: readonly string[]): readonly string[] =>
    waysOf(piecesOf(lines)).map(({ steps, cut, host, isSure }) =>
      [
        ...(cut ? [`${cut.column}${cut.atBlanks ? ' between words' : ''}`] : []),
        ...(host === undefined ? [] : [host]),
        ...(isSure ? ['sure'] : []),
        done(lines, steps).join('|'),
      ].join(' '),
    );

  it('take away what all lines begin with: the three shortest beginnings, and the longest', () => {
    expect(waysBy('n1: x', 'n1: y', 'n1: z')).toEqual(['n1 x|y|z']);
    expect(waysBy('7:x', '8:y', '9:z')).toEqual(['sure x|y|z']);
    const three = ['x', 'y', 'z'].map((text) => `a: b: c: ${text}`);
    expect(waysBy(...three).map((way) => way.split('|')[2])).toEqual(['b: c: z', 'c: z', 'z']);
    const four = ['x', 'y', 'z'].map((text) => `a: b: c: d: ${text}`);
    expect(waysBy(...four).map((way) => way.split('|')[2])).toEqual(['b: c: d: z', 'c: d: z', 'd: z', 'z']);
    const named = ['x', 'y', 'z'].map((text) => `a: b: c: d: e: f: ${text}`);
    expect(waysBy(...named)).toEqual([
      'a b: c: d: e: f: x|b: c: d: e: f: y|b: c: d: e: f: z',
      'a c: d: e: f: x|c: d: e: f: y|c: d: e: f: z',
      'a d: e: f: x|d: e: f: y|d: e: f: z',
      'a x|y|z',
    ]);
  });

  const LOG = ['log: aaaaaaaaaaa', 'bbb', 'log: ccccccccccc', 'ddd', 'log: e'];

  it('put rests behind lines that begin alike', () => {
    expect(waysBy(...LOG)).toEqual([
      '16 log: aaaaaaaaaaabbb|log: cccccccccccddd|log: e',
      '16 log aaaaaaaaaaabbb|cccccccccccddd|e',
    ]);
    expect(
      waysBy('log: aaaa bbbbbb', 'ccccc', 'log: dddd eeee', 'fffff', 'log: g', 'log: hhhhhhhhhhhhh'),
    ).toEqual([
      '18 between words log: aaaa bbbbbb ccccc|log: dddd eeee fffff|log: g|log: hhhhhhhhhhhhh',
      '18 between words log aaaa bbbbbb ccccc|dddd eeee fffff|g|hhhhhhhhhhhhh',
    ]);
    expect(waysBy(' ', ...LOG)).toHaveLength(2);
    expect(waysBy('log: aaaaaaaaaaa', 'bbb', 'log: c', 'log: d')).toHaveLength(2);
    expect(waysBy(...LOG.map((line) => `n1: q: ${line}`)).slice(2)).toEqual([
      '16 n1 log: aaaaaaaaaaabbb|log: cccccccccccddd|log: e',
      '16 log aaaaaaaaaaabbb|cccccccccccddd|e',
    ]);
    expect(waysBy('', ...LOG)).toEqual([
      '16 |log: aaaaaaaaaaabbb|log: cccccccccccddd|log: e',
      '16 log |aaaaaaaaaaabbb|cccccccccccddd|e',
    ]);
  });

  it('are none where fewer than three lines are whole, or not a tenth of them', () => {
    expect(waysBy(...LOG.slice(0, 4))).toEqual([]);
    const long = (pieces: number) => ['log: aaaaaaaaaaa', ...Array<string>(pieces).fill('b'.repeat(16))];
    expect(waysBy(...long(9), ...long(9), ...long(9))).not.toEqual([]);
    expect(waysBy(...long(9), ...long(9), ...long(10))).toEqual([]);
  });

  it('are none where lines begin alike by chance, are too narrow, or all whole', () => {
    expect(waysBy('l: aaaaaaaaaaaaa', 'bbb', 'l: ccccccccccccc', 'ddd', 'l: e')).toEqual([]);
    expect(waysBy('lo: aaaaaaaaaaaa', 'bbb', 'lo: cccccccccccc', 'ddd', 'lo: e')).toHaveLength(2);
    expect(waysBy(...LOG.map((line) => line.replace(/a{11}|c{11}/, 'x'.repeat(10))))).toEqual([]);
    expect(waysBy('log: aaaaaaaaaaa', 'log: b', 'log: c').filter((way) => /^\d/.test(way))).toEqual([]);
  });

  it('are those in which nine of ten rests stand where a cut leaves them', () => {
    const rests = (count: number) => Array.from({ length: count }, () => LOG.slice(0, 2)).flat();
    expect(waysBy(...rests(9), 'log: e', 'bbb', 'log: f')).not.toEqual([]);
    expect(waysBy(...rests(8), 'log: e', 'bbb', 'log: f')).toEqual([]);
  });

  it('look for the column of a cut between words among the sixteen longest lines', () => {
    const text = ['log: aaaa bbbbbbbb', 'ccccc', 'log: dddd eeeeeee', 'fffff', 'log: g'];
    const even = text.with(2, 'log: dddd eeeeeeee');
    expect(waysBy(...even, `log:${'x'.repeat(40)}`).at(0)).toMatch(/^18 between words /);
    const word = `log:${'x'.repeat(20)}`;
    expect(waysBy(word, 'bbb', word, 'ddd', 'log:e', 'log:aaaaa bbbbbb').at(0)).toBe(
      `24 ${word}bbb|${word}ddd|log:e|log:aaaaa bbbbbb`,
    );
    const sticking = (count: number) =>
      Array.from({ length: count }, (_, at) => `log:${'x'.repeat(40 + at)}`);
    expect(waysBy(...text, ...sticking(15)).filter((way) => way.startsWith('18 between'))).toHaveLength(4);
    expect(waysBy(...text, ...sticking(16))).toEqual([]);
  });

  it('take the two longest beginnings that tell different lines for whole ones', () => {
    const whole = 'log: [1]: aaaaaaaaaa';
    const lines = [whole, 'ww', whole, 'log: yy', whole, 'log: [2] zz', 'log: [1]: e'];
    expect(waysBy(...lines).filter((way) => way.startsWith('20 log: '))).toEqual([
      `20 ${whole}ww|${whole}log: yy|${whole}log: [2] zz|log: [1]: e`,
      `20 ${whole}ww|${whole}log: yy|${whole}|log: [2] zz|log: [1]: e`,
    ]);
  });

  it('are sure where the lines are numbered, and no cut between words is', () => {
    expect(waysBy(...LOG.map((line, at) => `${at + 7}: ${line}`))).toEqual([
      'sure log: aaaaaaaaaaa|bbb|log: ccccccccccc|ddd|log: e',
      '16 sure log: aaaaaaaaaaabbb|log: cccccccccccddd|log: e',
      '16 log sure aaaaaaaaaaabbb|cccccccccccddd|e',
    ]);
    expect(waysBy('7: log: aaaaaaaaaaa', 'bbb', '8: log: ccccccccccc', 'ddd', '9: log: e').at(0)).toBe(
      '19 sure 7: log: aaaaaaaaaaabbb|8: log: cccccccccccddd|9: log: e',
    );
    const words = ['7: aaaa bbbbbbbb', 'ccccc', '8: dddd eeee', 'ffffff', '9: g', '10: hhhhhhhhhhhhhh'];
    expect(waysBy(...words).filter((way) => way.includes('sure'))).toEqual([]);
    expect(waysBy(...words)).not.toEqual([]);
  });

  it('leave a break of quoted-printable to those who know it', () => {
    const broken = [`[    0.1] ${'a'.repeat(65)}=`, 'bc', '[    0.2] d', '[    0.3] e'];
    expect(waysOf(piecesOf(broken)).filter(({ cut }) => cut)).toEqual([]);
  });

  const BLOCK = [
    'MTRR default type: uncachable',
    'MTRR variable ranges enabled:',
    '  0 base 0000000000 mask 7F80000000 write-back',
    '  1 base 0080000000 mask 7FC0000000 write-back',
  ];
  const WANTED = inHex(readText(`${BLOCK.join('\n')}\n`).registers);

  it.each([
    [
      'cut, and then numbered',
      (lines: readonly string[]) =>
        lines.flatMap((line) => line.match(/.{1,30}/g) ?? []).map((piece, at) => `${at + 1}:${piece}`),
    ],
    [
      'dressed, and then cut',
      (lines: readonly string[]) =>
        lines.map((line, at) => `web-${at}, ${line}`).flatMap((line) => line.match(/.{1,41}/g) ?? []),
    ],
  ])('finds the one of a text that was %s', (_, dressed) => {
    expect(inHex(readText(`${dressed(BLOCK).join('\n')}\n`).registers)).toEqual(WANTED);
  });

  it('tells numbered lines from rests that begin with numbers too', () => {
    const lines = [`1:${'x'.repeat(18)}`, '00000000:1', `2:${'y'.repeat(18)}`, '  00000000:2', '3:z', '4:w'];
    const [way, ...others] = waysOf(piecesOf(lines)).filter(({ steps }) => steps.length === 1);
    expect(others).toEqual([]);
    expect([way!.cut, way!.isSure]).toEqual([{ column: 20, atBlanks: false }, true]);
    expect(done(lines, way!.steps)).toEqual([
      `${lines[0]}00000000:1`,
      `${lines[2]}  00000000:2`,
      '3:z',
      '4:w',
    ]);
  });

  it('leaves commands and their values apart, also where one of them is damaged', () => {
    const pairs = ['fe', '2ff', '200', '201'].flatMap((msr) => [
      `root@brook:~# rdmsr -p 0 -x 0x${msr}`,
      'd0a',
    ]);
    const facts = readText(`${pairs.with(3, '#').concat(pairs, pairs, pairs).join('\n')}\n`);
    expect([...facts.cpus.keys()]).toEqual([0]);
    expect([...facts.registers.keys()]).toEqual([]);
  });

  it('is none that puts together what all lines begin with in the middle of it', () => {
    const lines = [
      'MTRR registers:',
      ...['Base0 (0x200)', 'Mask0 (0x201)', 'Base1 (0x202)', 'Mask1 (0x203)'].map(
        (name) => `MTRRphys${name}: 0x00000000${name.startsWith('B') ? '80000006' : '80000800'}`,
      ),
    ];
    const wanted = inHex(readText(`${lines.join('\n')}\n`).registers);
    const dressed = lines.flatMap((line) => line.match(/.{1,31}/g)!).map((piece) => `10.0.0.5: ${piece}`);
    expect(Object.keys(wanted)).toHaveLength(4);
    expect(inHex(readText(`${dressed.join('\n')}\n`).registers)).toEqual(wanted);
  });

  it('keeps the host that was asked for where its name was taken from all lines', () => {
    const named = BLOCK.map((line) => `node17: ${line}\n`).join('');
    expect(inHex(readText(named, { host: 'node17' }).registers)).toEqual(WANTED);
    expect(() => readText(named, { host: 'node18' })).toThrow('--host node18 was asked for');
  });
});
