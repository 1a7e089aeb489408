/** How the lines of a text begin alike. */
import { describe, expect, it } from 'vitest';
import {
  areNumbers,
  beginningsOf,
  counted,
  isCounter,
  isFilled,
  sharedBeginnings,
} from '../../src/read/dress/beginning.ts';

/** How long the beginnings of a line are on another, -1 where it begins otherwise. */
const lengthsOf = (line: string, other = line): readonly number[] =>
  beginningsOf(line).map((lengthOf) => lengthOf(other));

/** What is left of the lines behind each beginning that they share. */
const restsOf = (...lines: readonly string[]): readonly string[] =>
  sharedBeginnings(lines).map(({ lengthOf }) => lines.map((line) => line.slice(lengthOf(line))).join());

describe('the beginnings of a line', () => {
  it('end behind signs and blanks, and before the blanks that pad a number', () => {
    expect(lengthsOf('ab 12: x')).toEqual([3, 6, 7]);
    expect(lengthsOf('ab  12: x')).toEqual([3, 7, 8]);
    expect(lengthsOf('ab;c,d x')).toEqual([3, 5, 7]);
    expect(lengthsOf('abc')).toEqual([]);
  });

  it('are no blanks alone', () => {
    expect(lengthsOf('  : x')).toEqual([3, 4]);
  });

  it('have numbers for numbers, and a dash for a colon', () => {
    expect(lengthsOf('a1: x', 'a  234- y')).toEqual([7, 8]);
    expect(lengthsOf('a-b x', 'a:b y')).toEqual([2, 4]);
    expect(lengthsOf('a. x', 'a. y')).toEqual([3]);
    expect(lengthsOf('a. x', 'ab y')).toEqual([-1]);
    expect(lengthsOf('a[1] x', 'a[2] y')).toEqual([4, 5]);
    expect(lengthsOf('a: x', 'b: x')).toEqual([-1, -1]);
  });

  it('are told of each line anew', () => {
    const [lengthOf] = beginningsOf('a: x');
    expect(['a:', 'ba:', 'a:', 'a:'].map(lengthOf!)).toEqual([2, -1, 2, 2]);
  });

  it('are 24, within 120 characters', () => {
    expect(lengthsOf('a:'.repeat(30)).slice(-2)).toEqual([46, 48]);
    expect(lengthsOf('a:'.repeat(30))).toHaveLength(24);
    expect(lengthsOf('abcdefghi '.repeat(13)).at(-1)).toBe(120);
    expect(lengthsOf(`j${'abcdefghi '.repeat(13)}`).at(-1)).toBe(111);
  });
});

