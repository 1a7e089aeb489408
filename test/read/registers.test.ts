import { describe, expect, it } from 'vitest';
import { readText } from '../../src/read/index.ts';
import { FIXED, inHex, readFixture, streamFixture, VARIABLE } from './fixture.ts';

/** Fixtures that give raw registers, and the format that they are to be taken for. */
const EXACT: readonly (readonly [file: string, format: string])[] = [
  ['dmesg.txt', 'dmesg'],
  ['dmesg-old.txt', 'dmesg'],
  ['dmesg-mtrr-debug.txt', 'dmesg'],
  ['dmesg-amd-tom2.txt', 'dmesg'],
  ['dmesg-crlf-quoted.txt', 'dmesg'],
  ['dmesg-markdown.md', 'dmesg'],
  ['dmesg-quoted-printable.eml', 'dmesg'],
  ['dmesg-wrapped.txt', 'dmesg'],
  ['dmesg-journal.jsonl', 'dmesg'],
  ['dmesg-list.json.txt', 'dmesg'],
  ['dmesg-utf16.txt', 'dmesg'],
  ['dmesg.txt.gz', 'dmesg'],
  ['xen.txt', 'xen'],
  ['xen-old.txt', 'xen'],
  ['msr.csv', 'msr-csv'],
  ['rdmsr-labels.txt', 'rdmsr'],
  ['coreboot-display.txt', 'coreboot'],
  ['edk2.txt', 'edk2'],
  ['kvm-msrs.json.txt', 'kvm-msrs'],
  ['msr-object.json.txt', 'kvm-msrs'],
];

