import { describe, expect, it } from 'vitest';
import { readText } from '../../src/read/index.ts';
import { readFixture } from './fixture.ts';

const ranges = (file: string, kind: string) =>
  readFixture(file)
    .ram.filter((range) => range.kind === kind)
    .map(({ start, end }) => `${start.toString(16)}-${end.toString(16)}`);

describe('memory maps', () => {
  const RAM = ['0-9efff', '100000-be7fffff', '100000000-1ffffffff'];

  it.each([
    'dmesg.txt',
    'dmesg-old.txt',
    'xen.txt',
    'xen-old.txt',
    'dmesg-wrapped.txt',
    'dmesg-quoted-printable.eml',
  ])('%s has inclusive ranges, whatever its ends were', (file) => {
    expect(ranges(file, 'ram')).toEqual(RAM);
    expect(ranges(file, 'nvs')).toEqual(['be800000-be8fffff']);
    expect(ranges(file, 'acpi')).toEqual(['be900000-be9fffff']);
  });

  it('keeps the nesting of /proc/iomem', () => {
    const { ram } = readFixture('iomem.txt');
    const depths = Object.fromEntries(ram.map(({ name, depth, kind }) => [name, [depth, kind]]));
    expect(depths).toMatchObject({
      'Kernel code': [1, 'other'],
      efifb: [2, 'mmio'],
      'Local APIC': [0, 'mmio'],
      'Persistent Memory': [0, 'persistent'],
      'System ROM': [0, 'rom'],
    });
    expect(ranges('iomem.txt', 'ram')).toEqual(['1000-9efff', '100000-be7fffff', '100000000-1ffffffff']);
  });

  it.each([
    [['cpu-memory-1', 'cpu-memory-0', 'memory'], 'memory'],
    [['memory', 'cpu-memory-0', 'I/O'], 'memory'],
    [['cpu-memory-1', 'cpu-memory-0', 'I/O'], 'cpu-memory-0'],
    [['cpu-memory-0', 'cpu-memory-1', 'I/O'], 'cpu-memory-0'],
    [['I/O', 'cpu-memory-2', ''], 'cpu-memory-2'],
  ])("of QEMU's views of %j is that of %s", (spaces, expected) => {
    const range = (name: string) => `  0000000000000000-00000000000fffff (prio 0, ram): ${name || 'none'}`;
    const flat = spaces.map(
      (name, at) => `FlatView #${at}\n AS "${name || 'none'}", root: r\n${range(name)}\n`,
    );
    const trees = spaces.map((name) => `address-space: ${name || 'none'}\n${range(name)}\n\n`);
    for (const text of [flat.join('\n'), trees.join('')]) {
      expect(readText(text, { file: 'mtree' }).ram.map(({ name }) => name)).toEqual([expected]);
    }
  });

  it('picks the flat view that the CPUs see', () => {
    expect(ranges('mtree.txt', 'ram')).toEqual(['0-9ffff', '100000-bfffffff', '100000000-13fffffff']);
    expect(ranges('mtree.txt', 'rom')).toEqual(['c0000-dffff', 'fffc0000-ffffffff']);
    expect(readFixture('mtree.txt').ram.map(({ name }) => name)).toContain('kvm-ioapic');
    expect(readFixture('mtree.txt').ram.map(({ name }) => name)).not.toContain('dma-chan');
  });

  it('takes the memory table of coreboot anew where it starts again at 0', () => {
    const entry = (end: string, kind = 'RAM') => ` 0. 0000000000000000-${end}: ${kind}\n`;
    const text = 'coreboot memory table:\n';
    const twice = (end: string) => readText(text + entry('000000000009ffff') + text + entry(end));
    const ranges = ({ ram }: ReturnType<typeof readText>) => ram.map(({ start, end }) => [start, end]);
    expect(ranges(twice('000000000007ffff'))).toEqual([[0n, 0x7ffffn]]);
  });

  it('reads the memory table of coreboot', () => {
    expect(ranges('coreboot.txt', 'ram')).toEqual(['1000-9ffff', '100000-be7fffff', '100000000-1ffffffff']);
  });

  it('names entries of an e820 map that overlap and disagree', () => {
    const { contradictions } = readText(
      'BIOS-e820: [mem 0x0000000000000000-0x00000000000fffff] usable\n' +
        'BIOS-e820: [mem 0x0000000000080000-0x00000000001fffff] reserved\n',
      { file: 'bad' },
    );
    expect(contradictions.map((one) => one.sentence)).toEqual([
      '0x80000-0xfffff is "usable" in bad:1 and "reserved" in bad:2',
    ]);
  });

  it('leaves out an entry that ends before it starts, and says so', () => {
    const { ram, messages } = readText(
      'BIOS-e820: [mem 0x0000000000100000-0x00000000000fffff] usable\n' +
        'BIOS-e820: [mem 0x0000000000200000-0x00000000002fffff] usable\n',
    );
    expect(ram).toHaveLength(1);
    expect(messages[0]?.text).toBe('0x100000-0xfffff ends before it starts: left out');
  });
});