describe('a beginning that lines share', () => {
  it('is one of three lines', () => {
    expect(restsOf('a: x', 'a: y', 'a: z')).toEqual(['x,y,z']);
    expect(restsOf('a: x', 'a: y')).toEqual([]);
  });

  it('is one of the first line, up to where another begins otherwise', () => {
    expect(restsOf('a: 1 x', 'a:1 y', 'a:1 z')).toEqual([' 1 x,1 y,1 z']);
    expect(restsOf('a:1 x', 'a: 1 y', 'a:1 z')).toEqual(['1 x, 1 y,1 z', 'x,y,z']);
  });

  it('leaves something of one of them', () => {
    expect(restsOf('a: ', 'a: ', 'a: ')).toEqual([]);
    expect(restsOf('a: ', 'a: ', 'a: z')).toEqual([',,z']);
  });

  it('does not end before a sign that all have, but for the quote of a cell', () => {
    expect(restsOf('a [x', 'a [y', 'a [z')).toEqual([]);
    expect(restsOf('a [x', 'a (y', 'a [z')).toEqual(['[x,(y,[z']);
    expect(restsOf('a "x', 'a "y', 'a "z')).toEqual(['"x,"y,"z', 'x,y,z']);
    expect(restsOf('a bx', 'a by', 'a bz')).toEqual(['bx,by,bz']);
    expect(restsOf('a 7x', 'a 7y', 'a 7z')).toEqual(['7x,7y,7z']);
  });

  it('does not end before a stamp, or within one', () => {
    expect(restsOf('a 2024-06-03 x', 'a 2024-06-03 y', 'a 2024-06-04 z')).toEqual(['x,y,z']);
    expect(restsOf('a 10:11:12 x', 'a 10:11:12 y', 'a 10:11:13 z')).toEqual(['x,y,z']);
    expect(restsOf('a 1.5 x', 'a 1.5 y', 'a 1.5 z').at(-1)).toBe('x,y,z');
    expect(restsOf('1:2 x', '2:2 y', '3:2 z')).toEqual(['2 x,2 y,2 z', 'x,y,z']);
    expect(restsOf('1:2 x', '1:2 y', '1:3 z')).toEqual(['x,y,z']);
    expect(restsOf('1:2 x', '1:2 y', '1:2 z')).toEqual(['x,y,z']);
  });

  it('does not end before the numbers of the rows', () => {
    expect(restsOf('x,1,a', 'x,2,b', 'x,3,c')).toEqual(['a,b,c']);
    expect(restsOf('x,1,a', 'x,2,b', 'x,4,c')).toEqual(['1,a,2,b,4,c', 'a,b,c']);
    expect(restsOf('x,1,a', 'x,1,b', 'x,1,c')).toEqual(['1,a,1,b,1,c', 'a,b,c']);
  });

  it('is no number that does not rise', () => {
    expect(restsOf('7 a', '8 b', '12 c')).toEqual(['a,b,c']);
    expect(restsOf('0 a', '1 b', '2 c')).toEqual(['a,b,c']);
    expect(restsOf('7 a', '7 b', '12 c')).toEqual([]);
    expect(restsOf('7x a', '7x b', '6x c')).toEqual(['a,b,c']);
  });

  it('does not go into what a format knows its lines by', () => {
    expect(restsOf('(XEN) x', '(XEN) y', '(XEN) z')).toEqual([]);
    expect(restsOf('a: (XEN) x', 'a: (XEN) y', 'a: (XEN) z')).toEqual(['(XEN) x,(XEN) y,(XEN) z']);
    expect(restsOf('a: MTRR: x', 'a: MTRR: y', 'a: MTRR: 0 base 0x0')).toEqual([
      'MTRR: x,MTRR: y,MTRR: 0 base 0x0',
    ]);
    expect(restsOf('MTRR: x', 'MTRR: y', 'MTRR: z')).toEqual(['x,y,z']);
  });

  it('does not go past names of several hosts, and ends in none', () => {
    const logged = (one: string, other: string) =>
      restsOf(`10:11:12 n1 ${one}: x`, `10:11:12 n1 ${other}: y`, `10:11:12 n2 ${one}: z`);
    expect(logged('kernel', 'kernel')).toEqual(['n1 kernel: x,n1 kernel: y,n2 kernel: z']);
    expect(logged('kernel', 'cron')).toEqual(['n1 kernel: x,n1 cron: y,n2 kernel: z']);
    expect(restsOf('w-1: x', 'w-1: y', 'w-2: z')).toEqual([]);
    expect(restsOf('w-1: x', 'w-1: y', 'w-1: z').at(-1)).toEqual('x,y,z');
    expect(restsOf('7:r1: x', '8:r2: y', '9:r3: z').at(0)).toEqual('r1: x,r2: y,r3: z');
  });

  it('names one host, if any, and tells whether it numbers the lines', () => {
    const told = (...lines: readonly string[]) =>
      sharedBeginnings(lines).map(({ host, isNumber }) => `${host} ${isNumber}`);
    expect(told('n1: a', 'n1: b', 'n1: c')).toEqual(['n1 false']);
    expect(told('n1: a', 'n2: b', 'n1: c')).toEqual([]);
    expect(told('7: a', '8: b', '9: c')).toEqual(['undefined true']);
    expect(told('7: a', '8: b', '10: c')).toEqual(['undefined false']);
  });
});

describe('numbers of lines', () => {
  it('rise by one from any number but 0', () => {
    expect(areNumbers(['7:', '8:', '9:'])).toBe(true);
    expect(areNumbers(['1\t', ' 2\t'])).toBe(true);
    expect(areNumbers(['0:', '1:'])).toBe(false);
    expect(areNumbers(['7:', '9:'])).toBe(false);
    expect(areNumbers(['7:', '7:'])).toBe(false);
    expect(areNumbers(['a:', 'b:'])).toBe(false);
    expect(areNumbers(['7:', 'b:'])).toBe(false);
  });

  it('stand alone', () => {
    expect(['7:', ' 7) ', '7\t', '7|', '7-', '7', '123456789:'].map(isCounter)).not.toContain(false);
    expect(['a7:', '7:a', '7::', '7:   ', '', '1234567890:'].map(isCounter)).not.toContain(true);
  });

  it('are told from rests that begin with a number too', () => {
    const lengthOf = counted(beginningsOf('7:x')[0]!)();
    expect(['7:x', '7:x', '8:y', 'z', '8:y', '19:z', '9:w'].map(lengthOf)).toEqual([2, -1, 2, -1, -1, -1, 2]);
    const numbered = counted(beginningsOf('7:x')[0]!)();
    expect(['7:x', '8 z', '8:y'].map(numbered)).toEqual([2, -1, 2]);
    const another = counted(beginningsOf('7:x')[0]!)();
    expect(['1:x', '2:x'].map(another)).toEqual([2, 2]);
  });

  it('are of lines that say something', () => {
    expect(['x', ' --', '--', '', ' \t'].map(isFilled)).toEqual([true, true, false, false, false]);
  });
});
