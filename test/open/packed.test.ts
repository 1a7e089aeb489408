import { Transform } from 'node:stream';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { openChunks } from '../../src/open/open-text.ts';
import { unpacked } from '../../src/read-file/unpacked.ts';

const CONFIG = 'maxphyaddr: 36\nmsrs: {MTRRdefType: 0x806}\n';
const DUMP = '0x200,0x6\n0x201,0xf80000800\n0x2ff,0x800\n';

async function* pieces(bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function opened(bytes: Uint8Array, size = 1 << 16): Promise<string> {
  const { vm } = await openChunks(pieces(bytes, size), { name: 'it' });
  return vm.vcpus[0]!.state.msrs.map(({ msr, value }) => `${msr.toString(16)}=${value.toString(16)}`).join(
    ' ',
  );
}

const utf16 = (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le');

describe('configs and dumps, encoded and packed', () => {
  it.each([
    ['UTF-8 with a mark', Buffer.from(`\ufeff${CONFIG}`)],
    ['UTF-16', utf16(CONFIG)],
    ['UTF-16, big-endian', utf16(CONFIG).swap16()],
    ['UTF-16 without a mark', Buffer.from(CONFIG, 'utf16le')],
    ['gzip', gzipSync(CONFIG)],
    ['gzip of UTF-16', gzipSync(utf16(CONFIG))],
    ['CRLF', Buffer.from(CONFIG.replaceAll('\n', '\r\n'))],
  ])('a config: %s', async (_, bytes) => {
    expect(await opened(bytes)).toBe(await opened(Buffer.from(CONFIG)));
  });

  it.each([1, 3, 1000])('a dump in gzip, in pieces of %i bytes', async (size) => {
    expect(await opened(gzipSync(DUMP), size)).toBe('200=6 201=f80000800 2ff=800');
  });
});

/** What a file becomes on its way to the readers. */
async function ofFile(bytes: Uint8Array, makeZstd?: () => Transform): Promise<Buffer> {
  const out: Uint8Array[] = [];
  for await (const chunk of unpacked(pieces(bytes, 1 << 16), 'it', makeZstd)) out.push(chunk);
  return Buffer.concat(out);
}

describe('gzip in a file', () => {
  const two = Buffer.concat([gzipSync(DUMP.slice(0, 20)), gzipSync(DUMP.slice(20))]);

  it('may have several parts, as log rotation leaves it', async () => {
    expect((await ofFile(two)).toString()).toBe(DUMP);
  });

  it.each([
    ['cut off', two.subarray(0, -9), 'the gzip data end too early: the file is cut off, fetch it again'],
    [
      'with more behind it',
      Buffer.concat([two, Buffer.from('and more')]),
      'more data stand behind the gzip data',
    ],
    ['damaged', Buffer.concat([two.subarray(0, 12), Buffer.alloc(60, 7)]), 'the gzip data are damaged'],
  ])('is refused where it is %s', async (_, bytes, message) => {
    await expect(ofFile(bytes)).rejects.toThrow(`it: ${message}`);
  });
});

describe('zstd', () => {
  const MAGIC = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
  /** Stands for the unpacker of newer Nodes: gzip behind the mark of zstd. */
  const unpacker = () => {
    const chunks: Buffer[] = [];
    return new Transform({
      transform(chunk: Buffer, _, done) {
        chunks.push(chunk);
        done();
      },
      flush(done) {
        try {
          done(null, gunzipSync(Buffer.concat(chunks).subarray(MAGIC.length)));
        } catch (error) {
          done(error as Error);
        }
      },
    });
  };
  it('is unpacked where Node can', async () => {
    const packed = Buffer.concat([MAGIC, gzipSync(DUMP)]);
    expect((await ofFile(packed, unpacker)).toString()).toBe(DUMP);
    await expect(ofFile(packed.subarray(0, 30), unpacker)).rejects.toThrow(
      'it: the zstd data are damaged or cut off: fetch the file again',
    );
  });

  it('stays what it is elsewhere, and other bytes do anywhere', async () => {
    expect(await ofFile(Buffer.from(DUMP), unpacker)).toEqual(Buffer.from(DUMP));
    await expect(openChunks([Buffer.concat([MAGIC, Buffer.alloc(60)])], { name: 'it' })).rejects.toThrow(
      'it: a zstd file: pipe it: zstd -dc FILE | eptsweep COMMAND -',
    );
  });
});
