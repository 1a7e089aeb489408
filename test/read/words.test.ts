/** Numbers, types and sizes as dumps write them; bytes as text. */
import { describe, expect, it } from 'vitest';
import { joinBytes, logText, oneByteText, ownText, utf8Text } from '../../src/read/bytes.ts';
import { sniff } from '../../src/read/sniff.ts';
import { bitLength, hex, hexOf, sizeOf, TYPE_PATTERN, typeOfWord } from '../../src/read/words.ts';

describe('words', () => {
  it.each<[string, bigint | undefined]>([
    ['0', 0n],
    ['c06', 0xc06n],
    ['0xC06', 0xc06n],
    ['0XffffFFFFffffFFFF', 2n ** 64n - 1n],
    ['10000000000000000', undefined],
    ['000000000000000000000000000000000000000f', 15n],
    ['0000000000000000000000000000000000000000f', undefined],
    ['', undefined],
    ['0x', undefined],
    ['x1', undefined],
    ['1g', undefined],
    ['-1', undefined],
    ['0x0x1', undefined],
  ])('hex %j', (digits, value) => {
    expect(hex(digits)).toBe(value);
  });

  it('hex that a pattern has held', () => {
    expect(['0x1F', '0X1f', '1f', undefined].map(hexOf)).toEqual([31n, 31n, 31n, 0n]);
  });

  const TYPES: Readonly<Record<string, number>> = {
    uc: 0,
    uncachable: 0,
    uncacheable: 0,
    uncached: 0,
    'uc-': 7,
    'uncached-minus': 7,
    wc: 1,
    uswc: 1,
    'write-combining': 1,
    'write-combined': 1,
    wt: 4,
    'write-through': 4,
    wp: 5,
    'write-protect': 5,
    'write-protected': 5,
    wb: 6,
    'write-back': 6,
    writeback: 6,
  };
  it.each(Object.entries(TYPES))('%s is type %i', (word, type) => {
    expect([word, word.toUpperCase()].map(typeOfWord)).toEqual([type, type]);
    const isPattern = new RegExp(`^${TYPE_PATTERN}$`).test(word);
    expect(isPattern).toBe(word.length > 7 && type !== 7 && word !== 'uswc');
  });
  it('no other word is a type', () => {
    expect(['', 'write', 'wbx', 'reserved', '6'].map(typeOfWord)).toEqual(new Array(5).fill(undefined));
  });

  it.each<[string | undefined, string | undefined, bigint]>([
    ['7', undefined, 7n],
    ['7', '', 7n],
    ['7', 'K', 7n << 10n],
    ['7', 'k', 7n << 10n],
    ['7', 'M', 7n << 20n],
    ['7', 'G', 7n << 30n],
    ['7', 'T', 7n << 40n],
    ['7', 'x', 7n],
    [undefined, 'G', 0n],
  ])('%s%s bytes', (digits, unit, bytes) => {
    expect(sizeOf(digits, unit)).toBe(bytes);
  });

  it('bits of a number', () => {
    expect([0n, 1n, 2n, 3n, 4n, 2n ** 52n - 1n, 2n ** 52n].map(bitLength)).toEqual([0, 1, 2, 2, 3, 52, 53]);
  });
});

const bytesOf = (...parts: readonly (string | readonly number[])[]): Uint8Array =>
  joinBytes(
    parts.map((part) => (typeof part === 'string' ? new TextEncoder().encode(part) : Uint8Array.from(part))),
  );

