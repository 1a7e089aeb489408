/** Bytes that come in pieces: lines of a text and of a trace are the same however it is cut, up to their longest. */
import { describe, expect, it } from 'vitest';
import { TextLines } from '../../src/read/text-lines.ts';
import { ByteLines, MOST_LINE_BYTES } from '../../src/read/trace/byte-lines.ts';
import { readTrace, readTraceText } from '../../src/read/trace/stream.ts';
import { type EntryBatch, entryAt } from '../../src/trace/index.ts';
import { Rng } from '../generators/rng.ts';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
function utf16(text: string, isBig = false): Uint8Array {
  const bytes = new Uint8Array(text.length * 2);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < text.length; at++) view.setUint16(2 * at, text.charCodeAt(at), !isBig);
  return bytes;
}

/** Cuts bytes at random, or one by one. */
function pieces(bytes: Uint8Array, rng: Rng | undefined): readonly Uint8Array[] {
  const cut: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + (rng ? rng.below(6) : 1);
    cut.push(bytes.subarray(at, end));
    at = Math.max(at, end);
  }
  return cut;
}

describe('lines of a text', () => {
  const TEXTS = [
    '',
    'a',
    'a\n',
    '\n',
    '\n\na\r\nb',
    'é–\u{1f600}\n\u{10ffff}a\n',
    'ab\n\u{1f600}',
    '\u0080\u07ff\u0800\uffff\u{10000}\n',
  ];
  const linesOf = (text: string): readonly string[] => {
    const lines = text.split('\n');
    return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
  };

  it.each(TEXTS)('%j', (text) => {
    const rng = new Rng(1);
    for (let n = 0; n < 20; n++) {
      for (const [encoding, bytes] of [
        ['utf8', utf8(text)],
        ['utf16le', utf16(text)],
        ['utf16be', utf16(text, true)],
      ] as const) {
        const seen: string[] = [];
        const lines = new TextLines(encoding, (line) => seen.push(line));
        for (const piece of pieces(bytes, n === 0 ? undefined : rng)) lines.push(piece);
        const open = text === '' || text.endsWith('\n') ? undefined : linesOf(text).at(-1);
        expect(lines.finish()).toBe(open);
        expect(seen).toEqual(linesOf(text));
        expect(lines.finish()).toBeUndefined();
      }
    }
  });

  it('that break off within a character keep its bytes', () => {
    for (const [bytes, line] of [
      [[0x61, 0xe2, 0x80], 'a\u00e2\u0080'],
      [[0x61, 0xf0, 0x9f, 0x98], 'a\u00f0\u009f\u0098'],
      [[0x61, 0xc3], 'a\u00c3'],
      [[0x80, 0x80, 0x80, 0x80], '\u0080\u0080\u0080\u0080'],
    ] as const) {
      const seen: string[] = [];
      const lines = new TextLines('utf8', (text) => seen.push(text));
      for (const byte of bytes) lines.push(Uint8Array.of(byte));
      lines.finish();
      expect(seen).toEqual([line]);
    }
  });

  it('lose their tail behind 2^20 characters while their end has not come', () => {
    const most = 2 ** 20;
    const seen: number[] = [];
    const lines = new TextLines('utf8', (text) => seen.push(text.length));
    const long = utf8('a'.repeat(most));
    for (const more of ['', 'b', 'bb']) {
      lines.push(long);
      lines.push(utf8(more));
      lines.push(utf8('\n'));
    }
    lines.push(long);
    lines.push(utf8('bb'));
    lines.finish();
    expect(seen).toEqual([most, most, most, most]);
  });
});

describe('lines of bytes', () => {
  it('are the same in any pieces, and those that are too long are named', () => {
    const rng = new Rng(2);
    const most = MOST_LINE_BYTES;
    for (const lengths of [
      [],
      [0],
      [1, 0, 2],
      [most],
      [most + 1],
      [3, most + 1, 4, most, most + 9],
      [most - 1, most + 1, most + 1, 0],
    ]) {
      for (const hasEnd of [true, false]) {
        const whole = utf8(
          lengths.map((length) => 'a'.repeat(length)).join('\n') + (hasEnd && lengths.length > 0 ? '\n' : ''),
        );
        // An empty line without an end is none.
        const count = lengths.length - Number(!hasEnd && lengths.at(-1) === 0);
        for (let n = 0; n < 8; n++) {
          const seen: string[] = [];
          const lines = new ByteLines({
            line: (_bytes, start, end, number) => seen.push(`${number}: ${end - start}`),
            overlong: (number) => seen.push(`${number}: too long`),
          });
          for (let at = 0; at < whole.length; ) {
            const end = n === 0 ? whole.length : at + 1 + rng.below(n === 1 ? 3 * most : most);
            lines.push(whole.subarray(at, end));
            at = end;
            const isOpen = at < whole.length ? whole[at - 1] !== 0x0a : !hasEnd;
            if (at < whole.length) expect(lines.isInLine).toBe(isOpen);
          }
          lines.finish();
          expect(seen).toEqual(
            lengths
              .slice(0, count)
              .map((length, index) => `${index + 1}: ${length > most ? 'too long' : length}`),
          );
          expect(lines.lineCount).toBe(count);
        }
      }
    }
  });
});

