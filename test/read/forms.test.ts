import { describe, expect, it } from 'vitest';
import { readText, toVm } from '../../src/read/index.ts';
import { readTraceText } from '../../src/read/trace/stream.ts';
import { type EntryBatch, entryAt } from '../../src/trace/index.ts';
import { FIXED, inHex, readFixture, VARIABLE } from './fixture.ts';

const MEMORY = [
  'ram 0-9ffff',
  'mmio a0000-bffff',
  'rom c0000-dffff',
  'ram e0000-bfffffff',
  'mmio fec00000-fec00fff',
  'ram fd000000-fdffffff',
  'rom fffc0000-ffffffff',
  'ram 100000000-13fffffff',
].sort();

function memoryOf(text: string): string[] {
  return readText(text)
    .ram.map(({ kind, start, end }) => `${kind} ${start.toString(16)}-${end.toString(16)}`)
    .sort();
}

describe('forms of registers', () => {
  it('WinDbg: rdmsr, of the processor at the prompt', () => {
    const { cpus } = readFixture('windbg-rdmsr.txt');
    expect([...cpus.keys()]).toEqual([2]);
    expect(inHex(cpus.get(2)!.registers)).toMatchObject({ ...VARIABLE, ...FIXED, '2ff': 'c00' });
  });

  it("CPU-Z: each thread's, in both spellings", () => {
    const { cpus } = readFixture('cpu-z.txt');
    expect([...cpus.values()].map(({ registers }) => registers.get(0x2ff)?.value)).toEqual([0xc00n, 0xc06n]);
    for (const { registers } of cpus.values())
      expect(inHex(registers)).toMatchObject({ ...VARIABLE, ...FIXED });
  });

  it("xen-hvmctx: each vCPU's", () => {
    const { cpus } = readFixture('xen-hvmctx.txt');
    expect([...cpus.values()].map(({ label }) => label)).toEqual(['vcpu 0', 'vcpu 1']);
    expect([...cpus.values()].map(({ registers }) => registers.get(0x2ff)?.value)).toEqual([0xc00n, 0xc06n]);
    for (const { registers } of cpus.values())
      expect(inHex(registers)).toMatchObject({ ...VARIABLE, ...FIXED, fe: 'd08' });
  });

  it('memcontrol: fixed ranges, and variable ones by length; what is not active is none', () => {
    const { registers, silences } = readFixture('memcontrol.txt');
    expect(inHex(registers)).toMatchObject({ ...FIXED, '200': '6', '204': 'bf000000' });
    expect(registers.get(0x208)).toBeUndefined();
    expect(registers.get(0x205)).toMatchObject({ sized: true, value: 0xffffffffff000800n });
    expect(silences.map(({ subject }) => subject)).toContain('default-type');
  });

  it('a snapshot of Cloud Hypervisor: documents in strings, and in lists of bytes', () => {
    const { cpus } = readFixture('cloud-hypervisor.json.txt');
    expect([...cpus.keys()]).toEqual([0, 1]);
    expect([...cpus.values()].map(({ registers }) => registers.get(0x2ff)?.value)).toEqual([0xc00n, 0xc06n]);
    for (const { registers } of cpus.values()) {
      expect(inHex(registers)).toMatchObject({ ...VARIABLE, ...FIXED });
      expect(registers.get(0x200)?.at.line).toBe(1);
    }
  });

  it('cpuid: the address bits, in words and raw', () => {
    expect(toVm(readFixture('cpuid.txt'), {}, { name: 'it' }).vm.maxphyaddr).toBe(39);
    const raw = '   0x80000008 0x00: eax=0x00003034 ebx=0x00000000 ecx=0x00000000 edx=0x00000000\n';
    expect(readText(raw).widths).toEqual([expect.objectContaining({ bits: 52, kind: 'stated' })]);
  });

  it('pat_memtype_list holds no registers, and is told apart', () => {
    expect(() => readFixture('pat-memtype.txt')).toThrow(
      'pat_memtype_list has the types that Linux asked for its mappings (1 write-back, 1 write-combining, 2 uncached-minus), not the MTRRs',
    );
    const both = readText('write-back @ 0x1000-0x2000\n0x2ff,0xc00\n');
    expect(inHex(both.registers)).toEqual({ '2ff': 'c00' });
    expect(both.messages[0]?.text).toContain('1 write-back');
  });
});

