import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineSplitter } from '../../src/oracle/lines.ts';

const MAX_BYTES = 8;
const TOO_LARGE = 'too large';

function linesOf(chunks: Iterable<string>): string[] {
  const splitter = new LineSplitter(MAX_BYTES);
  const decoder = new TextDecoder();
  const lines: string[] = [];
  const take = (line: Uint8Array | undefined) => lines.push(line ? decoder.decode(line) : TOO_LARGE);
  for (const chunk of chunks) for (const line of splitter.push(new TextEncoder().encode(chunk))) take(line);
  for (const line of splitter.end()) take(line);
  return lines;
}

describe('LineSplitter', () => {
  it('gives blank lines, and the last one without its newline', () => {
    expect(linesOf(['a\n\nbc\r\n', 'd'])).toEqual(['a', '', 'bc\r', 'd']);
    expect(linesOf(['a\n'])).toEqual(['a']);
    expect(linesOf(['', ''])).toEqual([]);
  });

  it('keeps a line of exactly the limit and drops a longer one, wherever it is cut', () => {
    expect(linesOf(['12345678\n123456789\n12345678'])).toEqual(['12345678', TOO_LARGE, '12345678']);
    expect(linesOf(['1234', '5678', '\n1234', '5678', '9', '\n', 'x\n'])).toEqual([
      '12345678',
      TOO_LARGE,
      'x',
    ]);
    expect(linesOf(['1234567890', '1', '1'])).toEqual([TOO_LARGE]);
  });

  it('gives the lines that splitting the whole text gives', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '\n', 'cdefg') });
    fc.assert(
      fc.property(fc.array(text), (chunks) => {
        const whole = chunks.join('').split('\n');
        if (whole.at(-1) === '') whole.pop();
        expect(linesOf(chunks)).toEqual(whole.map((line) => (line.length > MAX_BYTES ? TOO_LARGE : line)));
      }),
    );
  });
});