describe('bytes', () => {
  it('are joined, or are the one piece', () => {
    const piece = Uint8Array.of(1, 2);
    expect(joinBytes([piece])).toBe(piece);
    expect([...joinBytes([piece, Uint8Array.of(), Uint8Array.of(3)])]).toEqual([1, 2, 3]);
    expect([...joinBytes([])]).toEqual([]);
  });

  it.each<[string, Uint8Array, string]>([
    ['UTF-8', bytesOf('aé–\u{1f600}'), 'aé–\u{1f600}'],
    ['a byte order mark', bytesOf([0xef, 0xbb, 0xbf], 'a'), '\ufeffa'],
    ['a dash of a code page', bytesOf('a ', [0x96], ' b'), 'a \u0096 b'],
    ['such at both ends, with UTF-8 between', bytesOf([0xa0], 'é', [0xff]), '\u00a0é\u00ff'],
    ['a lead without the rest', bytesOf('a', [0xc3], 'b'), 'a\u00c3b'],
    ['a lead at the end', bytesOf('a', [0xe2, 0x80]), 'a\u00e2\u0080'],
    [
      'leads that are none',
      bytesOf([0xc0, 0x80, 0xc1, 0x80, 0xf5, 0x80, 0x80, 0x80]),
      '\u00c0\u0080\u00c1\u0080\u00f5\u0080\u0080\u0080',
    ],
    [
      'the lowest and highest leads, after one that is none',
      bytesOf([0x80], '\u0080\u07ff\u0800\uffff\u{10000}\u{10ffff}'),
      '\u0080\u0080\u07ff\u0800\uffff\u{10000}\u{10ffff}',
    ],
  ])('of a log: %s', (_, bytes, text) => {
    expect(logText(bytes)).toBe(text);
  });

  it('are texts of their own', () => {
    expect(ownText('aé\u{1f600}')).toBe('aé\u{1f600}');
    expect(utf8Text(bytesOf('a', [0xff]))).toBe('a\ufffd');
    expect(oneByteText(Uint8Array.of(0x41, 0xe9, 0x7f))).toBe('Aé\u007f');
  });
});

