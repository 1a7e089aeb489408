/** Bytes that may be gzip, piece by piece: what is asked of their source, and what is said of damage. */
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type Chunks, iteratorOf, withHead } from '../../src/read/chunks.ts';
import { gunzipError, gunzipped, isGzip } from '../../src/read/gunzip.ts';
import { ReadError, readBytes, readStream, readText } from '../../src/read/index.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const TEXT = '0x2ff,0xc06\n';

async function all(chunks: Chunks): Promise<readonly (readonly number[])[]> {
  const pieces: number[][] = [];
  for await (const piece of chunks) pieces.push([...piece]);
  return pieces;
}

/** Pieces, and how many of them were asked for. */
function counted(pieces: readonly Uint8Array[]) {
  const source = { asked: 0, closed: false, pieces: taken() };
  function* taken() {
    try {
      for (const piece of pieces) {
        source.asked++;
        yield piece;
      }
    } finally {
      source.closed = true;
    }
  }
  return source;
}

describe('pieces with their head', () => {
  it('begin with it, if there is one', async () => {
    const rest = [Uint8Array.of(3), Uint8Array.of(4, 5)];
    expect(await all(withHead(Uint8Array.of(1, 2), iteratorOf(rest)))).toEqual([[1, 2], [3], [4, 5]]);
    expect(await all(withHead(Uint8Array.of(), iteratorOf(rest)))).toEqual([[3], [4, 5]]);
  });

  it('close their source when they are left', async () => {
    const source = counted([Uint8Array.of(3), Uint8Array.of(4)]);
    for await (const _ of withHead(Uint8Array.of(1), iteratorOf(source.pieces))) if (source.asked > 0) break;
    expect(source.closed).toBe(true);
  });
});

describe('bytes that may be gzip', () => {
  it.each([
    [[0x1f, 0x8b], true],
    [[0x1f, 0x8b, 8, 0], true],
    [[0x1f, 0x61], false],
    [[0x61, 0x8b], false],
    [[0x1f], false],
    [[], false],
  ])('%j', (bytes, isSo) => {
    expect(isGzip(Uint8Array.from(bytes))).toBe(isSo);
  });

  it('are asked for no more than two before the first is handed on', async () => {
    const source = counted([bytesOf('0'), bytesOf('x'), bytesOf('2')]);
    const text = gunzipped(source.pieces, 'it');
    expect(await text.next()).toEqual({ done: false, value: bytesOf('0x') });
    expect(source.asked).toBe(2);
    expect(await text.next()).toEqual({ done: false, value: bytesOf('2') });
  });

  it.each([
    ['none', []],
    ['an empty one', [[]]],
    ['one', [[0x61]]],
    ['the first of gzip', [[0x1f]]],
  ])('may be fewer than two: %s', async (_, pieces) => {
    const given = pieces.map((piece) => Uint8Array.from(piece));
    const joined = (await all(gunzipped(given, 'it'))).flat();
    expect(joined).toEqual(pieces.flat());
  });

  it('are asked for no longer behind damage', async () => {
    const packed = gzipSync(TEXT);
    let closed = false;
    async function* endless() {
      try {
        yield Uint8Array.from(packed, (byte, at) => (at < 10 ? byte : 0xff));
        for (;;) {
          await new Promise(setImmediate);
          yield Uint8Array.of(0xff);
        }
      } finally {
        closed = true;
      }
    }
    await expect(all(gunzipped(endless(), 'it'))).rejects.toThrow(
      'it: the gzip data are damaged: fetch the file again',
    );
    expect(closed).toBe(true);
  });

  it('let go of their source before they end, where they are left', async () => {
    const packed = gzipSync(new Uint8Array(1 << 20), { level: 0 });
    const parts = Array.from({ length: 64 }, (_, at) => packed.subarray(at << 14, (at + 1) << 14));
    const source = counted(parts);
    for await (const _ of gunzipped(source.pieces, 'it')) break;
    expect(source.closed).toBe(true);
    expect(source.asked).toBeLessThan(64);
  });

  it('are refused where the runtime does not unpack', async () => {
    const { DecompressionStream } = globalThis;
    try {
      Reflect.deleteProperty(globalThis, 'DecompressionStream');
      await expect(all(gunzipped([gzipSync(TEXT)], 'it'))).rejects.toThrow(
        /^it: this is gzip, which this browser does not unpack: unpack it first$/,
      );
      expect(await all(gunzipped([bytesOf('a')], 'it'))).toEqual([[0x61]]);
    } finally {
      globalThis.DecompressionStream = DecompressionStream;
    }
  });
});

describe('what is wrong with gzip', () => {
  const EARLY = 'it: the gzip data end too early: the file is cut off, fetch it again';
  const BEHIND = 'it: more data stand behind the gzip data: unpack it first (gzip -dc)';
  const DAMAGED = 'it: the gzip data are damaged: fetch the file again';
  it.each([
    [{ code: 'Z_BUF_ERROR', message: 'terminated' }, EARLY],
    [{ code: 'Z_DATA_ERROR', message: 'unexpected end of file' }, EARLY],
    [new TypeError('The input is truncated'), EARLY],
    [new TypeError('Junk found after end of compressed data.'), BEHIND],
    [new Error('Trailing junk'), BEHIND],
    [{ code: 'Z_DATA_ERROR', message: 'incorrect header check' }, BEHIND],
    [{ code: 'Z_DATA_ERROR', message: 'invalid block type' }, DAMAGED],
    [{}, DAMAGED],
  ])('%j', (error, message) => {
    expect(gunzipError('it', error)).toMatchObject({ name: 'ReadError', message });
  });
});

describe('an error of reading', () => {
  it('says of which kind it is, and where', () => {
    expect({ ...new ReadError('it', 'is odd'), name: new ReadError('it', 'is odd').name }).toMatchObject({
      name: 'ReadError',
      code: 'bad-request',
      file: 'it',
      reason: 'unusable',
    });
    const error = new ReadError('it', 'is odd', 7, 'no-registers');
    expect(error).toMatchObject({ message: 'it:7: is odd', file: 'it', line: 7, reason: 'no-registers' });
  });

  it('names standard input where no file is named', async () => {
    expect(() => readBytes(gzipSync(TEXT))).toThrow(/^-: this is gzip: readStream\(\[bytes\]\) unpacks it$/);
    expect(() => readBytes(gzipSync(TEXT), { file: 'it' })).toThrow(/^it: this is gzip/);
    await expect(readStream([gzipSync(TEXT).subarray(0, 15)])).rejects.toThrow(
      /^-: the gzip data end too early/,
    );
  });

  it('names what is no text', () => {
    expect(() => readText(5 as unknown as string)).toThrow(/^text: /);
  });
});
