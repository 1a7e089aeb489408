import { describe, expect, it } from 'vitest';
import { rankOfFormat } from '../../src/read/facts/order.ts';
import { FORMATS } from '../../src/read/formats.ts';
import { readText } from '../../src/read/index.ts';

/** Formats that hold no registers, so that nothing of theirs is believed more or less. */
const WITHOUT_REGISTERS = ['iomem', 'qemu-mtree', 'cpuinfo', 'pat-memtype'];

describe('the order of belief', () => {
  it('has a place of its own for each format that tells registers', () => {
    const none = rankOfFormat('no format');
    const telling = FORMATS.map(({ name }) => name).filter((name) => rankOfFormat(name) !== none);
    expect(FORMATS.map(({ name }) => name).filter((name) => !telling.includes(name))).toEqual(
      expect.arrayContaining(WITHOUT_REGISTERS),
    );
    expect(telling.length).toBe(FORMATS.length - WITHOUT_REGISTERS.length);
    expect(new Set(telling.map(rankOfFormat)).size).toBe(telling.length);
    // And none but those: nobody has the rank of a format that there is not.
    expect(Math.max(...telling.map(rankOfFormat))).toBe(none - 1);
    expect(none).toBe(telling.length);
  });
});

describe('a line that a mail program broke softly', () => {
  it('is whole from its first character to its last', () => {
    const line = 'reg00: base=3D0x000000000 (    0MB), size=3D 2048MB, count=3D1: write-back';
    // What stands before the break shows that it is one.
    for (let at = line.indexOf('=3D') + 3; at < line.length; at++) {
      if (line.slice(at - 2, at + 2).includes('=3')) continue;
      const { registers } = readText(`${line.slice(0, at)}=\n${line.slice(at)}\n`, { file: 'mail' });
      expect([registers.get(0x200)?.value, registers.get(0x201)?.value], `broken at ${at}`).toEqual([
        6n,
        0xffff_ffff_8000_0800n,
      ]);
    }
  });
});

describe('a list of bytes', () => {
  const bytesOf = (note: readonly unknown[]): readonly unknown[] => {
    const [before, after] = ['{"note":"', '","msrs":[{"index":767,"data":3078}]}'].map((part) => [
      ...Buffer.from(part),
    ]);
    return [...before!, ...note, ...after!];
  };
  const found = (note: readonly unknown[]) =>
    readText(JSON.stringify({ snapshot_data: bytesOf(note), msrs: [{ index: 0x200, data: 6 }] }), {
      file: 'state',
    }).registers.has(767);

  it('is a document where each is a byte', () => {
    expect(found([0x61])).toBe(true);
    expect(found([])).toBe(true);
  });

  it.each([-1, 256, 0.5, 'a', null])('is none with %j among them', (one) => {
    expect(found([one])).toBe(false);
  });
});
