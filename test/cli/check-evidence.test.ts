/** What findings rest on, and what logs complain of, as `check -f json` has it. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MACHINES } from '../check/machines.ts';
import { hex, inProcess, withFiles } from './program.ts';

interface Found {
  readonly rule: string;
  readonly severity: string;
  readonly message: string;
  readonly remedy: string;
  readonly ranges: readonly { readonly first: number; readonly last: number }[];
  readonly causes: readonly { readonly msr: string }[];
  readonly restsOn?: readonly string[];
}

async function checked(text: string, ...args: string[]) {
  return withFiles({ 'dump.txt': text }, async (folder) => {
    const path = join(folder, 'dump.txt');
    const { status, stdout, stderr } = await inProcess(['check', path, '--json', ...args]);
    const document = JSON.parse(stdout) as { findings: readonly Found[]; vcpus: readonly number[] };
    return { status, stderr: stderr.replaceAll(`${folder}/`, ''), ...document };
  });
}

async function found(text: string, rule: string): Promise<readonly Found[]> {
  return (await checked(text)).findings.filter((one) => one.rule === rule);
}

const OFF = (line: string) =>
  `${line}MTRR default type: uncachable\nMTRR fixed ranges enabled:\n  00000-FFFFF write-back\n` +
  'MTRR variable ranges disabled:\n';
const FILLED = '  0 base 000000000 mask FC0000000 write-back\n  1 disabled\n';
const EMPTY = '  0 disabled\n  1 disabled\n';

describe('MTRRs that are off', () => {
  it.each([
    ['Booting paravirtualized kernel on bare hardware\n', FILLED, 'HIGH'],
    ['Booting paravirtualized kernel on bare hardware\n', EMPTY, 'HIGH'],
    ['', FILLED, 'HIGH'],
    ['', EMPTY, 'LOW'],
    ['Hypervisor detected: Microsoft Hyper-V\n', FILLED, 'LOW'],
    ['DMI: QEMU Standard PC (Q35 + ICH9, 2009), BIOS 1.16\n', FILLED, 'LOW'],
    ['Booting paravirtualized kernel on KVM\n', EMPTY, 'LOW'],
    ['DMI: Brook Inc. Tower 7/0AB, BIOS 1.2 01/02/2019\n', EMPTY, 'HIGH'],
    ['DMI: Brook Cloud Instance/0AB, BIOS 1.2 01/02/2019\n', EMPTY, 'LOW'],
  ])('%j with %j: %s', async (line, ranges, severity) => {
    expect(await found(OFF(line) + ranges, 'mtrrs-off')).toMatchObject([
      { severity, causes: [{ msr: '0x2ff' }] },
    ]);
  });
});

describe('a list of registers that names no variable range', () => {
  it('blames nothing on there being none', async () => {
    const text = '0x2ff,0x800\n00100000-bfffffff : System RAM\n';
    expect(await found(text, 'ram-uncovered')).toMatchObject([
      { severity: 'INFO', message: expect.stringContaining('that all variable ranges off is assumed') },
    ]);
    expect(await found(`0x200,0x0\n0x201,0x0\n${text}`, 'ram-uncovered')).toMatchObject([
      { severity: 'HIGH' },
    ]);
  });
});

describe('what tells a guest', () => {
  const text = '0x200,0xc0000000\n0x201,0xffe0000800\n0x2ff,0x806\n00100000-bfffffff : System RAM\n';

  it.each([
    ['flags\t\t: fpu mtrr pat hypervisor lm\n', []],
    ['DMI: OpenStack Foundation OpenStack Nova, BIOS 1.13.0 04/01/2014\n', []],
    ['  0000000100000000-00000001ffffffff (prio 0, ram): pc.ram\n', []],
    ['DMI: Brook Inc. Tower 7/0AB, BIOS 1.2 01/02/2019\n', ['LOW', 'LOW']],
  ])('%j', async (line, severities) => {
    const controllers = await found(text + line, 'mmio-cacheable');
    expect(controllers.map(({ severity }) => severity)).toEqual(severities);
  });
});

describe('complaints of newer kernels', () => {
  it.each([
    ['MTRR: CPU 0: SYSCFG[MtrrFixDramModEn] not cleared by BIOS, clearing this bit', 'firmware-bug', 'LOW'],
    [
      'x86/PAT: memtype_reserve failed [mem 0xd0000000-0xd0ffffff], track uncached-minus, req write-combining',
      'type-conflict',
      'LOW',
    ],
    ['x86/PAT: Xorg:12 freeing invalid memtype [mem 0xd0000000-0xd0ffffff]', 'type-conflict', 'INFO'],
  ])('%s', async (line, rule, severity) => {
    expect(await found(`${line}\n`, rule)).toMatchObject([{ severity }]);
  });
});

describe('MTRRs that the kernel says its firmware left off', () => {
  const line = 'MTRRs disabled by BIOS\n';

  it('are off, with no register in the text', async () => {
    const board = 'DMI: Brook Inc. Tower 7/0AB, BIOS 1.2 01/02/2019\n';
    expect(await found(board + line, 'mtrrs-off')).toMatchObject([{ severity: 'HIGH' }]);
    expect(await found(`Hypervisor detected: KVM\n${line}`, 'mtrrs-off')).toMatchObject([
      { severity: 'LOW' },
    ]);
  });

  it('hang on no fixed range that is missing', async () => {
    const text = 'MTRR Settings\nMTRR Default Type: 0000000000000006\nFixed MTRR[00]   : 0606060606060606\n';
    const range = 'Variable MTRR[00]: Base=0000000080000000 Mask=0000007f80000800\nMemory Ranges:\n';
    expect(await found(text + range, 'mtrrs-off')).toMatchObject([{ severity: 'HIGH' }]);
  });
});

describe('nothing above INFO rests on a guess', () => {
  const cut = `${MACHINES['lost.txt'].split('  2 disabled')[0]}`;

  it('what no register covers may be what was cut off', async () => {
    const { findings, status, stderr } = await checked(cut);
    expect(findings.filter(({ severity }) => severity !== 'INFO')).toEqual([]);
    expect(status).toBe(0);
    expect(stderr).toContain('torn: the text ends with variable range 1');
    expect(findings.find(({ rule }) => rule === 'ram-uncovered')).toMatchObject({
      message: expect.stringContaining('it rests on this: the text ends with variable range 1'),
      restsOn: expect.arrayContaining([expect.stringMatching(/^torn: the text ends/)]),
    });
    expect(findings.some(({ rule }) => rule === 'ranges-left')).toBe(false);
  });

  it('a UC range over RAM is to blame whatever is missing', async () => {
    const text = `${MACHINES['uc-over-ram.txt'].split('  4 disabled')[0]}`;
    expect(await found(text, 'ram-not-wb')).toMatchObject([{ severity: 'HIGH' }]);
  });

  it('a window below 1 MiB hangs on fixed ranges that the text does not show', async () => {
    const text = `reg00: base=0x000000000 (    0MB), size= 2048MB, count=1: write-back
00001000-0009ffff : System RAM
000a0000-000bffff : Video RAM area
00100000-7fffffff : System RAM
`;
    const [one] = await found(text, 'mmio-cacheable');
    expect(one).toMatchObject({
      severity: 'INFO',
      remedy: expect.stringMatching(/^bring MSRs 0x250 to 0x26f/),
    });
  });

  it('RAM from 4 GiB on may be WB by a TOM2 that /proc/mtrr does not show, on AMD', async () => {
    const mtrr = 'reg00: base=0x000000000 (    0MB), size= 2048MB, count=1: write-back\n';
    const ram = 'BIOS-e820: [mem 0x0000000100000000-0x000000017fffffff] usable\n';
    const severity = async (text: string) => (await found(text, 'ram-uncovered'))[0]!.severity;
    expect(await severity(mtrr + ram)).toBe('INFO');
    expect(await severity(`vendor_id\t: GenuineIntel\n${mtrr}${ram}`)).toBe('HIGH');
  });

  it('blames no register that the text does not hold', async () => {
    const text = `reg00: base=0x080000000 ( 2048MB), size= 2048MB, count=1: uncachable\n`;
    for (const { causes } of (await checked(text)).findings) {
      expect(causes.map(({ msr }) => msr).filter((msr) => msr !== '0x200' && msr !== '0x201')).toEqual([]);
    }
  });
});

describe('one cause, one finding', () => {
  it('masks that lack the same bits', async () => {
    const range = (index: number) => `  ${index} base 0${index}0000000 mask 0FF0000000 write-back\n`;
    const text = `address sizes\t: 42 bits physical, 48 bits virtual\nMTRR default type: uncachable
MTRR fixed ranges disabled:\nMTRR variable ranges enabled:\n${[0, 1, 2].map(range).join('')}  3 disabled\n`;
    const holes = await found(text, 'mask-holes');
    expect(holes).toHaveLength(1);
    expect(holes[0]!.causes.map(({ msr }) => msr)).toEqual(['0x201', '0x203', '0x205']);
  });

  it("the kernel's word for what the registers show", async () => {
    const lost = "WARNING: BIOS bug: CPU MTRRs don't cover all of memory, losing 2048MB of RAM.\n";
    const { findings } = await checked(MACHINES['lost.txt'] + lost);
    expect(findings.filter(({ severity }) => severity === 'HIGH')).toMatchObject([
      { rule: 'ram-uncovered', message: expect.stringContaining('the kernel gave up 2048 MB') },
    ]);
  });

  it("the kernel's word against what the registers show", async () => {
    const text = MACHINES['given-up-covered.txt'];
    const [told, ...others] = await found(text, 'ram-lost');
    expect(others).toEqual([]);
    expect(told).toMatchObject({
      severity: 'HIGH',
      causes: [0, 1, 2, 3, 4, 5].map((n) => ({ msr: hex(0x200 + n) })),
    });
    const line = (start: string) => text.split('\n').findIndex((one) => one.startsWith(start)) + 1;
    expect(told?.message).toContain(
      'the registers of the text do cover it: variable ranges #0, #1 and #2 ' +
        `(lines ${line('  0 base')}, ${line('  1 base')} and ${line('  2 base')}) make all RAM of the firmware's map WB`,
    );
  });

  it.each([
    ['a map from which the RAM is gone already', (text: string) => text.replaceAll('BIOS-e820', 'modified')],
    ['a range that was cut', (text: string) => text.replace(/ {2}4 disabled\n/, '  4 base 01\n')],
    ['no map', (text: string) => text.replaceAll(/BIOS-e820.*\n/g, '')],
  ])('registers are not held against the kernel on the word of %s', async (_, change) => {
    const [told] = await found(change(MACHINES['given-up-covered.txt']), 'ram-lost');
    expect(told).toMatchObject({ severity: 'HIGH', causes: [] });
    expect(told?.message).not.toContain('do cover');
  });

  it('emulated interrupt controllers are no fault of a guest', async () => {
    const text = MACHINES['sound.txt'].replace('7F80000000', '7E00000000');
    expect((await found(text, 'mmio-cacheable')).map(({ message }) => message)).toEqual([
      expect.stringContaining('I/O APIC'),
      expect.stringContaining('local APIC'),
    ]);
    expect(await found(`Hypervisor detected: KVM\n${text}`, 'mmio-cacheable')).toEqual([]);
  });
});

describe('complaints without registers', () => {
  it.each([
    [
      "WARNING: BIOS bug: CPU MTRRs don't cover all of memory, losing 13312MB of RAM.",
      'ram-lost',
      'HIGH',
      undefined,
    ],
    ['mtrr: your CPUs had inconsistent MTRRdefType settings', 'cpus-inconsistent', 'MEDIUM', undefined],
    ['(XEN) mtrr: your CPUs had inconsistent fixed MTRR settings', 'cpus-inconsistent', 'MEDIUM', undefined],
    [
      'KiInitializeMTRR: MTRR_MSR_DEFAULT is not consistent between processors.',
      'cpus-inconsistent',
      'MEDIUM',
      undefined,
    ],
    ['mtrr: your BIOS has configured an incorrect mask, fixing it.', 'firmware-bug', 'MEDIUM', undefined],
    ['mtrr: no more MTRRs available', 'ranges-short', 'INFO', undefined],
    [
      'mtrr: type mismatch for e0000000,10000000 old: write-back new: write-combining',
      'range-refused',
      'INFO',
      '0xe0000000-0xefffffff',
    ],
    [
      'mtrr: 0xd0000000,0x1000000 overlaps existing 0xd0000000,0x800000',
      'range-refused',
      'INFO',
      '0xd0000000-0xd0ffffff',
    ],
    [
      'error setting MTRR (base = 0xd0000000, size = 0x10000000, type = 1) Invalid argument (22)',
      'range-refused',
      'INFO',
      '0xd0000000-0xdfffffff',
    ],
    [
      'x86/PAT: Xorg:1234 conflicting memory types e0000000-f0000000 write-combining<->uncached-minus',
      'type-conflict',
      'LOW',
      '0xe0000000-0xefffffff',
    ],
    [
      'Xorg:1234 conflicting memory types e0000000-f0000000 write-combining<->uncached-minus',
      'type-conflict',
      'LOW',
      '0xe0000000-0xefffffff',
    ],
    [
      'x86/PAT: reserve_memtype failed [mem 0xe0000000-0xefffffff], track write-back, req uncached-minus',
      'type-conflict',
      'LOW',
      '0xe0000000-0xefffffff',
    ],
    [
      'reserve_memtype failed 0xe0000000-0xf0000000, track write-back, req uncached-minus',
      'type-conflict',
      'LOW',
      '0xe0000000-0xefffffff',
    ],
    [
      'x86/PAT: a.out:19 map pfn expected mapping type uncached-minus for [mem 0xf8200000-0xf85cbfff], got write-back',
      'type-conflict',
      'LOW',
      '0xf8200000-0xf85cbfff',
    ],
    [
      'ioremap error for 0xf8200000-0xf8300000, requested 0x10, got 0x0',
      'type-conflict',
      'LOW',
      '0xf8200000-0xf82fffff',
    ],
    [
      'pmd_set_huge: Cannot satisfy [mem 0xf0000000-0xf0200000] with a huge-page mapping due to MTRR override.',
      'large-page',
      'INFO',
      '0xf0000000-0xf01fffff',
    ],
    [
      'pud_set_huge: Cannot satisfy [mem 0x80000000-0xbfffffff] with a huge-page mapping due to MTRR override.',
      'large-page',
      'INFO',
      '0x80000000-0xbfffffff',
    ],
    ['EPT: Misconfiguration.', 'ept-misconfig', 'HIGH', undefined],
    ['EPT: Misconfiguration.\n[    1.000001] EPT: GPA: 0xfeda0040', 'ept-misconfig', 'HIGH', undefined],
    [
      'kvm: get_mmio_spte: reserved bits set on MMU-present spte, addr 0xfee00000, hierarchy:',
      'ept-misconfig',
      'HIGH',
      undefined,
    ],
    ['Not enough MTRRs: 11 needed vs 10 available', 'ranges-short', 'MEDIUM', undefined],
    [
      'Not enough MTRRs available! MTRR index is 8 with 8 MTRRs in total.',
      'ranges-short',
      'MEDIUM',
      undefined,
    ],
    [
      'Unable to insert temporary MTRR range: 0x00000000ff000000 - 0x00000000ffffffff size 0x01000000 type 5',
      'ranges-short',
      'MEDIUM',
      '0xff000000-0xffffffff',
    ],
    [
      'ASSERT [PlatformPei] /edk2/UefiCpuPkg/Library/MtrrLib/MtrrLib.c(2233): Result',
      'firmware-bug',
      'MEDIUM',
      undefined,
    ],
    [
      'Mtrr: Set Mem Attribute to Hardware, ScratchSize = 2710, UC: [0000000080000000, 0000000100000000)\n  Result = Out of Resources',
      'ranges-short',
      'MEDIUM',
      undefined,
    ],
  ])('%s', async (line, rule, severity, where) => {
    const { findings, status, vcpus } = await checked(
      `[    1.000000] ${line}\n`.replace('[    1.000000] (XEN)', '(XEN)'),
    );
    expect(findings).toMatchObject([{ rule, severity, causes: [] }]);
    const range = findings[0]!.ranges[0];
    expect(range && `${hex(range.first)}-${hex(range.last)}`).toBe(where);
    expect(findings[0]!.message).toMatch(/dump\.txt:[12]\)/);
    expect(vcpus).toEqual([]);
    expect(status).toBe(severity === 'INFO' ? 0 : 1);
  });

  it('give the address that a guest was stopped at', async () => {
    const { findings } = await checked('EPT: Misconfiguration.\nEPT: GPA: 0xfeda0040\n');
    expect(findings.map(({ message }) => message)).toEqual([
      expect.stringContaining('takes for misconfigured; at guest-physical address 0xfeda0040'),
    ]);
  });

  it('are refused as before by what needs registers, and in strict mode', async () => {
    await withFiles({ 'a.txt': 'EPT: Misconfiguration.\n' }, async (folder) => {
      const path = join(folder, 'a.txt');
      for (const args of [
        ['map', path],
        ['check', path, '--strict'],
      ]) {
        const { status, stderr } = await inProcess(args);
        expect(status).toBe(2);
        expect(stderr).toMatch(/no MTRR registers: /);
      }
    });
  });
});

describe("the kernel's large pages", () => {
  const complaint = (range: string) =>
    `pmd_set_huge: Cannot satisfy [mem ${range}] with a huge-page mapping due to MTRR override.\n`;
  it.each([
    ['0x00000000-0x00200000', 'it is WB throughout'],
    ['0x70000000-0x70200000', 'it is UC throughout; variable ranges #0 WB and #3 UC overlap there'],
  ])('%s: %s', async (range, why) => {
    const text = MACHINES['uc-over-ram.txt']
      .replace('MTRR fixed ranges enabled', 'MTRR fixed ranges disabled')
      .replace(/ {2}(?:0{5}|A0{4}|C0{4})-.*\n/g, '');
    expect(await found(text + complaint(range), 'large-page')).toMatchObject([
      { severity: 'INFO', message: expect.stringContaining(why) },
    ]);
  });

  it('says which types meet inside', async () => {
    const [one] = await found(MACHINES['sound.txt'] + complaint('0x7ff00000-0x80100000'), 'large-page');
    expect(one!.message).toContain('WB and UC meet inside');
  });
});
