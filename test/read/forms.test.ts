import { describe, expect, it } from 'vitest';
import { readText, toVm } from '../../src/read/index.ts';
import { readTraceText } from '../../src/read/trace/stream.ts';
import { type EntryBatch, entryAt } from '../../src/trace/index.ts';
import { FIXED, fixtureBytes, inHex, readFixture, VARIABLE } from './fixture.ts';

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

  it.each([
    ['chipsec.txt', 'chipsec'],
    ['inteltool.txt', 'inteltool'],
    ['hyperdbg-rdmsr.txt', 'hyperdbg'],
    ['aida64.txt', 'aida64'],
    ['cpucontrol.txt', 'cpucontrol'],
  ])("%s: each CPU's", (name, format) => {
    const { cpus, recognised, contradictions } = readFixture(name);
    expect(recognised.map((one) => one.format)).toEqual([format]);
    expect([...cpus.keys()]).toEqual([0, 1]);
    expect([...cpus.values()].map(({ registers }) => registers.get(0x2ff)?.value)).toEqual([0xc00n, 0xc06n]);
    for (const { registers } of cpus.values())
      expect(inHex(registers)).toMatchObject({ ...VARIABLE, ...FIXED, fe: 'd0a' });
    expect(contradictions).toEqual([]);
  });

  it('CHIPSEC: what its log and its modules print', () => {
    const log = '[cpu3] RDMSR( 0x2ff ): EAX = 0x00000C06, EDX = 0x00000000\n';
    expect(inHex(readText(log).cpus.get(3)!.registers)).toEqual({ '2ff': 'c06' });
    expect(inHex(readFixture('chipsec.txt').cpus.get(0)!.registers)).toMatchObject({ '1f2': 'bf000006' });
    const old = '[*] IA32_SMRR_PHYSMASK = 0xFF800800 << SMRR Range Mask MSR (MSR 0x1F3)\n0x2ff,0xc00\n';
    expect(inHex(readText(old).registers)).toEqual({ '1f3': 'ff800800', '2ff': 'c00' });
  });

  it('inteltool: what it could not read is no value', () => {
    const text =
      '= UNIQUE MSRs  (core 1) =\n MSR 0x00000200 = 0x00000000:0x00000006 (IA32_MTRR_PHYSBASE0)\n' +
      ' (*) MSR 0x000002FF = 0xFFFFFFFF:0xFFFFFFFF (IA32_MTRR_DEF_TYPE)\n';
    const { cpus, messages } = readText(text);
    expect(inHex(cpus.get(1)!.registers)).toEqual({ '200': '6' });
    expect(messages.map((message) => message.text)).toEqual([
      'inteltool -M (coreboot): MSR 0x2ff could not be read',
    ]);
  });

  it('AIDA64: the address bits; a report that lists no MTRR says so', () => {
    expect(readFixture('aida64.txt').widths[0]).toMatchObject({ bits: 39, kind: 'stated' });
    const report =
      '    MSR Registers (CPU #0):\n      MSR 00000017                    0010-0000-0000-0000 [PlatID = 4]\n';
    expect(() => readText(report)).toThrow('AIDA64 lists none of the MTRRs here');
    const more = `${report}      MSR 000002FF                    0000-0000-0000-0C06\n`;
    expect(inHex(readText(more).cpus.get(0)!.registers)).toEqual({ '2ff': 'c06' });
  });

  it('BSD logs: whether the MTRRs are on, RAM, guest or machine', () => {
    const off =
      'bios0: innotek GmbH VirtualBox\ncpu0: Intel(R) Core(TM) i7\nmtrr: CPU supports MTRRs but not enabled by BIOS\n';
    const guest = readText(off);
    expect(guest.registers.get(0x2ff)).toMatchObject({ value: 0n, known: 0x800n });
    expect(guest.platform).toMatchObject({ kind: 'guest', name: 'innotek GmbH VirtualBox' });
    const verbose =
      'SMAP type=01 base=0000000000000000 len=000000000009fc00\nSMAP type=02 base=00000000000f0000 len=0000000000010000\n' +
      'Hypervisor: Origin = "VMwareVMware"\nCPU supports MTRRs but not enabled\n';
    expect(memoryOf(verbose)).toEqual(['ram 0-9fbff', 'reserved f0000-fffff']);
    expect(readText(verbose).platform).toMatchObject({ kind: 'guest', name: 'VMwareVMware' });
    expect(readText(`bios0: LENOVO 20KHCTO1WW\n${off.split('\n')[2]}\n`).platform?.kind).toBe('metal');
  });

  it('BSD logs: that the MTRRs are on is no register', () => {
    const text = 'cpu0: mtrr: Pentium Pro MTRR support, 10 var ranges, 88 fixed ranges\n';
    expect(() => readText(text)).toThrow(
      'that the MTRRs are on, and not what they hold: bring "memcontrol list -a"',
    );
  });

  it.each([
    ['Linux', 'MTRR variable ranges enabled:\n  9 base 0000000000 mask 7F80000000 write-back\n', 2],
    [
      'Linux',
      'MTRR variable ranges enabled:\n  9 disabled\n  8 base 0000000000 mask 7F80000000 write-back\n',
      2,
    ],
    [
      'U-Boot',
      'CPU 0:\nReg Valid Write-type   Base   ||        Mask   ||        Size   ||\n' +
        '9   Y     Back         0000000000000000 0000007f80000000 0000000080000000\n',
      3,
    ],
  ])('%s: there are as many ranges as the highest number says (%#)', (_, text, line) => {
    expect(readText(text).variableCount).toEqual({ count: 10, at: { file: '-', line } });
  });

  it('U-Boot: the table, and msr read', () => {
    const { registers, cpus, variableCount, silences } = readFixture('u-boot.txt');
    expect(inHex(cpus.get(0)!.registers)).toMatchObject(VARIABLE);
    expect(inHex(registers)).toEqual({ fe: 'd0a', '2ff': 'c00' });
    expect(variableCount?.count).toBe(10);
    expect(silences.map(({ subject }) => subject)).toEqual(['default-type', 'fixed-ranges']);
  });

  it("U-Boot's heading of a CPU is another tool's too", () => {
    const text = 'CPU 0:\n0x2ff: c06\nCPU 1:\n0x2ff: c00\n';
    const { cpus } = readText(text);
    expect([...cpus.values()].map(({ registers }) => registers.get(0x2ff)?.value)).toEqual([0xc06n, 0xc00n]);
  });

  it('U-Boot: a table that was asked for again is the newer one', () => {
    const table = (row: string) =>
      `=> mtrr\nReg Valid Write-type   Base   ||        Mask   ||        Size   ||\n${row}\n=> mtrr d 0\n`;
    const on = '0   Y     Back         0000000000000000 0000000f80000000 0000000080000000';
    const off = '0   N     Back         0000000000000000 0000000f80000000 0000000080000000';
    expect(readText(table(on) + table(off)).registers.get(0x201)).toMatchObject({ value: 0n, known: 0x800n });
    expect(readText(table(off) + table(on)).registers.get(0x201)?.value).toBe(0xf80000800n);
  });

  it('U-Boot: a table that stops amid its ranges is torn', () => {
    const lines = fixtureBytes('u-boot.txt').toString().split('\n');
    const cut = (rows: number, rest = '') =>
      readText(`${lines.slice(0, 11 + rows).join('\n')}\n${rest}`).torn;
    expect(cut(3)).toMatchObject([
      { what: expect.stringContaining('ends with variable range 2'), isAll: false },
    ]);
    expect(cut(0)).toMatchObject([{ isAll: true }]);
    expect(cut(5)).toEqual([]);
    expect(cut(3, '3   Y     Back         00000001\n')).toMatchObject([
      { what: 'variable range 3: its line breaks off' },
    ]);
  });

  it('Slim Bootloader: whole registers with -v; without, 36 address bits, which is said', () => {
    const { registers, torn } = readFixture('slim-bootloader.txt');
    expect(inHex(registers)).toMatchObject({ ...VARIABLE, '2ff': 'c00' });
    expect(torn).toEqual([]);
    const log = (state: string) =>
      `MTRRs......: Enabled\nFixed MTRRs: ${state}\nDefault....: Write-Back\n\nVariable MTRRs\n` +
      '[0x080000000-0x0ffffffff] Uncacheable\n';
    const short = readText(log('Enabled') + log('Disabled'));
    expect(inHex(short.registers)).toMatchObject({ '200': '80000000', '2ff': '806' });
    expect(short.registers.get(0x201)).toMatchObject({ sized: true });
    expect(short.torn).toMatchObject([{ subject: 'variable-ranges', isAll: false }]);
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

  it('pat_memtype_list says of which file it speaks', () => {
    const { messages } = readText('PAT memtype list:\n0x2ff,0xc00\n', { file: 'list' });
    expect(messages.map(({ at }) => at)).toEqual([{ file: 'list', line: 1 }]);
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

/** The entries of a trace: frame, level and value. */
function walked(text: string) {
  const found: string[] = [];
  const take = (batch: EntryBatch) => {
    for (let i = 0; i < batch.count; i++)
      found.push(`${batch.gfn[i]!.toString(16)} ${batch.level[i]} ${entryAt(batch, i).toString(16)}`);
  };
  return { source: readTraceText(text, take, { file: 'it' }), found };
}

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
    const { source, found } = walked(text);
    expect(source).toMatchObject({ format: 'kvm-walk', isKvm: true });
    expect(found).toEqual(['0 4 1344a0907', 'fed00 1 165bf0b77']);
  });

  it('are read behind the name of their module too', () => {
    const lines = [
      'kvm: get_mmio_spte: reserved bits set on MMU-present spte, addr 0xfee00000, hierarchy:',
      'kvm: ------ spte = 0x1801e9907 level = 4, rsvd bits = 0xff8000000f8',
      'kvm: ------ spte = 0x86000000fee00bb7 level = 1, rsvd bits = 0xff80000000000',
    ];
    const text = lines.map((line, index) => `[    1.00000${index}] ${line}\n`).join('');
    const { source, found } = walked(text);
    expect(source).toMatchObject({ format: 'kvm-walk', isKvm: true });
    expect(found).toEqual(['0 4 1801e9907', 'fee00 1 86000000fee00bb7']);
  });

  it('without an address are counted as broken off', () => {
    const source = readTraceText('------ spte 0x1344a0907 level 4.\n', () => undefined, { file: 'it' });
    expect(source.truncated).toMatchObject({ count: 1, first: { line: 1 } });
  });
});
