/** A file that is read piece by piece: its beginning, and the lengths up to which it is a document. */
import { describe, expect, it } from 'vitest';
import { Reading, type ReadOptions } from '../../src/read/index.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Registers that are read of pieces; a refusal as its text. */
function readOf(pieces: readonly (string | Uint8Array)[]): readonly number[] | string {
  const reading = new Reading({ file: 'x' });
  for (const piece of pieces) reading.push(typeof piece === 'string' ? bytesOf(piece) : piece);
  try {
    return [...reading.finish().registers.keys()];
  } catch (error) {
    return (error as Error).message;
  }
}

describe('a file in pieces', () => {
  it('is read from its first byte, whatever the second piece holds', () => {
    const [first, second] = ['0x2ff,0xc06\n', '0x200,0x6\n'.padStart(600, '\n')];
    expect(readOf([first, second])).toEqual([0x200, 0x2ff]);
    expect(readOf([second, first])).toEqual([0x200, 0x2ff]);
    expect(readOf([first, '0x200,0x6\n'])).toEqual([0x200, 0x2ff]);
    expect(readOf([first, new Uint8Array(0), second, '0x277,0x6\n'])).toEqual([0x200, 0x277, 0x2ff]);
  });

  it('is empty where all of its pieces are', () => {
    expect(readOf([])).toMatch(/^x: empty: nothing to read/);
    expect(readOf([new Uint8Array(0)])).toMatch(/^x: empty: nothing to read/);
    expect(readOf(['\n'])).toMatch(/^x: no MTRR, PAT or memory-map text that is known here in 1 line;/);
  });

  it('is not changed by who fills its pieces again', () => {
    const buffer = bytesOf('0x2ff,0xc06\n0x20');
    const reading = new Reading();
    reading.push(buffer);
    buffer.set(bytesOf('0,0x6\n\n\n\n\n\n\n\n\n\n\n'));
    reading.push(buffer);
    expect([...reading.finish().registers.keys()]).toEqual([0x200, 0x2ff]);
  });

  it.each([
    [{ fil: 'x' }, /"fil"/],
    [{ from: 'dmesg', wanted: 1 }, /wanted/],
    ['dmesg.txt', /options such as \{ file \}/],
  ])('takes no options that there are not: %j', (options, message) => {
    expect(() => new Reading(options as ReadOptions)).toThrow(message);
  });
});

describe('a refusal', () => {
  it('names standard input where no file is named, and says of which kind it is', () => {
    expect(() => new Reading().finish()).toThrow(/^-: empty: /);
    const reading = new Reading();
    reading.push(bytesOf('Hello'));
    expect(() => reading.finish()).toThrow(
      expect.objectContaining({ reason: 'not-recognised', file: '-', line: undefined }),
    );
  });
});

describe('a text that may be a document', () => {
  const BLANKS = bytesOf(`${' '.repeat(2 ** 20 - 1)}\n`);
  /** A text of so many characters between a beginning and an end. */
  const filled = (begin: string, end: string, length: number) => {
    const rest = length - begin.length - end.length;
    const lines = Array.from({ length: Math.floor(rest / BLANKS.length) }, () => BLANKS);
    return [begin, ...lines, `${' '.repeat((rest % BLANKS.length) - 1)}\n`, end];
  };

  it('is one up to 64 MiB', () => {
    const [begin, end] = [`{"log":"0x2ff,0xc06\\n0x200,0x6"\n`, '}\n'];
    expect(readOf(filled(begin, end, 2 ** 26))).toEqual([0x200, 0x2ff]);
    expect(readOf(filled(begin, end, 2 ** 26 + 1))).toMatch(/^x:1: 0 of 1 lines/);
  });

  it('is several, cut into lines, up to 4 MiB', () => {
    const [begin, end] = ['{\n"MESSAGE":"0x2ff,0xc06"}\n', '{\n"MESSAGE":"0x200,0x6"}\n'];
    // The last line end is none of it.
    expect(readOf(filled(begin, end, 2 ** 22 + 1))).toEqual([0x200, 0x2ff]);
    expect(readOf(filled(begin, end, 2 ** 22 + 2))).toMatch(/^x:2: 0 of 2 lines/);
  });
});
