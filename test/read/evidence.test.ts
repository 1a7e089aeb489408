import { describe, expect, it } from 'vitest';
import { openText } from '../../src/open/index.ts';
import { type Facts, NO_FACTS, readText, saysAnything, toVcpuInits } from '../../src/read/index.ts';
import { evidenceSentence } from '../../src/vm/index.ts';

const FIXED = `  00000-9FFFF write-back
  A0000-BFFFF uncachable
  C0000-FFFFF write-protect
`;
const HEAD = `MTRR default type: uncachable
MTRR fixed ranges enabled:
${FIXED}MTRR variable ranges enabled:
`;
const WB_2G = 'reg00: base=0x000000000 (    0MB), size= 2048MB, count=1: write-back\n';
const UC_HIGH = 'reg01: base=0x080000000 ( 2048MB), size= 2048MB, count=1: uncachable\n';

function evidenceOf(text: string) {
  return toVcpuInits(readText(text, { file: 'a' })).evidence;
}

/** But what is read of the registers of ranges, an entry each. */
function about(text: string, subject: string): readonly string[] {
  return evidenceOf(text)
    .filter((one) => one.subject === subject && !/^IA32_MTRR_(?:PHYS|FIX)/.test(one.what))
    .map(evidenceSentence);
}

function registerOf(text: string, msr: number): bigint | undefined {
  return new Map(toVcpuInits(readText(text)).cpus[0]!.init.msrs as [number, bigint][]).get(msr);
}