describe('a trace', () => {
  const TEXT = 'gfn,level,entry\r\n100,1,100037\r\n200,2,8000b7\r\n';
  const ENTRIES = ['2 100 1 100037', '3 200 2 8000b7'];

  async function entriesOf(parts: readonly Uint8Array[], onProgress?: (bytes: number) => void) {
    const texts: string[] = [];
    const take = (batch: EntryBatch) => {
      for (let at = 0; at < batch.count; at++)
        texts.push(
          `${batch.line[at]} ${batch.gfn[at]!.toString(16)} ${batch.level[at]} ${entryAt(batch, at).toString(16)}`,
        );
    };
    const source = await readTrace(parts, take, { file: 'x', ...(onProgress && { onProgress }) });
    return { source, texts };
  }

  it('is read in any pieces and encodings, and says how far it is', async () => {
    const rng = new Rng(3);
    for (const [mark, bytes] of [
      [[], utf8(TEXT)],
      [[0xef, 0xbb, 0xbf], utf8(TEXT)],
      [[0xff, 0xfe], utf16(TEXT)],
      [[], utf16(TEXT)],
    ] as const) {
      const whole = Uint8Array.from([...mark, ...bytes]);
      for (let n = 0; n < 10; n++) {
        const progress: number[] = [];
        const parts = pieces(whole, n === 0 ? undefined : rng);
        const { source, texts } = await entriesOf(parts, (bytesSoFar) => progress.push(bytesSoFar));
        expect(texts).toEqual(ENTRIES);
        expect(source).toEqual({
          file: 'x',
          format: 'csv',
          isKvm: false,
          lines: 3,
          entries: 2,
          splits: 0,
          otherEvents: 0,
          lostEvents: 0,
          foreignEntries: 0,
          truncated: { count: 0, first: undefined },
          overlong: { count: 0, first: undefined },
        });
        let sum = 0;
        expect(progress).toEqual(parts.map(({ length }) => (sum += length)));
      }
    }
  });

  it('of UTF-16 that goes on behind its beginning is read in any pieces', async () => {
    const rows = 60_000;
    const whole = utf16(`gfn,level,entry\n${'100,1,100037\n'.repeat(rows)}`);
    const parts: Uint8Array[] = [];
    for (let at = 0, k = 0; at < whole.length; k++) {
      const end = at + 100_001 + (k % 3);
      parts.push(whole.subarray(at, end));
      at = end;
    }
    const { source, texts } = await entriesOf(parts);
    expect([source.entries, source.lines, texts.length, texts.at(-1)]).toEqual([
      rows,
      rows + 1,
      rows,
      `${rows + 1} 100 1 100037`,
    ]);
  });

  it('that goes on behind its beginning is read once', async () => {
    const rows = 250_000;
    const whole = utf8(`gfn,level,entry\n${'100,1,100037\n'.repeat(rows)}`);
    const parts = [0, 1, 2, 3].map((part) => whole.subarray(part << 20, (part + 1) << 20));
    let entries = 0;
    const take = (batch: EntryBatch) => {
      entries += batch.count;
    };
    const source = await readTrace(parts, take, { file: 'x' });
    expect([entries, source.entries, source.lines]).toEqual([rows, rows, rows + 1]);
  });

  const KNOWN = 'holds nothing that looks like EPT entries (known: ';
  it.each<[string, Uint8Array, string | RegExp]>([
    ['nothing', utf8(''), 'x: is empty: it holds no EPT entry'],
    ['blanks', utf8(' \n\t\n'), 'x: is empty: it holds no EPT entry'],
    ['prose', utf8('Hello\n'), `x: ${KNOWN}`],
    ['a line of the longest length', utf8(`${'a'.repeat(MOST_LINE_BYTES)}\n`), `x: ${KNOWN}`],
    [
      'a longer one',
      utf8(`b\n${'a'.repeat(MOST_LINE_BYTES + 1)}\n`),
      'x: a line is over 64 KiB long, and no other holds an EPT entry',
    ],
    [
      'trace.dat',
      utf8('\x17\x08\x44tracing\x00'),
      'x: this is a trace.dat of trace-cmd: give the text that trace-cmd report -i FILE prints',
    ],
    ['perf.data', utf8('PERFILE2'), 'x: this is a perf.data: give the text that perf script -i FILE prints'],
    [
      'gzip',
      Uint8Array.of(0x1f, 0x8b),
      'x: this is gzip: unpack it on the way (gzip -dc FILE | eptsweep trace CONFIG -)',
    ],
    ['a picture', utf8('%PDF'), 'x: this is a PDF file: give a trace as text'],
    [
      'UTF-16 the other way round',
      Uint8Array.of(0xfe, 0xff, 0, 0x41),
      'x: this is big-endian UTF-16: save it as UTF-8',
    ],
  ])('is refused: %s', async (_, bytes, message) => {
    await expect(entriesOf([bytes])).rejects.toThrow(message);
  });

  it('of a format that is named is read as that, and none other is named', () => {
    const seen: number[] = [];
    const take = (batch: EntryBatch) => seen.push(batch.count);
    expect(readTraceText(TEXT, take, { file: 'x', from: 'csv' }).entries).toBe(2);
    expect(readTraceText(TEXT, take, { file: 'x', from: 'ftrace' }).entries).toBe(0);
    expect(() => readTraceText(TEXT, take, { file: 'x', from: 'cvs' })).toThrow(
      /^x: no format "cvs" \(known: .*\bcsv\b.*\)$/,
    );
    expect(seen).toEqual([2]);
  });
});
