/** Lines that are cut out of pieces, and their bound. */
import { describe, expect, it } from 'vitest';
import { ByteLines, MOST_LINE_BYTES } from '../../src/read/trace/byte-lines.ts';

/** Lines with their numbers, `!` for one that is too long; behind each piece whether a line has begun; their count. */
function cut(pieces: readonly string[]) {
  const lines: string[] = [];
  const cutter = new ByteLines({
    line: (bytes, start, end, number) =>
      lines.push(`${number} ${Buffer.from(bytes.subarray(start, end)).toString()}`),
    overlong: (number) => lines.push(`${number} !`),
  });
  const begun: boolean[] = [];
  for (const piece of pieces) {
    cutter.push(Buffer.from(piece));
    begun.push(cutter.isInLine);
  }
  cutter.finish();
  return { lines, begun, count: cutter.lineCount };
}

const x = (count: number): string => 'x'.repeat(count);

describe('lines in pieces', () => {
  it('are the same wherever they are cut', () => {
    const text = 'a\n\nbcd\n\n\nef\nxy';
    const whole = ['1 a', '2 ', '3 bcd', '4 ', '5 ', '6 ef', '7 xy'];
    for (let first = 0; first <= text.length; first++)
      for (let second = first; second <= text.length; second++) {
        const { lines, count } = cut([text.slice(0, first), text.slice(first, second), text.slice(second)]);
        expect(lines).toEqual(whole);
        expect(count).toBe(7);
      }
    expect(cut([...text]).lines).toEqual(whole);
  });

  it('have begun with their first byte and not before', () => {
    expect(cut(['', 'a', '', 'b\n', 'a\nb', '\n']).begun).toEqual([false, true, true, false, true, false]);
    expect(cut(['', 'a', '\n', '\n']).count).toBe(2);
    expect(cut([x(MOST_LINE_BYTES + 1), 'x', '\n']).begun).toEqual([true, true, false]);
  });

  it.each<[string, string[]]>([
    ['in one piece', [`${x(MOST_LINE_BYTES)}\n`]],
    ['behind another line', [`a\n${x(MOST_LINE_BYTES)}\nb`]],
    ['cut behind its first byte', ['x', `${x(MOST_LINE_BYTES - 1)}\n`]],
    ['cut before its last byte', [x(MOST_LINE_BYTES - 1), 'x\nb\n']],
    ['cut before its end', [x(MOST_LINE_BYTES), '\n']],
    ['in three pieces', ['xx', x(MOST_LINE_BYTES - 3), 'x\n']],
    ['without an end', [x(MOST_LINE_BYTES - 1), 'x']],
    ['behind many others, in its piece', [`${'a\n'.repeat(20_000)}${x(30_000)}`, `${x(35_536)}\n`]],
  ])('are taken up to the bound, %s', (_, pieces) => {
    const { lines } = cut(pieces);
    expect(lines.filter((line) => line.endsWith('!'))).toEqual([]);
    expect(lines.filter((line) => line.endsWith(x(MOST_LINE_BYTES)))).toHaveLength(1);
  });

  it.each<[string, string[], string[]]>([
    ['in one piece', [`${x(MOST_LINE_BYTES + 1)}\nb\n`], ['1 !', '2 b']],
    ['behind another line', [`a\n${x(MOST_LINE_BYTES + 1)}\nb`], ['1 a', '2 !', '3 b']],
    ['cut behind its tenth byte', [x(10), `${x(MOST_LINE_BYTES - 9)}\nb`], ['1 !', '2 b']],
    ['cut before its last byte', [x(MOST_LINE_BYTES), 'x\nb\n'], ['1 !', '2 b']],
    ['cut before its end', [x(MOST_LINE_BYTES + 1), '\nb\n'], ['1 !', '2 b']],
    ['in pieces of which each is short', [x(60_000), x(60_000), x(60_000), '\nb\n'], ['1 !', '2 b']],
    ['without an end', [`a\n${x(MOST_LINE_BYTES)}`, 'x'], ['1 a', '2 !']],
    ['in one piece without an end', [x(MOST_LINE_BYTES + 1)], ['1 !']],
    ['two after each other', [x(70_000), `\n${x(70_000)}`, '\nb'], ['1 !', '2 !', '3 b']],
  ])('are told from it on, %s', (_, pieces, expected) => {
    expect(cut(pieces).lines).toEqual(expected);
  });
});
