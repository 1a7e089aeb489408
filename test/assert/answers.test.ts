/** What `assert` says of rules that machines with one peculiarity each bear out or break, word for word: answers.txt. */
import { fileURLToPath } from 'node:url';
import { afterAll, describe } from 'vitest';
import { type AssertInput, type Judged, judge, type LayoutRange } from '../../src/assert/index.ts';
import { parseAssertions } from '../../src/config/assert/assertions.ts';
import { createEvaluatorSync } from '../../src/engine/index.ts';
import { type VmInit, vcpuOf, vm } from '../../src/vm/index.ts';
import { FIXED, G, K, LOW, M, type Msrs, range, SOUND, TOM2, UC, WB, WC, WP, WT } from '../check/case.ts';
import { writtenDown } from '../transcripts/written-down.ts';
import { inputOf } from './assert-input.ts';

const engine = createEvaluatorSync({ engine: 'auto' });
afterAll(() => engine.dispose());

interface Case extends Partial<Omit<AssertInput, 'vm'>> {
  /** Rules, a line each. */
  readonly rules: string;
  readonly msrs?: Msrs;
  readonly init?: Partial<VmInit>;
}

const named = (kind: LayoutRange['kind'], start: number, end: number, name: string = kind): LayoutRange => ({
  ...{ kind, start, end, name },
});
const MAP: readonly LayoutRange[] = [
  named('reserved', 0xf0000, 0xf8000),
  named('acpi', 0x7d000, 0x7d100),
  named('nvs', 0x7d100, 0x7d200),
  named('rom', 0xffc00, 0x100000),
  named('persistent', 0x300000, 0x340000),
  named('soft-reserved', 0x340000, 0x350000),
  named('unusable', 0x350000, 0x350001),
  named('other', 0xe0000, 0xe1000, '0000:01:00.0'),
];
const DEVICE = { start: 0xe0000, end: 0xe1000, name: '0000:01:00.0' };
const NO_MAP = { memory: { ram: undefined, described: [], mmio: [] } };
const RAM_AT = (...ram: readonly (readonly [number, number])[]) => {
  const list = ram.map(([start, end]) => ({ start, end }));
  return { memory: { ram: list, described: list, mmio: [] } };
};
/** Names of which the map decides where they are, and those that are the same everywhere. */
const MAPPED = [
  ...['ram', 'low-ram', 'high-ram', 'mmio', 'hole', 'flash', 'reserved', 'acpi', 'nvs', 'rom', 'persistent'],
  ...['soft-reserved', 'unusable'],
];
const FIXED_AREAS = ['conventional', 'vga', 'option-roms', 'bios', 'io-apic', 'hpet', 'local-apic', 'all'];
const ruled = (areas: readonly string[]) => areas.map((area) => `${area}: WT`).join('\n');
const EVERY_AREA = ruled(MAPPED);
const states = (...all: readonly Msrs[]): Partial<VmInit> => ({ vcpus: all.map((msrs) => ({ msrs })) });
/** A UC hole inside WB that KVM's fold does not see, another below it. */
const HOLES: Msrs = {
  ...FIXED,
  ...range(0, 0n, 8n * G, WB),
  ...range(1, 2n * G, G, UC),
  ...range(2, 3n * G, G, UC),
  0x2ff: 0xc06n,
};
const COMB: Msrs = { 0x200: WC, 0x201: 0x8000f800n, 0x2ff: 0x806n };
const REGISTERS =
  'default: UC\nmtrrs: on\nfixed-ranges: on\nmax-variable: 2\nmin-free-variable: 6\noverlaps: none';