describe('formats that give registers', () => {
  it.each(EXACT)('%s gives the machine as %s', async (file, format) => {
    const facts = await streamFixture(file);
    expect(facts.recognised.map((one) => one.format)).toEqual([format]);
    expect(inHex(facts.registers)).toMatchObject({ ...VARIABLE, ...FIXED });
    const defType = facts.registers.get(0x2ff);
    expect(defType).toMatchObject({ value: 0xc00n });
    expect(defType!.known & 0xcffn).toBe(0xcffn);
    expect(facts.contradictions).toEqual([]);
  });

  it.each(EXACT)('%s gives it just so if its format is forced', async (file, format) => {
    const forced = await streamFixture(file, { from: format });
    expect(inHex(forced.registers)).toEqual(inHex((await streamFixture(file)).registers));
  });

  it.each([
    ['x86info.txt', { ...VARIABLE, ...FIXED, '268': undefined }],
    ['msr-set.txt', { ...VARIABLE, ...FIXED }],
  ])('%s gives what its tool prints', (file, expected) => {
    const registers = inHex(readFixture(file).registers);
    for (const [msr, value] of Object.entries(expected)) expect(registers[msr], msr).toBe(value);
  });

  it('gives each CPU of a dump its own registers', () => {
    const facts = readFixture('rdmsr.txt');
    expect([...facts.cpus.keys()]).toEqual([0, 1, 2]);
    expect([...facts.cpus.values()].map((cpu) => cpu.registers.get(0x2ff)?.value)).toEqual([
      0xc00n,
      0xc06n,
      0xc00n,
    ]);
    for (const { registers } of facts.cpus.values())
      expect(inHex(registers)).toMatchObject({ ...VARIABLE, ...FIXED });
    const csv = readFixture('msr-cpus.csv');
    expect([...csv.cpus.values()].map((cpu) => cpu.registers.get(0x259)?.value)).toEqual([
      0n,
      0n,
      0x0606060606060606n,
      0n,
    ]);
  });

  it('takes the end of a command that a terminal cut for no value', () => {
    for (const [command, rest] of [
      ['$ rdmsr -a 0x2ff | uniq -', 'c'],
      ['$ rdmsr -a 0x2ff |', 'uniq -c'],
      ['$ rdmsr -a', '0x2ff'],
      ['$ rdmsr', '-a 0x2ff'],
    ]) {
      const { cpus } = readText(`${command}\n${rest}\n      2 c00\n`);
      expect(
        [...cpus.values()].map(({ registers }) => registers.get(0x2ff)?.value),
        command,
      ).toEqual([0xc00n, 0xc00n]);
    }
  });

  it('counts CPUs by uniq -c', () => {
    const { cpus } = readFixture('rdmsr-uniq.txt');
    expect(cpus.size).toBe(300);
    const odd = [...cpus.values()].filter((cpu) => cpu.registers.get(0x2ff)?.value === 0xc06n);
    expect(odd.map(({ cpu }) => cpu)).toEqual([12, 13]);
  });

  it.each(['vcpu', 'cpu', 'vcpu_id', 'cpu_id', 'id', 'apic_id'])(
    'of JSON are those of the CPU that %s names',
    (key) => {
      const list = (cpu: number, value: number) => ({ [key]: cpu, msrs: [{ index: 0x2ff, data: value }] });
      const facts = readText(JSON.stringify([list(5, 0xc06), list(2, 0x806)]), { file: 'list' });
      expect([...facts.cpus].map(([cpu, { registers }]) => [cpu, registers.get(0x2ff)?.value])).toEqual([
        [2, 0x806n],
        [5, 0xc06n],
      ]);
    },
  );

  it('takes the CPU of a prompt, a command line, a JSON list, a migration state', () => {
    expect([...readFixture('windbg.txt').cpus.keys()]).toEqual([1]);
    expect(inHex(readFixture('windbg.txt').cpus.get(1)!.registers)).toMatchObject({
      ...VARIABLE,
      ...FIXED,
      '2ff': 'c00',
    });
    expect([...readFixture('rdmsr-single.txt').cpus.keys()]).toEqual([0]);
    const list = readFixture('kvm-msrs-vcpus.json.txt');
    expect([...list.cpus.values()].map((cpu) => cpu.registers.get(0x2ff)?.value)).toEqual([0xc00n, 0xc06n]);
    const migration = readFixture('migration.json.txt');
    expect([...migration.cpus.values()].map((cpu) => cpu.registers.get(0x277)?.value)).toEqual([
      0x0407050600070106n,
      0x0007040600070406n,
    ]);
    for (const { registers } of migration.cpus.values())
      expect(inHex(registers)).toMatchObject({ ...VARIABLE, ...FIXED });
  });

  it('takes apart what the CPUs of a coreboot log write', () => {
    const facts = readFixture('coreboot.txt');
    expect([...facts.cpus.values()].map(({ label }) => label)).toEqual(['apic_id 0x2', 'apic_id 0x4']);
    expect(inHex(facts.registers)).toMatchObject({ ...VARIABLE, '250': FIXED['250'], '2ff': 'c00' });
    for (const { registers } of facts.cpus.values()) expect(registers.size).toBe(11);
    expect(facts.maps[0]?.ranges).toHaveLength(5);
    expect(facts.widths).toContainEqual(expect.objectContaining({ bits: 39, kind: 'stated' }));
  });

  it.each(['proc-mtrr.txt', 'proc-mtrr-old.txt', 'fwts.txt', 'hyperdbg.txt'])(
    '%s gives ranges by size, and no default type',
    (file) => {
      const { registers } = readFixture(file);
      expect(registers.get(0x2ff)).toBeUndefined();
      expect(registers.get(0x200)?.value).toBe(6n);
      expect(registers.get(0x204)?.value).toBe(0xbf000000n);
      expect(registers.get(0x205)).toMatchObject({ sized: true, value: 0xffffffffff000800n });
    },
  );

  it('says where each register stands', () => {
    expect(readFixture('dmesg.txt').registers.get(0x202)?.at).toEqual({ file: 'dmesg.txt', line: 27 });
    expect(readFixture('msr.csv').registers.get(0xfe)?.at).toEqual({ file: 'msr.csv', line: 3 });
    expect(readFixture('migration.json.txt').cpus.get(1)!.registers.get(0x2ff)!.at.line).toBeGreaterThan(60);
  });

  it('knows of a disabled range that it is off, and nothing else', () => {
    const fact = readFixture('dmesg.txt').registers.get(0x209);
    expect(fact).toMatchObject({ value: 0n, known: 0x800n });
  });

  it('reads TOM2 with the two SYSCFG bits that its line stands for', () => {
    const linux = readFixture('dmesg-amd-tom2.txt').registers;
    expect(linux.get(0xc001001d)?.value).toBe(0x220000000n);
    expect(linux.get(0xc0010010)).toMatchObject({ value: 0x600000n, known: 0x600000n });
    expect(readFixture('xen-old.txt').registers.get(0xc0010010)?.value).toBe(0x600000n);
  });

  it.each([
    ['enabled', 'enabled', 0xc06n, 0xcffn],
    ['disabled', 'enabled', 0x806n, 0xcffn],
    // Older kernels print FE alone here.
    ['enabled', 'disabled', 0x406n, 0xcffn],
    // Newer ones print "disabled" for E=0 whatever FE is.
    ['disabled', 'disabled', 0x006n, 0x8ffn],
  ])('tells FE and E from "fixed %s, variable %s"', (fixed, variable, value, known) => {
    const text =
      'MTRR default type: write-back\n' +
      `MTRR fixed ranges ${fixed}:\n  00000-FFFFF uncachable\nMTRR variable ranges ${variable}:\n  0 disabled\n`;
    expect(readText(text).registers.get(0x2ff)).toMatchObject({ value, known });
  });

  it('reads PAT by names and by value', () => {
    expect(readFixture('dmesg.txt').registers.get(0x277)?.value).toBe(0x0407050600070106n);
    expect(readFixture('dmesg-old.txt').registers.get(0x277)?.value).toBe(0x0007010600070106n);
  });

  it('names a difference between cores that a set cannot place', () => {
    const { messages, silences } = readFixture('msr-set.txt');
    expect(messages.map((one) => one.text).join()).toContain(
      'MSR 0x203 differs over the cores (0x7fc0000800, 0x7fe0000800)',
    );
    expect(silences).toContainEqual(expect.objectContaining({ subject: 'which-cpu' }));
  });
});