describe('the start of a file', () => {
  const utf8 = { kind: 'text', encoding: 'utf8', skip: 0 };
  const le = (skip: number) => ({ kind: 'text', encoding: 'utf16le', skip });
  const be = (skip: number) => ({ kind: 'text', encoding: 'utf16be', skip });
  const binary = (what = 'binary data', remedy = 'give a text dump; gzip is read as it is') => ({
    kind: 'binary',
    what,
    remedy,
  });
  const letters = (count: number) => 'a'.repeat(count);
  /** UTF-16 of ASCII, lower byte first. */
  const wide = (text: string) => bytesOf([...text].flatMap((letter) => [letter.charCodeAt(0), 0]));
  const widened = (text: string) => bytesOf([...text].flatMap((letter) => [0, letter.charCodeAt(0)]));

  it.each<[string, Uint8Array, unknown]>([
    ['nothing', bytesOf(), utf8],
    ['ASCII', bytesOf('mtrr\n'), utf8],
    ['gzip', bytesOf([0x1f, 0x8b]), { kind: 'gzip' }],
    ['half of it', bytesOf([0x1f, 0x20, 0x8b], letters(50)), utf8],
    ['the other half', bytesOf('a', [0x8b], letters(50)), utf8],
    ['a mark of UTF-16', bytesOf([0xff, 0xfe, 0x41, 0]), le(2)],
    ['a mark of UTF-16, the other way round', bytesOf([0xfe, 0xff, 0, 0x41]), be(2)],
    ['a mark of UTF-8', bytesOf([0xef, 0xbb, 0xbf], 'a'), { kind: 'text', encoding: 'utf8', skip: 3 }],
    ['parts of marks', bytesOf([0xef, 0xbb], letters(50)), utf8],
    ['parts of marks', bytesOf([0xef], 'a', [0xbf], letters(50)), utf8],
    ['parts of marks', bytesOf('a', [0xbb, 0xbf], letters(50)), utf8],
    ['parts of marks', bytesOf([0xff], 'a', [0xfe], letters(50)), utf8],
    ['parts of marks', bytesOf([0xfe], 'a', [0xff], letters(50)), utf8],
    ['parts of marks', bytesOf('a', [0xfe], letters(50)), utf8],
    ['parts of marks', bytesOf('a', [0xff], letters(50)), utf8],
    ['xz', bytesOf([0xfd], '7zXZ'), binary('an xz file', 'pipe it: xz -dc FILE | eptsweep COMMAND -')],
    [
      'zstd',
      bytesOf([0x28, 0xb5, 0x2f, 0xfd]),
      binary('a zstd file', 'pipe it: zstd -dc FILE | eptsweep COMMAND -'),
    ],
    ['bzip2', bytesOf('BZh'), binary('a bzip2 file', 'pipe it: bzip2 -dc FILE | eptsweep COMMAND -')],
    ['zip', bytesOf('PK', [3, 4]), binary('a zip archive', 'unpack it and name the text inside')],
    ['ELF', bytesOf([0x7f], 'ELF'), binary('an ELF file', 'give a text dump')],
    ['PNG', bytesOf([0x89], 'PNG'), binary('a PNG picture', 'give the text itself')],
    ['JPEG', bytesOf([0xff, 0xd8, 0xff]), binary('a JPEG picture', 'give the text itself')],
    ['PDF', bytesOf('%PDF'), binary('a PDF file', 'give the text itself')],
    [
      'QEMU',
      bytesOf('QEVM'),
      binary('a QEMU migration stream', 'print it with scripts/analyze-migration.py first'),
    ],
    ['less than PDF', bytesOf('%PD'), utf8],
    ['UTF-16 without a mark', wide('mtrr'), le(0)],
    ['UTF-16 without a mark, the other way round', widened('mtrr'), be(0)],
    ['too little of it', wide('mtr'), binary()],
    ['too little of it', widened('mtr'), binary()],
    ['UTF-16, four of ten bytes of it 0', bytesOf([...wide(letters(401))], letters(198)), le(0)],
    ['less than that', bytesOf([...wide(letters(400))], letters(200)), binary()],
    ['seven bytes of it', bytesOf([...wide('mtr')], 'r'), binary()],
    ['seven bytes of it', bytesOf([...widened('mtr')], [0]), binary()],
    ['UTF-16 with one 0 of a hundred where letters are', bytesOf([...wide(letters(49))], [0, 0]), binary()],
    [
      'UTF-16 with one 0 of a hundred where letters are',
      bytesOf([...widened(letters(49))], [0, 0]),
      binary(),
    ],
    [
      'the other way round, four of ten bytes of it 0',
      bytesOf([...widened(letters(401))], letters(198)),
      be(0),
    ],
    ['less than that', bytesOf([...widened(letters(400))], letters(200)), binary()],
    ['one control character in ten', bytesOf('aaaaaaaaa', [1]), utf8],
    ['more', bytesOf('aaaaaaaa', [1]), binary()],
    ['controls that texts have', bytesOf([0x0a, 0x0d, 0x09, 0x1b, 0x08, 0x0c]), utf8],
    ...[0, 1, 7, 0x0b, 0x0e, 0x1a, 0x1c, 0x1f].map((code): [string, Uint8Array, unknown] => [
      `control ${code}`,
      bytesOf([code]),
      binary(),
    ]),
    ['the first that is no control character', bytesOf(' \x7f'), utf8],
    ['one in five that is no UTF-8', bytesOf('aaaa', [0xff]), utf8],
    ['more', bytesOf('aaa', [0xff]), binary()],
    ['nothing else', bytesOf([0xff]), binary()],
    ['one less than a fifth of 4,096 bytes', bytesOf(letters(3277), new Array(2000).fill(0xff)), utf8],
    ['more than a fifth of 4,096 bytes', bytesOf(letters(3276), new Array(2000).fill(0xff)), binary()],
    ['the same behind 4,096 bytes', bytesOf(letters(4096), new Array(4096).fill(0xff)), utf8],
    ['the same right before', bytesOf(letters(3000), new Array(2000).fill(0xff)), binary()],
    ['control characters behind 65,536 bytes', bytesOf(letters(65_536), new Array(65_536).fill(1)), utf8],
    ['one less than a tenth of 65,536 bytes', bytesOf(letters(58_983), new Array(9000).fill(1)), utf8],
    ['more than a tenth of 65,536 bytes', bytesOf(letters(58_982), new Array(9000).fill(1)), binary()],
    ['control characters right before', bytesOf(letters(50_000), new Array(15_536).fill(1)), binary()],
  ])('%s: %#', (_, head, kind) => {
    expect(sniff(head)).toEqual(kind);
  });
});