describe('the default type that no line states', () => {
  it('is WB where no range is WB', () => {
    const text = 'reg00: base=0x080000000 ( 2048MB), size= 2048MB, count=1: uncachable\n';
    expect(about(text, 'default-type')).toEqual([
      'inferred: default type WB (no range is WB: under any other default the whole machine would run uncached)',
    ]);
    expect(registerOf(text, 0x2ff)).toBe(0x806n);
  });

  it('is WB where Linux kept RAM that no range covers, and all others are UC', () => {
    const text = `${WB_2G}${UC_HIGH}00100000-7fffffff : System RAM\n100000000-27fffffff : System RAM\n`;
    expect(about(text, 'default-type')[0]).toMatch(/^inferred: default type WB \(Linux kept 0x100000000-/);
    expect(about(text, 'tom2')).toEqual([]);
  });

  it('does not follow from RAM below 1 MiB, where fixed ranges are', () => {
    const wb = (start: number) =>
      `reg00: base=0x${start.toString(16).padStart(9, '0')} (    1MB), size=    1MB, count=1: write-back\n`;
    const ram = '00001000-0009ffff : System RAM\n00100000-001fffff : System RAM\n';
    expect(about(`${wb(0x100000)}${ram}`, 'default-type')).toEqual([
      'inferred: default type UC (under a default of WB the WB ranges would do nothing)',
    ]);
    expect(about(`${wb(0x200000)}${ram}`, 'default-type')[0]).toMatch(
      /default type WB \(Linux kept 0x100000-/,
    );
  });

  it('is UC, with TOM2, where all such RAM lies above 4 GiB and no range is UC', () => {
    const text = `${WB_2G}00100000-7fffffff : System RAM\n100000000-27fffffff : System RAM\n`;
    expect(about(text, 'default-type')[0]).toMatch(/^inferred: default type UC /);
    expect(registerOf(text, 0xc001001d)).toBe(0x280000000n);
    expect(registerOf(text, 0x2ff)).toBe(0x800n);
  });

  describe("coreboot's map with RAM above 4 GiB that no range covers", () => {
    const log = (ranges: string, counts = '2/2') =>
      'MTRR: Physical address space:\n0x0000000000000000 - 0x00000000000a0000 size 0x000a0000 type 6\n' +
      '0x00000000000a0000 - 0x00000000000c0000 size 0x00020000 type 0\n0x00000000000c0000 - 0x00000000c0000000 size 0xbff40000 type 6\n' +
      '0x00000000c0000000 - 0x0000000100000000 size 0x40000000 type 0\n0x0000000100000000 - 0x000000022f340000 size 0x12f340000 type 6\n' +
      `CPU physical address size: 48 bits\nMTRR: default type WB/UC MTRR counts: ${counts}.\nMTRR: UC selected as default type.\n` +
      `MTRR: 0 base 0x0000000000000000 mask 0x0000ffff80000000 type 6\n${ranges}`;
    const low = 'MTRR: 1 base 0x0000000080000000 mask 0x0000ffffc0000000 type 6\n';

    it('is WB by TOM2, as coreboot leaves it on AMD machines', () => {
      expect(about(log(low), 'tom2')).toEqual([
        expect.stringMatching(/^inferred: RAM from 4 GiB to 0x22f800000 WB by TOM2 \(coreboot's map/),
      ]);
      expect(registerOf(log(low), 0xc001001d)).toBe(0x22f800000n);
    });

    it('is not where a range lies there, or one is missing, or the CPU is of Intel', () => {
      const high = 'MTRR: 1 base 0x0000000100000000 mask 0x0000ffff00000000 type 6\n';
      expect(about(log(high), 'tom2')).toEqual([]);
      expect(about(log(low, '2/3'), 'tom2')).toEqual([]);
      expect(about(`${log(low)}vendor_id\t: GenuineIntel\n`, 'tom2')).toEqual([]);
    });
  });

  it('is UC, with a TOM2 of whole 8 MiB, on AMD machines, whatever is UC; unknown on those of Intel', () => {
    const ram = '00100000-7fffffff : System RAM\n100000000-21f37ffff : System RAM\n';
    const amd = `${WB_2G}${UC_HIGH}${ram}vendor_id\t: AuthenticAMD\n`;
    expect(about(amd, 'default-type')[0]).toMatch(/^inferred: default type UC \(firmware of AMD machines/);
    expect(registerOf(amd, 0xc001001d)).toBe(0x21f800000n);
    const intel = `${WB_2G}${ram}vendor_id\t: GenuineIntel\n`;
    expect(about(intel, 'default-type')).toEqual(['assumed: default type UC (not in /proc/mtrr)']);
    expect(about(intel, 'tom2')).toEqual([]);
  });

  it('is UC where the WB ranges cover all RAM, and would do nothing otherwise', () => {
    expect(about(`${WB_2G}00100000-7fffffff : System RAM\n`, 'default-type')).toEqual([
      'inferred: default type UC (under a default of WB the WB ranges would do nothing)',
    ]);
  });

  it('is UC where the kernel gave up RAM, or ran mtrr_cleanup', () => {
    const lost = `${WB_2G}${UC_HIGH}WARNING: BIOS bug: CPU MTRRs don't cover all of memory, losing 512MB of RAM.\n`;
    expect(about(lost, 'default-type')[0]).toMatch(/^inferred: default type UC \(Linux gives RAM up/);
    const cleaned = 'reg 0, base: 0GB, range: 2GB, type WB\nreg 1, base: 1GB, range: 64MB, type UC\n';
    expect(about(cleaned, 'default-type')[0]).toMatch(/^inferred: default type UC \(mtrr_cleanup runs/);
  });

  it('is assumed where both are possible', () => {
    expect(about(WB_2G + UC_HIGH, 'default-type')).toEqual(['assumed: default type UC (not in /proc/mtrr)']);
  });

  it('is not inferred from ranges of which some may be missing', () => {
    const torn = `${UC_HIGH}reg02: base=0x0000\n`;
    expect(about(torn, 'default-type')).toEqual(['assumed: default type UC (not in /proc/mtrr)']);
  });
});

describe('levels', () => {
  it('says where what is read stands, and what would settle the rest', () => {
    const evidence = evidenceOf(`${HEAD}  0 base 0000000000 mask 7F80000000 write-back\n  1 disabled\n`);
    expect(evidence.find(({ subject }) => subject === 'default-type')).toEqual({
      subject: 'default-type',
      level: 'read',
      what: 'default type UC',
      why: '',
      at: { file: 'a', line: 1 },
    });
    expect(evidenceOf(WB_2G + UC_HIGH).find(({ subject }) => subject === 'default-type')).toMatchObject({
      level: 'assumed',
      settledBy: 'MSR 0x2ff (rdmsr or dmesg)',
    });
  });

  it('--strict refuses what is assumed or torn, and not what is inferred', () => {
    const whole = `${HEAD}  0 base 0000000000 mask 7F80000000 write-back\n  1 disabled\n`;
    expect(() => toVcpuInits(readText(whole), { strict: true })).not.toThrow();
    const torn = whole.replace('  1 disabled\n', '  1 base 0100000000 mask 7F80');
    expect(() => toVcpuInits(readText(torn, { file: 'a' }), { strict: true })).toThrow(
      'a:8: strict: torn: variable range 1: its line breaks off (a:8)',
    );
  });
});

describe('what is torn', () => {
  const one = '  0 base 0000000000 mask 7F80000000 write-back\n';
  it.each([
    [
      'a line that breaks off',
      `${HEAD}${one}  1 base 0100000000 mask 7F80000000 write-ba`,
      'variable range 1: its line breaks off (a:8)',
    ],
    [
      'a block at the end of the text',
      HEAD + one,
      'the text ends with variable range 0, which is on: further ones may be missing (a:7)',
    ],
    [
      'a block of which the rest was left out',
      `${HEAD}${one}[...]\nBIOS-e820: [mem 0x0000000000000000-0x000000000009ffff] usable\n`,
      'the block ends with variable range 0, which is on: further ones may be missing (a:7)',
    ],
    [
      'a block in picked lines, of which what the kernel prints next is one',
      `${HEAD}${one}e820: last_pfn = 0x280000 max_arch_pfn = 0x400000000\n`,
      'the block ends with variable range 0, which is on: further ones may be missing (a:7)',
    ],
    ['a gap', `${HEAD}${one}  3 disabled\n`, 'variable ranges 1-2 are missing from the block (a:8)'],
    ['a range of /proc/mtrr', `${WB_2G}reg01: base=0x08`, 'variable range 1: its line breaks off (a:2)'],
  ])('%s', (_, text, sentence) => {
    expect(about(text, 'variable-ranges')).toEqual([`torn: ${sentence}`]);
  });

  it.each([
    'x86/PAT: Configuration [0-7]: WB  WC  UC- UC  WB  WP  UC- WT',
    'TOM2: 0000000280000000 aka 10240M',
    'e820: last_pfn = 0x280000 max_arch_pfn = 0x400000000',
  ])('is no block of an odd count behind which a whole log goes on: %s', (next) => {
    const boot = Array.from({ length: 9 }, (_, n) => `ACPI: table ${n}\n`).join('');
    expect(about(`${boot}${HEAD}${one}${next}\n`, 'variable-ranges')).toEqual([]);
    expect(about(`${boot}${HEAD}${one}[...]\n${next}\n`, 'variable-ranges')).toHaveLength(1);
  });

  it.each([
    ['no line under the heading', HEAD, 'a:6: no line stands under "MTRR variable ranges enabled:"'],
    [
      'no heading',
      HEAD.slice(0, HEAD.indexOf('MTRR variable')),
      'a:5: the block stops before its variable ranges',
    ],
    ['the default type alone', HEAD.slice(0, HEAD.indexOf('MTRR fixed')), 'a:1: the block stops before its'],
    [
      "EDK2's default type alone",
      'MTRR Settings\nMTRR Default Type: 0000000000000c06\n',
      'a:2: no line gives a variable range, or says that there is none',
    ],
    [
      "none of coreboot's ranges",
      'MTRR: Physical address space:\nMTRR: Fixed MSR 0x250 0x0606060606060606\nMTRR: default type WB/UC MTRR counts: 4/4.\n',
      'a:3: the log announces 4 variable ranges',
    ],
  ])('%s: no answer', (_, text, message) => {
    expect(() => toVcpuInits(readText(text, { file: 'a' }))).toThrow(message);
  });

  const coreboot = (registers: string) =>
    `MTRR: Physical address space:\nMTRR: default type WB/UC MTRR counts: 4/2.\nMTRR: UC selected as default type.\n${registers}`;
  const range0 = 'MTRR: 0 base 0x0000000000000000 mask 0x0000007f80000000 type 6\n';
  const edk2 = 'MTRR Settings\nMTRR Default Type: 0000000000000c06\n';
  const edk2Range = 'Variable MTRR[00]: Base=0000000080000000 Mask=0000007f80000800\n';
  const hvmctx = 'Entry 1: type 14 instance 0, length 328\nMTRR: PAT 0x7, cap 0x502, default 0xc00\n';

  it.each([
    [
      "coreboot's ranges, fewer than it announces",
      coreboot(range0),
      'the log announces 2 variable ranges ("MTRR counts"), and the text has 1 of them (a:2)',
    ],
    [
      "EDK2's last range",
      edk2 + edk2Range,
      'the text ends with a variable range: further ones may be missing (a:3)',
    ],
    [
      "EDK2's range, cut in its name",
      `${edk2}Variable MTRR[00]: Base=0000000080000000 Ma\n`,
      'Variable MTRR[00]: its line breaks off (a:3)',
    ],
    [
      'an entry of xen-hvmctx',
      `${hvmctx}var 0 0x0000000000000006 0x0000007f80000800\n`,
      '1 variable range of the entry missing (a:3)',
    ],
  ])('%s', (_, text, sentence) => {
    expect(about(text, 'variable-ranges')).toContain(`torn: ${sentence}`);
  });

  it('nothing where coreboot says that there are too few registers, and EDK2 goes on', () => {
    const short = 'Not enough MTRRs available! MTRR index is 1 with 1 MTRRs in total.\n';
    for (const text of [coreboot(range0 + short), `${edk2}${edk2Range}Memory Ranges:\n`]) {
      expect(about(text, 'variable-ranges'), text).toEqual([]);
    }
    expect(about(`${edk2}Fixed MTRR[00]   : 0606060606060606\n${edk2Range}`, 'fixed-ranges')).toContain(
      'torn: no line gives the fixed registers 1-10 (a:4)',
    );
  });

  const windbg = (...rows: string[]) =>
    `kd> !mtrr\nMTRR:  Var 4, Fixed-support enabled, USWC-supported, Default: UC\n${rows.join('')}`;
  const row0 = '  0.   WB: 00000000:00000000  0000007f:80000000  00000000:80000000\n';
  const csv = '0xfe,0x504\n0x200,0x6\n0x201,0x7f80000800\n';

  it.each([
    [
      '!mtrr that stops between rows',
      windbg(row0, '  1. \n'),
      'variable ranges 2-3 are missing from !mtrr, which announces 4 (a:4)',
    ],
    [
      '!mtrr without its last row',
      windbg(row0, '  1. \n', '  2. \n'),
      'variable range 3 is missing from !mtrr, which announces 4 (a:5)',
    ],
    [
      'a CSV between ranges',
      csv,
      'the text ends with IA32_MTRR_PHYSMASK0, and IA32_MTRRCAP announces 4 variable ranges (a:3)',
    ],
    [
      'a CSV within a range',
      `${csv.slice(csv.indexOf('0x200'))}0x202,0x80000006\n`,
      'the text ends with IA32_MTRR_PHYSBASE1, and its mask is missing (a:3)',
    ],
  ])('%s', (_, text, sentence) => {
    expect(about(text, 'variable-ranges')).toContain(`torn: ${sentence}`);
  });

  it.each([
    ['!mtrr with all rows', windbg(row0, '  1. \n', '  2. \n', '  3. \n')],
    ['!mtrr whose blanks at the ends of lines are gone', windbg(row0, '  1.\n', '  2.\n', '  3.')],
    ['a CSV that goes on behind the ranges', `${csv}0x2ff,0xc00\n`],
    ['a CSV in another order', `0x2ff,0xc00\n${csv}`],
    ['a CSV that does not say how many there are', csv.slice(csv.indexOf('0x200'))],
  ])('%s is whole', (_, text) => {
    expect(about(text, 'variable-ranges')).toEqual([]);
  });

  it('!mtrr without any row: no answer', () => {
    expect(() => toVcpuInits(readText(windbg(), { file: 'a' }))).toThrow(
      'a:2: variable ranges 0-3 are missing from !mtrr, which announces 4',
    );
  });

  it('!mtrr without the line that tells the default type: torn, unless another text tells it', () => {
    const rows = windbg(row0, '  1. \n', '  2. \n', '  3. \n');
    const text = rows.replace('Default: UC', '');
    expect(about(text, 'default-type')).toContain(
      'torn: the default type: the line of !mtrr that tells it is missing (a:3)',
    );
    expect(about(rows, 'default-type').join()).not.toMatch(/torn/);
    const both = about(`${text}msr[2ff] = 00000000\`00000c00\n`, 'default-type');
    expect(both.join()).not.toMatch(/torn/);
  });

  it('counts for nothing where another text gives the ranges', () => {
    expect(about(HEAD + WB_2G, 'variable-ranges')).toEqual([]);
  });

  it.each([
    [
      `${HEAD.replace('  A0000-BFFFF uncachable\n', '')}${one}  1 disabled\n`,
      'the fixed ranges 0xa0000-0xbffff are missing (a:4)',
    ],
    [
      `${HEAD.replace(FIXED, '')}${one}  1 disabled\n`,
      'no line stands under "MTRR fixed ranges enabled:": the log was filtered or cut (a:2)',
    ],
  ])('fixed ranges %#', (text, sentence) => {
    expect(about(text, 'fixed-ranges')[0]).toBe(`torn: ${sentence}`);
  });
});

describe('non-coherent DMA', () => {
  const dump = `${HEAD}  0 base 0000000000 mask 7F80000000 write-back\n  1 disabled\n`;
  const unit = (name: string, ecap: string) =>
    `DMAR: ${name}: reg_base_addr fed90000 ver 1:0 cap c0000020660462 ecap ${ecap}\n`;
  const device = 'vfio-pci 0000:01:00.0: enabling device (0000 -> 0003)\n';
  const mixed = unit('dmar0', 'f0101a') + unit('dmar1', 'f010da');
  const behind = (name: string, address: string) => `/sys/class/iommu/${name}/devices/${address}\n`;
  const grouped = (address: string) => `/sys/kernel/iommu_groups/12/devices/${address}\n`;
  const added = (address: string) => `pci ${address}: Adding to iommu group 12\n`;

  it.each([
    [unit('dmar0', 'f010da'), 'inferred', false, 'every IOMMU has snoop control (dmar0'],
    [unit('dmar0', 'f0101a') + device, 'inferred', true, '0000:01:00.0 given to a guest'],
    [
      unit('dmar0', 'f0101a') + unit('dmar1', 'f010da') + device,
      'assumed',
      false,
      'dmar0 without snoop control',
    ],
    [unit('dmar0', 'f0101a'), 'assumed', false, 'dmar0 without snoop control'],
    [device, 'assumed', false, 'nothing says whether the IOMMU has snoop control'],
    [
      mixed + device + behind('dmar0', '0000:01:00.0'),
      'inferred',
      true,
      '0000:01:00.0 given to a guest, behind dmar0 without snoop control',
    ],
    [
      mixed + device + behind('dmar1', '0000:01:00.0'),
      'inferred',
      false,
      '0000:01:00.0 given to a guest, behind dmar1 with snoop control',
    ],
    [
      mixed + device + grouped('0000:01:00.0') + grouped('0000:01:00.1') + behind('dmar0', '0000:01:00.1'),
      'inferred',
      true,
      '0000:01:00.0 (IOMMU group 12) given to a guest, behind dmar0',
    ],
    [
      mixed + device + added('0000:01:00.0') + added('0000:01:00.1') + behind('dmar1', '0000:01:00.1'),
      'inferred',
      false,
      '0000:01:00.0 (IOMMU group 12) given to a guest, behind dmar1',
    ],
    // A second device, of which nothing tells the IOMMU.
    [
      `${mixed}${device}${device.replace('01:00', '02:00')}${behind('dmar1', '0000:01:00.0')}`,
      'assumed',
      false,
      'dmar0 without snoop control',
    ],
    // Another group's device says nothing of this one.
    [
      mixed + device + grouped('0000:02:00.0') + behind('dmar1', '0000:02:00.0'),
      'assumed',
      false,
      'dmar0 without snoop control',
    ],
    ['/sys/class/iommu/dmar0/intel-iommu/ecap:f010da\n', 'inferred', false, 'every IOMMU has snoop control'],
    ['', 'assumed', false, 'nothing says which devices the guest was given'],
  ])('%#: %s%s', async (lines, level, isOn, why) => {
    const opened = await openText(dump + lines);
    const dma = opened.hostEvidence!.find(({ subject }) => subject === 'noncoherent-dma')!;
    expect(dma).toMatchObject({ level, why: expect.stringContaining(why) });
    expect(opened.vm.noncoherentDma).toBe(isOn);
  });
});

describe('self-snoop', () => {
  const dump = `${HEAD}  0 base 0000000000 mask 7F80000000 write-back\n  1 disabled\n`;
  const INTEL = 'vendor_id\t: GenuineIntel\n';
  const HAS = 'flags\t\t: fpu vme de pse sse2 ss ht tm syscall nx lm constant_tsc\n';
  const LACKS = HAS.replace(' ss ', ' ');

  it.each([
    ['', 'assumed', true],
    [INTEL + HAS, 'read', true],
    [INTEL + LACKS, 'read', false],
    [HAS.replace('flags\t\t', 'Flags              '), 'read', true],
    // The list breaks off before it could tell.
    [`${INTEL}flags\t\t: fpu vme de pse sse2\n`, 'assumed', true],
    // A guest's flags are not the host's, and AMD has no such flag.
    [INTEL + LACKS.replace('constant_tsc', 'hypervisor'), 'assumed', true],
    [`Hypervisor detected: KVM\n${INTEL}${LACKS}`, 'assumed', true],
    [`vendor_id\t: AuthenticAMD\n${LACKS}`, 'assumed', true],
  ])('%#: %s%s', async (lines, level, has) => {
    const opened = await openText(dump + lines, { name: 'a' });
    const known = opened.hostEvidence!.find(({ subject }) => subject === 'self-snoop')!;
    expect(known.level).toBe(level);
    expect(opened.vm.host.selfSnoop).toBe(has);
    if (level === 'read') expect(known.at!.line).toBe((dump + lines).split('\n').length - 1);
  });
});

describe('the names of clouds, which let guests and whole machines', () => {
  const log = (board: string, more = '') =>
    `DMI: ${board}, BIOS 1.0 10/16/2017\n${more}MTRR default type: write-back\nMTRR fixed ranges disabled:\n` +
    `MTRR variable ranges disabled:\n${[0, 1, 2, 3, 4, 5, 6, 7].map((n) => `  ${n} disabled\n`).join('')}`;

  it.each([
    ['Amazon EC2 m5.large/', 'a guest of a hypervisor'],
    ['Amazon EC2 c5.metal/', 'a machine, no guest'],
    ['Alibaba Cloud Alibaba Cloud ECS/Alibaba Cloud ECS', 'a guest of a hypervisor'],
    ['Tencent Cloud CVM/Smdbmds', 'a guest of a hypervisor'],
    ['Vultr VBM-4c-32gb/X11SCE-F', 'a machine, no guest'],
    ['UpCloud Cloud Server/', 'a guest of a hypervisor'],
  ])('%s: %s', (board, what) => {
    expect(about(log(board), 'platform')).toEqual([expect.stringContaining(`inferred: ${what} (${board} `)]);
  });

  it.each([
    ['Google Google Compute Engine/Google Compute Engine', 'guest'],
    ['Hetzner vServer/Standard PC (Q35 + ICH9, 2009)', 'guest'],
    ['DigitalOcean Droplet/Droplet', 'guest'],
    // A Chromebook.
    ['Google Nami/Nami', 'metal'],
  ])('%s tells by itself: %s', (board, kind) => {
    const text = log(board);
    expect(readText(text).platform?.kind).toBe(kind);
    expect(about(text, 'platform')).toEqual([]);
  });

  it('count less than what a line says', () => {
    const text = log('Amazon EC2 m5.metal/', 'Hypervisor detected: KVM\n');
    expect(readText(text).platform).toMatchObject({ kind: 'guest', name: 'KVM' });
    expect(about(text, 'platform')).toEqual([]);
    const metal = log(
      'Alibaba Cloud Alibaba Cloud ECS/x',
      'Booting paravirtualized kernel on bare hardware\n',
    );
    expect(readText(metal).platform?.kind).toBe('guest');
  });
});

describe('a text that says anything', () => {
  const PLACE = { file: 'a', line: 1 };
  const one = readText(WB_2G);

  it.each<[string, Partial<Facts>]>([
    ['registers', { registers: one.registers }],
    ['RAM', { ram: readText('00100000-7fffffff : System RAM\n').ram }],
    ['a width', { widths: readText('address sizes : 39 bits physical, 48 bits virtual\n').widths }],
    ['one map of another tool', { maps: [{} as Facts['maps'][number]] }],
    ['one unit of DMA', { dmaUnits: [{} as Facts['dmaUnits'][number]] }],
    ['one complaint', { complaints: [{} as Facts['complaints'][number]] }],
  ])('has %s', (_, facts) => {
    expect(saysAnything({ ...NO_FACTS, ...facts })).toBe(true);
  });

  it('has more than messages and places', () => {
    expect(saysAnything({ ...NO_FACTS, messages: [{ severity: 'note', text: 'x', at: PLACE }] })).toBe(false);
  });
});