const CASES: Readonly<Record<string, Case>> = {
  // Where things are
  'every area of a machine with a map': {
    rules: EVERY_AREA,
    named: MAP,
    listsDevices: true,
    memory: { ...RAM_AT([0, 0xa0], [0x100, 0x7d000], [0x100000, 0x200000]).memory, mmio: [DEVICE] },
  },
  'every area of a machine with RAM alone': { rules: EVERY_AREA },
  'every area of a machine without a map': { rules: EVERY_AREA, ...NO_MAP },
  'every area of a guest': { rules: EVERY_AREA, isGuest: true },
  'every area of a guest without slots': { rules: EVERY_AREA, isGuest: true, ...NO_MAP },
  'every area of a guest with a ROM': {
    rules: EVERY_AREA,
    isGuest: true,
    named: [named('rom', 0xffff0, 0x100000)],
  },
  'devices where a map lists none': { rules: 'mmio: UC', listsDevices: true },
  'RAM above 4 GiB alone': { rules: 'ram: WB\nlow-ram: WB\nhole: UC', ...RAM_AT([0x100000, 0x200000]) },
  'RAM below 1 MiB alone': { rules: 'low-ram: WB\nhigh-ram: WB\nhole: UC', ...RAM_AT([0, 0xa0]) },
  'RAM up to the flash': { rules: 'hole: UC', ...RAM_AT([0, 0xa0], [0x100, 0xff000]) },
  'RAM up to 4 GiB less a page': {
    rules: 'hole: UC\nflash: UC',
    ...RAM_AT([0x100, 0xfffff]),
    named: [named('rom', 0xffff0, 0x100000)],
  },
  'flash that is reserved up to 4 GiB, and a reserved stretch below': {
    rules: 'flash: UC\nhole: UC',
    named: [named('reserved', 0xff800, 0x100000), named('reserved', 0xff000, 0xff400)],
  },
  'flash that the map has larger than chipsets decode': {
    rules: 'flash: UC',
    named: [named('reserved', 0xfe000, 0x100000)],
  },
  'a space of 32 bits': {
    rules: 'all: UC\nhigh-ram: UC\nhole: UC',
    init: { maxphyaddr: 32, vcpus: [{ msrs: { 0x2ff: 0x800n } }] },
    ...RAM_AT([0x100, 0x1000]),
  },
  'names of the file': {
    rules:
      'ranges:\n  card: {named: "0000:01:*"}\n  nobody: {named: "0000:02:*"}\n  dot: {named: "0000.01:00.0"}\n  two: [1M+4K, 3M+4K]\n  upper: {named: "0000:01:00.0"}\ncard: WB\nnobody: WB\ndot: WB\ntwo: UC\nupper: WT',
    named: MAP,
  },
  'what is left out': {
    rules:
      'all: {type: UC, except: [ram, bios, option-roms]}\nram: {type: WB, except: [0x0+4K]}\nvga: {type: UC, except: vga}\nlow-ram: {type: WB, except: [flash, acpi]}',
  },
  'every area that is the same everywhere': { rules: ruled(FIXED_AREAS) },
  // Types
  'types that hold': { rules: 'ram: WB\nvga: UC\nbios: [WP, UC]\nall: defined\n0x80000000+4K: not WB' },
  'types that do not': {
    rules:
      'ram: [WT, WP]\nvga: WB\nbios: not WP\n0x7ffff000-0x80000fff: WB\nhole: {type: WB, warn: true, why: said so}',
  },
  'who makes RAM UC': {
    rules: 'ram: WB',
    msrs: {
      ...SOUND,
      ...range(2, G, 256n * M, UC),
      ...range(3, 6n * G, 16n * M, UC),
      ...range(4, 6n * G, 16n * M, UC),
      0x258: 0n,
    },
  },
  'RAM of two other types': { rules: 'ram: UC', msrs: { ...SOUND, ...range(2, G, 256n * M, WT) } },
  'an overlap without an answer': {
    rules: 'high-ram: WB\nhigh-ram: WP\nhigh-ram: defined',
    msrs: { ...SOUND, ...range(2, 4n * G, 16n * M, WP) },
  },
  'MTRRs that are off': { rules: 'ram: WB\nvga: UC', msrs: { ...SOUND, 0x2ff: 0n } },
  'RAM that no register covers': { rules: 'ram: WB', msrs: LOW },
  'RAM that no register covers, and AMD may': { rules: 'ram: WB', msrs: LOW, isTom2Stated: false },
  'RAM that no register covers, and AMD may, of a guest': {
    rules: 'ram: WB',
    msrs: LOW,
    isTom2Stated: false,
    isGuest: true,
  },
  'RAM below 4 GiB that no register covers, and AMD may': {
    rules: 'low-ram: WB',
    msrs: { ...FIXED, 0x2ff: 0xc00n },
    isTom2Stated: false,
  },
  'RAM that a register makes UC, and AMD may not change that': {
    rules: 'ram: WB',
    msrs: { ...SOUND, ...range(2, 5n * G, 256n * M, UC) },
    isTom2Stated: false,
  },
  'RAM below TOM2 without SYSCFG': { rules: 'ram: WB', msrs: { ...LOW, 0xc001001d: 8n * G } },
  'UC below TOM2': {
    rules: 'ram: WB\nhigh-ram: UC',
    msrs: { ...LOW, ...TOM2(7n * G), ...range(3, 5n * G, G, UC) },
  },
  'sixteen stretches': { rules: '0-0xfffff: WB', msrs: COMB },
  'more stretches than are listed': { rules: '0-0x7fffffff: WB\n0-0x110fff: WB', msrs: COMB },
  'a page behind more stretches than are walked': {
    rules: '0-0x7fffffff: [WB, UC]',
    msrs: { 0x200: WB, 0x201: 0xfffe001800n, 0x202: G | WC, 0x203: 0xfffffff800n, 0x2ff: 0x800n },
  },
  'one CPU of four': {
    rules: 'vga: UC\nram: WB\nlevel: 2M',
    init: states(SOUND, SOUND, { ...SOUND, 0x259: 0x0606060606060606n, ...range(4, G, M, UC) }, SOUND),
  },
  'three CPUs of seven': { rules: 'ram: WB', init: states(SOUND, LOW, SOUND, LOW, SOUND, LOW, SOUND) },
  // Policies
  'as KVM has it': {
    rules: ['5.16', '6.8', '6.16']
      .map(
        (release) =>
          `${release === '5.16' ? 'hole' : release === '6.8' ? '0-0xffffffff' : 'low-ram'}: {type: UC, policy: kvm-${release}}`,
      )
      .join('\n'),
    msrs: HOLES,
    init: { noncoherentDma: true, vcpus: [{ msrs: HOLES }] },
  },
  'as KVM has it without non-coherent DMA': {
    rules: 'hole: {type: UC, policy: kvm-5.16}',
    init: { vcpus: [{ msrs: HOLES }] },
  },
  'as KVM has it with CR0.CD': {
    rules: 'hole: {type: UC, policy: kvm-5.16}',
    init: { noncoherentDma: true, vcpus: [{ msrs: HOLES, cr0cd: true }] },
  },
  'as KVM has it with host MMIO': {
    rules: '0-0x7fffffff: {type: WB, policy: kvm-5.16}',
    init: { noncoherentDma: true, vcpus: [{ msrs: HOLES }], mmio: [{ start: 0x1000, end: 0x1800 }] },
  },
  'as KVM has it with MTRRs off': {
    rules: 'vga: {type: WB, policy: kvm-5.16}',
    init: { noncoherentDma: true, vcpus: [{ msrs: { ...HOLES, 0x2ff: 0n } }] },
  },
  'as KVM has it, fixed and by default': {
    rules: '0-0x1fffff: {type: WP, policy: kvm-5.16}\n2G-16G: {type: WP, policy: kvm-5.16}',
    init: {
      noncoherentDma: true,
      vcpus: [{ msrs: { ...FIXED, ...range(0, 8n * G, G, WB), 0x2ff: 0xc00n } }],
    },
  },
  'as KVM has it, where the fold stops early': {
    rules: '2G-4G: {type: UC, policy: kvm-5.16}',
    init: {
      noncoherentDma: true,
      vcpus: [
        {
          msrs: {
            ...range(0, 0n, 8n * G, UC),
            ...range(1, 2n * G, 2n * G, WB),
            ...range(2, 3n * G, G, WC),
            0x2ff: 0x806n,
          },
        },
      ],
    },
  },
  'as peers have it': {
    rules:
      '2G-4G: {type: WT, policy: peer-linux-6.5}\n16G+4K: {type: WB, policy: peer-linux-6.5}\n2G-4G: {type: WB, policy: peer-xen-ept}',
    msrs: { ...range(0, 0n, 8n * G, WB), ...range(1, 3n * G, G, UC), 0x2ff: 0x800n },
  },
  // Assumptions
  'fixed ranges that are assumed': {
    rules: 'ram: WB\nvga: UC\nconventional: WB\n0xff000+8K: WB',
    isFixedAssumed: true,
  },
  'a default type that is assumed': {
    rules: 'ram: WB\nhole: UC\nvga: UC\ndefault: UC',
    isDefaultAssumed: true,
  },
  'a default type that is assumed, and broken under any': {
    rules: 'low-ram: UC\nhigh-ram: {type: WT, when-missing: fail}',
    isDefaultAssumed: true,
  },
  'a default type that is assumed, of CPUs that differ, as KVM has it': {
    rules: '12G+4K: {type: WB, policy: kvm-5.16}\n12G+4K: {type: WB, policy: kvm-6.16}',
    isDefaultAssumed: true,
    init: { noncoherentDma: true, ...states(SOUND, { ...SOUND, ...range(3, 12n * G, G, WB) }) },
  },
  'ranges that are torn': {
    rules: `${REGISTERS}\nlevel: 2M\nram: WB\nvga: {type: UC, when-missing: fail}`,
    areRangesTorn: true,
  },
  'MTRRs that are assumed on': { rules: 'mtrrs: on\nfixed-ranges: on', isEnableAssumed: true },
  'fixed ranges that are assumed on': {
    rules: 'mtrrs: on\nfixed-ranges: {value: on, when-missing: fail}',
    isFixedAssumed: true,
  },
  // Registers
  'registers that are as they should be': { rules: REGISTERS },
  'registers that are not': {
    rules: 'default: [WB, WT]\nmtrrs: off\nfixed-ranges: off\nmax-variable: 1\nmin-free-variable: 7',
  },
  'registers of MTRRs that are off': {
    rules: 'default: UC\nmtrrs: on\nfixed-ranges: on',
    msrs: { ...SOUND, 0x2ff: 0x406n },
  },
  'a default type of MTRRs that are off': {
    rules: 'default: WB\nmtrrs: off\nfixed-ranges: off',
    msrs: { ...SOUND, 0x2ff: 6n },
  },
  'fixed ranges that are off': { rules: 'fixed-ranges: on\nmtrrs: off', msrs: { ...SOUND, 0x2ff: 0x800n } },
  'one range too many': {
    rules: 'max-variable: 2\nmin-free-variable: 5',
    msrs: { ...SOUND, ...range(7, 0n, M, WB) },
  },
  'no range': { rules: 'max-variable: 0\nmin-free-variable: 8', msrs: { 0x2ff: 0x806n } },
  'two ranges of which there are two': {
    rules: 'min-free-variable: 1\nmax-variable: 1',
    init: { vcpus: [{ vcnt: 2, msrs: SOUND }] },
  },
  'an assumed number of ranges': { rules: 'min-free-variable: 1\nmax-variable: 8', isCountStated: false },
  'registers of CPUs that differ': {
    rules: 'max-variable: 2\nmin-free-variable: 6\ndefault: UC\noverlaps: none',
    init: states(SOUND, SOUND, { ...SOUND, ...range(5, 4n * G, M, WP), 0x2ff: 0xc06n }),
  },
  'ranges that overlap in the open': {
    rules: 'overlaps: none\noverlaps: disjoint',
    msrs: { ...SOUND, ...range(2, 4n * G, 16n * M, WP), ...range(3, 5n * G, 16n * M, WC) },
  },
  'ranges that overlap': {
    rules: 'overlaps: disjoint',
    msrs: {
      ...SOUND,
      ...range(3, G, M, UC),
      ...range(2, 4n * G, 2n * M, UC),
      ...range(4, 4n * G + M, M, WP),
      0x20a: 8n * G,
      0x20b: 0x4000000800n | 0x200000000n,
    },
  },
  'ranges that overlap everywhere': {
    rules: 'overlaps: disjoint',
    msrs: { 0x200: WB, 0x201: 0x800n, 0x202: UC, 0x203: 0x800n, 0x2ff: 0x800n },
  },
  'ranges that do not overlap': { rules: 'overlaps: disjoint' },
  'ranges that overlap in nothing': {
    rules: 'overlaps: disjoint',
    msrs: { ...SOUND, 0x206: 0x1000n, 0x207: 0x1800n, 0x208: 0n, 0x209: 0x1800n },
  },
  'seven ranges that overlap': {
    rules: 'overlaps: disjoint',
    msrs: Object.assign(
      { 0x2ff: 0x800n },
      ...Array.from({ length: 7 }, (_, n) => range(n, 0n, G << BigInt(n % 3), WB)),
    ),
  },
  // Levels
  'levels that hold': {
    rules: 'level: 2M\nhigh-ram: {level: 1G}',
    ...RAM_AT([0x200, 0x80000], [0x100000, 0x200000]),
  },
  'levels that do not': {
    rules: 'level: 1G\nhigh-ram: {level: 2M}\nlow-ram: {level: 2M}',
    msrs: { ...SOUND, ...range(2, 0x40100000n, M, UC), ...range(3, 5n * G + 4n * K, 4n * K, WT) },
  },
  'levels of less than a page': {
    rules: '0x1000+2M: {level: 2M}\n0x200000+2M: {level: 2M}\n0x200000+2M: {level: 1G}',
  },
  'levels where no slot is': {
    rules: '0-16M: {level: 2M, policy: kvm-6.8}',
    init: {
      vcpus: [{ msrs: SOUND }],
      slots: [
        { gfn: 0, count: 0x200, pfn: 0 },
        { gfn: 0x800, count: 0x800, pfn: 1 },
      ],
    },
  },
  'levels that many ranges end': {
    rules: '1G+1G: {level: 1G}',
    msrs: Object.assign(
      { ...LOW },
      ...Array.from({ length: 5 }, (_, n) => range(n + 1, G + (BigInt(n) << 21n), 2n * M, UC)),
    ),
  },
  'levels of CPUs that differ': {
    rules: 'low-ram: {level: 2M}',
    init: states(SOUND, SOUND, { ...SOUND, ...range(4, G, M, UC) }),
  },
  'levels of nothing': { rules: 'level: 2M\nacpi: {level: 2M}', ...NO_MAP },
  // What check finds
  'findings of check': {
    rules: 'check: [mask-holes, base-unaligned, ram-not-wb, mmio-cacheable, wb-beyond-ram, ram-uncovered]',
    msrs: { ...SOUND, 0x206: 0x70000000n, 0x207: 0x7ffff00800n },
  },
  'findings of check without a map': {
    rules: 'check: [ram-not-wb, mmio-cacheable, wb-beyond-ram, ram-uncovered, mask-holes]',
    ...NO_MAP,
  },
  'findings of check from a severity on': {
    rules: 'check: MEDIUM',
    msrs: { ...SOUND, 0x206: 0x70000000n, 0x207: 0x7ffff00800n, 0x208: 0xffd00005n, 0x209: 0xffffc00800n },
  },
  'no finding of check from a severity on': { rules: 'check: LOW' },
  'no finding of check from a severity on without a map': { rules: 'check: LOW', ...NO_MAP },
  'findings of check about many stretches': { rules: 'check: [ram-not-wb]', msrs: { ...COMB, 0x200: UC } },
  'CPUs that are equal': {
    rules: 'cpus: identical\ncpus: identical-registers',
    init: states(SOUND, SOUND),
  },
  'one CPU': { rules: 'cpus: identical' },
  'one CPU of a guest': { rules: 'cpus: identical', isGuest: true },
  'CPUs that differ in effect': {
    rules: 'cpus: identical',
    init: states(SOUND, SOUND, { ...SOUND, 0x259: 0x0606060606060606n }, LOW),
  },
  'CPUs that differ to no effect': {
    rules: 'cpus: identical',
    init: states(SOUND, SOUND, { ...SOUND, 0x20e: 0x1000000n }),
  },
  'CPUs whose registers differ to no effect': {
    rules: 'cpus: identical-registers',
    init: states(SOUND, SOUND, { ...SOUND, 0x20e: 0x1000000n }),
  },
  'CPUs that the log calls inconsistent': {
    rules: 'cpus: identical',
    complaints: [
      {
        kind: 'cpus-inconsistent',
        severity: 'MEDIUM',
        text: 'said',
        remedy: 'mend',
        group: 'def-type',
        at: { file: 'log', line: 3 },
      },
    ],
  },
};

