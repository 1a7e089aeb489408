import { PassThrough } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { openChunks } from '../../src/open/open-text.ts';
import { readStream } from '../../src/read/index.ts';
import { unpacked } from '../../src/read-file/unpacked.ts';

/** An executable: refused by its first bytes. */
const ELF = Buffer.concat([Buffer.from('\x7fELF', 'latin1'), Buffer.alloc(3 << 20, 'a')]);

/** Pieces of bytes; `closed` says, once their source is let go, whether that was at its end. */
function source(bytes: Uint8Array) {
  let close: (how: 'early' | 'at its end') => void;
  const closed = new Promise<'early' | 'at its end'>((resolve) => {
    close = resolve;
  });
  async function* pieces() {
    let isAtEnd = false;
    try {
      for (let at = 0; at < bytes.length; at += 1 << 14) yield bytes.subarray(at, at + (1 << 14));
      isAtEnd = true;
    } finally {
      close(isAtEnd ? 'at its end' : 'early');
    }
  }
  return { closed, pieces: pieces() };
}

describe('a source of bytes that is left before its end', () => {
  it.each([
    ['readStream', (bytes: AsyncIterable<Uint8Array>) => readStream(bytes)],
    ['openChunks', (bytes: AsyncIterable<Uint8Array>) => openChunks(bytes)],
  ])('is closed by %s', async (_, read) => {
    const { closed, pieces } = source(ELF);
    await expect(read(pieces)).rejects.toThrow('an ELF file');
    expect(await closed).toBe('early');
  });

  it('is closed behind gzip', async () => {
    const { closed, pieces } = source(gzipSync(ELF, { level: 0 }));
    await expect(openChunks(pieces)).rejects.toThrow('an ELF file');
    expect(await closed).toBe('early');
  });

  it.each([
    ['gzip', gzipSync(ELF, { level: 0 })],
    ['zstd', Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), ELF])],
    ['what is no zstd', ELF],
  ])('is closed behind %s', async (_, bytes) => {
    const { closed, pieces } = source(bytes);
    for await (const one of unpacked(pieces, 'it', () => new PassThrough())) {
      expect(one.length).toBeGreaterThan(0);
      break;
    }
    expect(await closed).toBe('early');
  });
});
