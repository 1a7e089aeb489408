import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { ReadError, readBytes, readStream, readText, toVcpuInits } from '../../src/read/index.ts';
import { TextLines } from '../../src/read/text-lines.ts';
import { readFile } from '../../src/read-file/index.ts';
import { fixtureBytes, fixturePath, readFixture } from './fixture.ts';

function piecesOf(bytes: Buffer, size: number): readonly Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) =>
    bytes.subarray(n * size, (n + 1) * size),
  );
}

/** The message of the error that reading ends with. */
function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(ReadError);
    expect((error as Error).message).not.toContain('\n');
    return (error as Error).message;
  }
  throw new Error('it was read');
}

describe('bad input gets one line with place and remedy', () => {
  it.each([
    ['nothing', Buffer.alloc(0), /^it: empty: nothing to read; .*capture/],
    [
      'bytes without control characters that are no text',
      Buffer.from(Array.from({ length: 4000 }, (_, at) => 0x80 + ((at * 37) % 0x7f))),
      /^it: binary data: give a text dump/,
    ],
    ['zero bytes', Buffer.alloc(4000), /^it: binary data: give a text dump/],
    ['an ELF file', Buffer.from('\x7fELF\x02\x01\x01', 'latin1'), /^it: an ELF file: /],
    [
      'an xz file',
      Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 4]),
      /^it: an xz file: pipe it: xz -dc FILE \| eptsweep COMMAND -$/,
    ],
    ['a migration stream', Buffer.from('QEVM\0\0\0\x03', 'latin1'), /analyze-migration/],
    ['gzip that is read at once', fixtureBytes('dmesg.txt.gz'), /^it: this is gzip: readStream/],
    [
      "another tool's dump",
      Buffer.from('00:00.0 Host bridge: Brook\n00:02.0 VGA\n'),
      /^it: no MTRR, PAT or memory-map text that is known here in 2 lines; .*capture/,
    ],
  ])('%s', (_, bytes, message) => {
    expect(refusal(() => readBytes(bytes, { file: 'it' }))).toMatch(message);
  });

  it.each([
    ['cut off', fixtureBytes('dmesg.txt.gz').subarray(0, 300), /^it: the gzip data end too early/],
    [
      'damaged',
      Buffer.concat([fixtureBytes('dmesg.txt.gz').subarray(0, 200), Buffer.alloc(900, 0x55)]),
      /^it: the gzip data are damaged/,
    ],
    ['in gzip', gzipSync(fixtureBytes('dmesg.txt.gz')), /^it: gzip inside gzip/],
  ])('gzip %s', async (_, bytes, message) => {
    for (const size of [1, 100, bytes.length]) {
      const pieces = piecesOf(bytes, size);
      const error = await readStream(pieces, { file: 'it' }).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(ReadError);
      expect((error as Error).message).toMatch(message);
    }
  });

  it('leaves a stream of gzip where its bytes cannot be had', async () => {
    async function* broken() {
      yield fixtureBytes('dmesg.txt.gz').subarray(0, 300);
      throw new TypeError('network error');
    }
    await expect(readStream(broken(), { file: 'it' })).rejects.toThrow(new TypeError('network error'));
  });

  it('reads characters that pieces cut in two', () => {
    const text = '# \u00fc\u20ac\u{1f600} 0x200\n0x200,0x6\n0x201,0xf80000800\n0x2ff,0xc06\n';
    const lines = (size: number): readonly string[] => {
      const seen: string[] = [];
      const reader = new TextLines('utf8', (line) => seen.push(line));
      for (const piece of piecesOf(Buffer.from(text), size)) reader.push(piece);
      reader.finish();
      return seen;
    };
    for (const size of [1, 2, 3, 4, 5]) expect(lines(size)).toEqual(text.split('\n').slice(0, -1));
    const foreign = Buffer.from([
      0xf0, 0x9f, 0x41, 0xe2, 0x82, 0x0a, 0x80, 0x80, 0x80, 0x80, 0xff, 0xf0, 0x9f,
    ]);
    for (const size of [1, 2, 3, 4, 5]) {
      const seen: string[] = [];
      const reader = new TextLines('utf8', (line) => seen.push(line));
      for (const piece of piecesOf(foreign, size)) reader.push(piece);
      reader.finish();
      expect(seen.join('\n')).toBe(foreign.toString('latin1'));
    }
  });

  it('says that /proc/iomem was read without privileges', () => {
    expect(refusal(() => readFixture('iomem-unprivileged.txt'))).toMatch(
      /^iomem-unprivileged\.txt:1: .*without privileges.*sudo cat \/proc\/iomem/,
    );
  });

  it('says that a 6.5 kernel prints no registers, with the recipe', () => {
    expect(refusal(() => toVcpuInits(readFixture('dmesg-6.8.txt')))).toMatch(
      /^dmesg-6\.8\.txt:12: no MTRR registers: .*6\.5.*capture/,
    );
  });

  it('says that "info mtree" lacks the memory', () => {
    const tree = 'memory-region: system\n  0000000000000000-ffffffffffffffff (prio 0, i/o): system\n';
    expect(refusal(() => readText(tree, { file: 'it' }))).toBe(
      'it:2: this "info mtree" does not show the address space "memory": bring all of it',
    );
  });

  it('names the CPU whose base is missing', () => {
    const text = '# rdmsr -p 0 0x2ff\nc00\n# rdmsr -p 2 0x2ff\nc00\n# rdmsr -p 2 0x203\n7f80000800\n';
    expect(refusal(() => toVcpuInits(readText(text, { file: 'it' })))).toBe(
      'it:6: cpu 2: variable range 1 is on, and its base (MSR 0x202) is not in the text',
    );
    expect(refusal(() => toVcpuInits(readText('0x201,0x7f80000800\n', { file: 'it' })))).toBe(
      'it:1: variable range 0 is on, and its base (MSR 0x200) is not in the text',
    );
  });

  it('says what rdmsr and cat complained of', () => {
    expect(refusal(() => readText('rdmsr: open: Permission denied\n'))).toMatch(
      /run it as root after "modprobe msr"/,
    );
    expect(refusal(() => readText('cat: /proc/mtrr: Input/output error\n'))).toMatch(/MTRRs are off/);
  });

  it('refuses an unknown format, and a boot that is not there', () => {
    expect(refusal(() => readText('x', { from: 'lspci' }))).toMatch(
      /^-: unknown format "lspci": expected xen, dmesg, /,
    );
    expect(refusal(() => readFixture('dmesg-boots.txt', { boot: 4 }))).toBe(
      'dmesg-boots.txt: --boot 4 was asked for, and there are 3',
    );
    expect(refusal(() => readFixture('dmesg.txt', { boot: 0 }))).toMatch(/expected a number from 1/);
  });

  it('refuses another format than the one that is forced', () => {
    expect(refusal(() => readFixture('dmesg.txt', { from: 'proc-mtrr' }))).toMatch(/no proc-mtrr text/);
  });

  it('refuses values that no CPU holds, and names the line', () => {
    const reserved = readText('0x250,0x0606060606060602\n0x2ff,0xc00\n', { file: 'it' });
    expect(reserved.messages[0]?.text).toBe('MSR 0x250 byte 0 holds type 2, which is reserved');
    expect(refusal(() => toVcpuInits(reserved))).toBe(
      'it:1: MSR 0x250 = 0x606060606060602: memory type 2 is reserved; no CPU holds that',
    );
    const wide = readText('0x200,0x6\n0x201,0xfffffffff80000800\n0x2ff,0xc00\n', { file: 'it' });
    expect(wide.registers.has(0x201)).toBe(false);
  });

  it('says what a missing file is', async () => {
    await expect(readFile('/nowhere/dmesg.txt')).rejects.toThrow('/nowhere/dmesg.txt: no such file');
    await expect(readFile(fixturePath('.'))).rejects.toThrow(/is a directory/);
  });

  it('reads a stream in pieces of any size as it reads the whole', async () => {
    const whole = readFixture('dmesg.txt', { file: 'it' });
    for (const name of ['dmesg.txt', 'dmesg.txt.gz', 'dmesg-utf16.txt']) {
      for (const size of [1, 3, 511, 4096]) {
        const pieces = piecesOf(fixtureBytes(name), size);
        expect(await readStream(pieces, { file: 'it' }), `${name} by ${size}`).toEqual(whole);
      }
    }
  });

  it('reads UTF-16 of either order, with a mark or without', () => {
    const little = Buffer.from(`${fixtureBytes('dmesg.txt')}`, 'utf16le');
    const registers = [...readFixture('dmesg.txt').registers.keys()];
    expect([...readBytes(little).registers.keys()]).toEqual(registers);
    expect([...readBytes(Buffer.from(little).swap16()).registers.keys()]).toEqual(registers);
  });
});