const hexRange = ({ start, end }: { start: number; end: number }): string =>
  `0x${start.toString(16)}-0x${(end - 1).toString(16)}`;
const causesText = (causes: Judged['causes']): string =>
  causes.map(({ register, value }) => `${register}=0x${value.toString(16)}`).join(', ') || 'none';

function textOf(one: Judged): string {
  const {
    assertion,
    verdict,
    message,
    notes,
    pages,
    wrongPages,
    breaches,
    isCutShort,
    causes,
    remedy,
    vcpus,
  } = one;
  return [
    `${verdict} ${assertion.title}: ${message || 'so it is'} [${wrongPages} of ${pages} pages${isCutShort ? ', cut short' : ''}]`,
    ...notes.map((note) => `  note ${note}`),
    ...breaches.map(
      (breach) => `  ${hexRange(breach)} ${breach.found}: ${breach.reason} (${causesText(breach.causes)})`,
    ),
    ...(causes.length > 0 ? [`  cause ${causesText(causes)}`] : []),
    ...(vcpus.length > 0 ? [`  CPUs ${vcpus}`] : []),
    ...(remedy === '' ? [] : [`  do ${remedy}`]),
  ].join('\n');
}

describe('what assert says of', () => {
  writtenDown(fileURLToPath(new URL('answers.txt', import.meta.url)), '# ', Object.keys(CASES), (title) => {
    const { rules, msrs = SOUND, init, ...more } = CASES[title]!;
    const machine = vm({ maxphyaddr: 40, vcpus: [{ msrs }], ...init });
    // A file would refuse rules that contradict each other.
    const files = rules.startsWith('ranges:') ? [rules] : rules.split('\n');
    const assertions = files.flatMap((text) => parseAssertions(text, 'p.yml').assertions);
    const open: Parameters<typeof judge>[3] = (index, policy) => engine.view(vcpuOf(machine, index), policy);
    return judge(inputOf(machine, more), assertions, engine, open).map(textOf).join('\n');
  });
});