describe('info mtree without -f', () => {
  const TREE = () => readFixture('mtree-tree.txt');

  it('is flattened: priorities, aliases, what is disabled', () => {
    const ranges = TREE().ram.map(
      ({ kind, start, end }) => `${kind} ${start.toString(16)}-${end.toString(16)}`,
    );
    expect(ranges.sort()).toEqual(MEMORY);
  });

  it('gives way to the flat view of the same text', () => {
    const flat =
      'FlatView #0\n AS "memory", root: system\n  0000000000000000-00000000000fffff (prio 0, ram): pc.ram\n';
    const tree = 'address-space: memory\n  0000000000000000-000000003fffffff (prio 0, ram): pc.ram\n';
    expect(memoryOf(tree + flat)).toEqual(['ram 0-fffff']);
    expect(memoryOf(tree)).toEqual(['ram 0-3fffffff']);
  });

  it('is read where only its lines were pasted', () => {
    const lines =
      '    0000000000000000-ffffffffffffffff (prio 0, i/o): system\n' +
      '      0000000000000000-000000003fffffff (prio 0, ram): pc.ram\n' +
      '      00000000000a0000-00000000000bffff (prio 1, i/o): vga-lowmem\n';
    expect(memoryOf(lines)).toEqual(['mmio a0000-bffff', 'ram 0-9ffff', 'ram c0000-3fffffff']);
    expect(readText(lines).messages[0]?.text).toBe(
      "no address space is named: taken for the machine's memory",
    );
  });

  it('is refused where the memory is not in it', () => {
    const io = 'address-space: I/O\n  0000000000000000-000000000000ffff (prio 0, i/o): io\n';
    expect(() => readText(io)).toThrow('does not show the address space "memory"');
  });
});

describe("KVM's complaints about its own entries", () => {
  it.each([
    [
      '5.x',
      '[   55.8] get_mmio_spte: detect reserved bits on spte, addr 0xfed00792, dump hierarchy:\n' +
        '[   55.8] ------ spte 0x1344a0907 level 4.\n[   55.8] ------ spte 0x165bf0b77 level 1.\n',
    ],
    [
      '5.14 and later',
      'get_mmio_spte: reserved bits set on MMU-present spte, addr 0xfed00792, hierarchy:\n' +
        '------ spte = 0x1344a0907 level = 4, rsvd bits = 0xf\n------ spte = 0x165bf0b77 level = 1, rsvd bits = 0xf\n',
    ],
    [
      '3.x',
      'Mar  7 13:38:04 node1 kernel: EPT: GPA: 0xfed00792\n' +
        'Mar  7 13:38:04 node1 kernel: ept_misconfig_inspect_spte: spte 0x1344a0907 level 4\n' +
        'Mar  7 13:38:04 node1 kernel: ept_misconfig_inspect_spte: spte 0x165bf0b77 level 1\n',
    ],
  ])('are entries of a trace: %s', (_, text) => {
    const found: string[] = [];
    const take = (batch: EntryBatch) => {
      for (let i = 0; i < batch.count; i++)
        found.push(`${batch.gfn[i]!.toString(16)} ${batch.level[i]} ${entryAt(batch, i).toString(16)}`);
    };
    expect(readTraceText(text, take, { file: 'it' })).toMatchObject({ format: 'kvm-walk', isKvm: true });
    expect(found).toEqual(['0 4 1344a0907', 'fed00 1 165bf0b77']);
  });

  it('without an address are counted as broken off', () => {
    const source = readTraceText('------ spte 0x1344a0907 level 4.\n', () => undefined, { file: 'it' });
    expect(source.truncated).toMatchObject({ count: 1, first: { line: 1 } });
  });
});
