import { afterAll, describe, expect, it } from 'vitest';
import { finding, Gathering } from '../../src/check/finding.ts';
import {
  type CheckInput,
  check,
  type Finding,
  isProblem,
  memoryOfVm,
  type RuleId,
  SEVERITIES,
} from '../../src/check/index.ts';
import { createEvaluatorSync } from '../../src/engine/index.ts';
import { policy } from '../../src/policy/index.ts';
import { type Vm, type VmInit, vcpuOf, vm } from '../../src/vm/index.ts';

const engine = createEvaluatorSync({ engine: 'auto' });
afterAll(() => engine.dispose());

const GIB = 1 << 18;
const RAM = [
  { start: 0, end: 0xa0 },
  { start: 0x100, end: 2 * GIB },
  { start: 4 * GIB, end: 8 * GIB },
];
const FIXED: Record<number, bigint> = {
  0x250: 0x0606060606060606n,
  0x258: 0x0606060606060606n,
  0x259: 0n,
};
for (let msr = 0x268; msr <= 0x26f; msr++) FIXED[msr] = 0x0505050505050505n;

/** Base and mask of a variable range in a space of 40 bits. */
function range(index: number, base: bigint, size: bigint, type: bigint): Record<number, bigint> {
  return { [0x200 + 2 * index]: base | type, [0x201 + 2 * index]: ((1n << 40n) - size) | 0x800n };
}
const G = 1n << 30n;
const M = 1n << 20n;
/** WB on 0-2G and 4-8G, default UC. */
const SOUND = { ...FIXED, ...range(0, 0n, 2n * G, 6n), ...range(1, 4n * G, 4n * G, 6n), 0x2ff: 0xc00n };

function inputOf(machine: Vm, change: Partial<CheckInput> = {}): CheckInput {
  return {
    vm: machine,
    memory: { ram: RAM, described: RAM, mmio: [] },
    isCountStated: true,
    isWidthFromMasks: false,
    isDefaultAssumed: false,
    isTom2Stated: true,
    isGuest: false,
    complaints: [],
    ...change,
  };
}

function findings(input: CheckInput): readonly Finding[] {
  return check(input, engine, (index) => engine.view(vcpuOf(input.vm, index), policy('sdm')));
}

function found(msrs: Record<number, bigint>, rule: RuleId, change: Partial<CheckInput> = {}) {
  const machine = vm({ maxphyaddr: 40, vcpus: [{ msrs }] });
  return findings(inputOf(machine, change)).filter((one) => one.rule === rule);
}

const msrsOf = ({ causes }: Finding) => causes.map(({ msr }) => msr);
const WITHOUT_RAM: Partial<CheckInput> = { memory: { ram: undefined, described: [], mmio: [] } };

describe('a sound machine', () => {
  it('has nothing worse than INFO', () => {
    const machine = vm({ maxphyaddr: 40, vcpus: [{ msrs: SOUND }] });
    expect(findings(inputOf(machine)).filter(({ severity }) => severity !== 'INFO')).toEqual([]);
  });
});

describe('RAM', () => {
  it('blames the variable range that makes it UC, with the stretch', () => {
    const [one, ...more] = found({ ...SOUND, ...range(3, 0x70000000n, 256n * M, 0n) }, 'ram-not-wb');
    expect(more).toEqual([]);
    expect(one).toMatchObject({
      severity: 'HIGH',
      ranges: [{ start: 0x70000, end: 0x80000 }],
      pages: 0x10000n,
    });
    expect(msrsOf(one!)).toEqual([0x206, 0x207]);
  });

  it('blames the fixed register for RAM below 640K', () => {
    const [one] = found({ ...SOUND, 0x258: 0n }, 'ram-not-wb');
    expect(one).toMatchObject({ severity: 'MEDIUM', ranges: [{ start: 0x80, end: 0xa0 }] });
    expect(msrsOf(one!)).toEqual([0x258]);
  });

  it('says once that fixed ranges of several registers make RAM slow, and of each type on its own', () => {
    const [one, ...more] = found({ ...SOUND, 0x250: 0n, 0x258: 0n }, 'ram-not-wb');
    expect(more).toEqual([]);
    expect(one).toMatchObject({
      message: 'RAM is UC, not WB: IA32_MTRR_FIX64K_00000 and IA32_MTRR_FIX16K_80000 make it so',
      ranges: [{ start: 0, end: 0xa0 }],
    });
    expect(msrsOf(one!)).toEqual([0x250, 0x258]);
    const both = found({ ...SOUND, 0x250: 0n, 0x258: 0x0404040404040404n }, 'ram-not-wb');
    expect(both.map(msrsOf)).toEqual([[0x250], [0x258]]);
  });

  it('blames the default type for RAM that nothing covers, and joins stretches', () => {
    const { 0x202: _base, 0x203: _mask, ...rest } = SOUND as Record<number, bigint>;
    const [one] = found(rest, 'ram-uncovered');
    expect(one).toMatchObject({
      severity: 'HIGH',
      ranges: [{ start: 4 * GIB, end: 8 * GIB }],
      rangeCount: 1,
    });
    expect(msrsOf(one!)).toEqual([0x2ff]);
  });

  it('takes what TOM2 makes WB for covered', () => {
    const { 0x202: _base, 0x203: _mask, ...rest } = SOUND as Record<number, bigint>;
    const tom2 = { ...rest, 0xc0010010: 0x600000n, 0xc001001d: 8n * G };
    expect(found(tom2, 'ram-uncovered')).toEqual([]);
  });

  it('presumes RAM above 4 GiB where WP reaches there and nobody says what is RAM', () => {
    const wp = { ...range(0, 0n, 2n * G, 6n), ...range(2, 4n * G, 32n * M, 5n), 0x2ff: 0x800n };
    const [one] = found(wp, 'ram-not-wb', WITHOUT_RAM);
    expect(one).toMatchObject({ severity: 'HIGH', ranges: [{ start: 4 * GIB, end: 4 * GIB + 0x2000 }] });
    expect(msrsOf(one!)).toEqual([0x204, 0x205]);
  });

  it('presumes nothing of what no register speaks for', () => {
    expect(found({ 0x2ff: 0x800n }, 'ram-uncovered', WITHOUT_RAM)).toEqual([]);
  });

  it('reports WB past all memory, by how much of it there is', () => {
    const far = found(
      { ...SOUND, ...range(1, 4n * G, 4n * G, 6n), ...range(2, 8n * G, 8n * G, 6n) },
      'wb-beyond-ram',
    );
    expect(far).toMatchObject([{ severity: 'LOW', ranges: [{ start: 8 * GIB, end: 16 * GIB }] }]);
    const near = found({ ...SOUND, ...range(2, 8n * G, 4n * M, 6n) }, 'wb-beyond-ram');
    expect(near).toMatchObject([{ severity: 'INFO' }]);
  });

  it('says once that the MTRRs are off, and nothing of RAM', () => {
    const machine = vm({ maxphyaddr: 40, vcpus: [{ msrs: { ...SOUND, 0x2ff: 0n } }] });
    const worse = findings(inputOf(machine)).filter(({ severity }) => severity !== 'INFO');
    expect(worse.map(({ rule }) => rule)).toEqual(['mtrrs-off']);
  });
});

describe('overlaps and devices', () => {
  it('names the types that collide, worse over RAM', () => {
    const [one] = found({ ...SOUND, ...range(3, 4n * G, 32n * M, 5n) }, 'undefined-overlap');
    expect(one).toMatchObject({ severity: 'HIGH', ranges: [{ start: 4 * GIB, end: 4 * GIB + 0x2000 }] });
    expect(one!.message).toContain('WP and WB');
    expect(msrsOf(one!)).toEqual([0x202, 0x203, 0x206, 0x207]);
  });

  it('does not call WB with WT, or anything with UC, undefined', () => {
    const msrs = { ...SOUND, ...range(3, 4n * G, 32n * M, 4n), ...range(4, 0n, 16n * M, 0n) };
    expect(found(msrs, 'undefined-overlap')).toEqual([]);
  });

  it('blames the range that reaches over a device, and leaves WC and flash alone', () => {
    const mmio = [
      { start: 0x7ff00, end: 0x80000, name: 'a card' },
      { start: 0xe0000, end: 0xe1000, name: 'a framebuffer' },
      { start: 0xfff00, end: 0x100000, name: 'flash' },
    ];
    const msrs = { ...SOUND, ...range(3, 0xe0000000n, 16n * M, 1n), ...range(4, 0xfff00000n, M, 5n) };
    const cacheable = found(msrs, 'mmio-cacheable', { memory: { ram: RAM, described: RAM, mmio } });
    expect(cacheable).toMatchObject([{ severity: 'MEDIUM', ranges: [{ start: 0x7ff00, end: 0x80000 }] }]);
    expect(msrsOf(cacheable[0]!)).toEqual([0x200, 0x201]);
  });
});

describe('registers', () => {
  it('names the bits that a mask lacks, and where the range repeats', () => {
    const hole = { 0x206: 0x70000000n, 0x207: 0x7ffff00800n };
    const [one] = found({ ...SOUND, ...hole }, 'mask-holes');
    expect(one!.message).toContain('lacks bit 39');
    expect(one).toMatchObject({
      rangeCount: 2,
      ranges: [{ start: 0x70000, end: 0x70100 }, { start: 0x8070000 }],
    });
    expect(msrsOf(one!)).toEqual([0x207]);
    expect(one!.remedy).toContain('0xfffff00800');
  });

  it('tells what an unaligned base means to the CPU and to KVM', () => {
    const [one] = found({ ...SOUND, 0x206: 0xffd00005n, 0x207: 0xffffc00800n }, 'base-unaligned');
    expect(one!.message).toMatch(/CPU takes 0xffc00000-0xffffffff, KVM .* 0xffd00000-0xffffffff/);
  });

  it('finds the range without which nothing changes, and only that', () => {
    const msrs = { ...SOUND, ...range(3, 0xf0000000n, 256n * M, 0n), ...range(4, 0x70000000n, 256n * M, 0n) };
    const idle = found(msrs, 'register-idle');
    expect(idle.map(msrsOf)).toEqual([[0x206, 0x207]]);
  });

  it('counts the ranges that are free', () => {
    const [one] = found(SOUND, 'ranges-left');
    expect(one!.message).toBe('2 of 8 variable ranges used; free: #2, #3, #4, #5, #6 and #7');
    expect(found(SOUND, 'ranges-left', { isCountStated: false })).toEqual([]);
  });

  it('blames the range that begins inside a large page', () => {
    const split = found({ ...SOUND, ...range(3, 0x7ff00000n, M, 0n) }, 'page-split');
    expect(split.map((one) => [one.ranges[0], msrsOf(one)])).toEqual([
      [{ start: GIB, end: 2 * GIB }, [0x206]],
      [{ start: 0x7fe00, end: 0x80000 }, [0x206]],
    ]);
  });
});

describe('CPUs', () => {
  const states = (change: Record<number, bigint>, init: Partial<VmInit> = {}) =>
    vm({
      maxphyaddr: 40,
      vcpus: [...Array(6).fill({ msrs: SOUND }), { msrs: { ...SOUND, ...change } }],
      ...init,
    });
  const rules = (machine: Vm) =>
    findings(inputOf(machine)).filter(({ rule }) => rule.startsWith('cpus-')) as readonly Finding[];

  it('differ in effect: where, and by which register', () => {
    const [one, ...more] = rules(states({ 0x259: 0x0606060606060606n }));
    expect(more).toEqual([]);
    expect(one).toMatchObject({
      rule: 'cpus-differ',
      severity: 'HIGH',
      vcpus: [6],
      ranges: [{ start: 0xa0, end: 0xc0 }],
    });
    expect(one!.message).toBe('vcpu6: WB instead of UC as on most CPUs');
    expect(one!.causes).toMatchObject([{ msr: 0x259, value: 0x0606060606060606n }]);
  });

  it('differ in value alone: harmless', () => {
    expect(rules(states({ 0x20e: 0x1000000n }))).toMatchObject([
      { rule: 'cpus-differ-raw', severity: 'INFO', vcpus: [6], causes: [{ msr: 0x20e }] },
    ]);
  });

  it('differ in IA32_PAT: no type of a page, yet no harmless thing', () => {
    expect(rules(states({ 0x277: 0x0407050600070106n }))).toMatchObject([
      { rule: 'cpus-differ', severity: 'MEDIUM', causes: [{ msr: 0x277 }] },
    ]);
  });
});

describe('as a guest of KVM', () => {
  it('counts the pages to which 5.16 gives another type', () => {
    // Q1 of the KVM fold: a UC hole inside WB with a lower base is not seen.
    const msrs = { 0x200: 6n, 0x201: 0xff00000800n, 0x202: 0xc0000000n, 0x203: 0xffc0000800n, 0x2ff: 0xc00n };
    const [one] = found(msrs, 'kvm-differs');
    expect(one).toMatchObject({
      severity: 'INFO',
      pages: 0x40000n,
      ranges: [{ start: 0xc0000, end: 0x100000 }],
    });
    expect(one!.message).toContain('answers WB where the manual says UC');
  });

  it('says that releases from 6.11 on do not look at MTRRs', () => {
    const input = inputOf(vm({ maxphyaddr: 40, vcpus: [{ msrs: SOUND }] }));
    const open = (index: number) => engine.view(vcpuOf(input.vm, index), policy('sdm'));
    const [one] = check(input, engine, open, { policy: policy('kvm-6.12'), rules: new Set(['kvm-differs']) });
    expect(one!.message).toContain("does not look at a guest's MTRRs");
  });

  it('says that a guest has 8 ranges', () => {
    const machine = vm({ maxphyaddr: 40, vcpus: [{ vcnt: 10, msrs: { ...SOUND, ...range(9, 0n, M, 0n) } }] });
    const [one] = findings(inputOf(machine)).filter(({ rule }) => rule === 'kvm-differs');
    expect(one!.message).toMatch(/cannot have this layout: IA32_MTRR_PHYS(BASE|MASK)9/);
  });
});

describe('masks with holes everywhere', () => {
  it('end, and say that there is more', () => {
    const msrs = { 0x200: 5n, 0x201: 0x1800n, 0x202: 6n, 0x203: 0x2800n, 0x2ff: 0xc00n };
    const machine = vm({ maxphyaddr: 40, vcpus: [{ msrs }] });
    const all = findings(inputOf(machine));
    const overlap = all.find(({ rule }) => rule === 'undefined-overlap');
    expect(overlap).toMatchObject({ isCutShort: true });
    expect(overlap!.ranges.length).toBeLessThanOrEqual(16);
    expect(all.find(({ rule }) => rule === 'mask-holes')).toMatchObject({ isCutShort: true });
  });
});

describe('the memory of a VM', () => {
  const MMIO = [{ start: 0x800, end: 0x900 }];
  const host = { start: 0x800, end: 0x900, name: 'host MMIO' };
  const slot = (gfn: number, count: number, readonly = false) => ({ gfn, count, pfn: gfn, readonly });
  const END = 2 ** 28;

  it.each<[string, Partial<VmInit>, ReturnType<typeof memoryOfVm>]>([
    ['nothing where one slot takes the whole space', {}, { ram: undefined, described: [], mmio: [] }],
    ['devices beside that', { mmio: MMIO }, { ram: undefined, described: [], mmio: [host] }],
    [
      'writable slots without the windows below 1 MiB',
      { slots: [slot(0, 0x1000), slot(0xfffc0, 0x40, true)] },
      {
        ram: [
          { start: 0, end: 0xa0 },
          { start: 0x100, end: 0x1000 },
        ],
        described: [
          { start: 0, end: 0x1000 },
          { start: 0xfffc0, end: 0x100000 },
        ],
        mmio: [],
      },
    ],
    [
      'slots without the devices in them',
      { slots: [slot(0x100, 0x800), slot(0x900, 0x100)], mmio: MMIO },
      {
        ram: [
          { start: 0x100, end: 0x800 },
          { start: 0x900, end: 0xa00 },
        ],
        described: [{ start: 0x100, end: 0xa00 }],
        mmio: [host],
      },
    ],
    [
      'one slot that is not whole',
      { slots: [slot(1, END - 1)] },
      {
        ram: [
          { start: 1, end: 0xa0 },
          { start: 0x100, end: END },
        ],
        described: [{ start: 1, end: END }],
        mmio: [],
      },
    ],
    [
      'one slot that ends before',
      { slots: [slot(0, END - 1)] },
      {
        ram: [
          { start: 0, end: 0xa0 },
          { start: 0x100, end: END - 1 },
        ],
        described: [{ start: 0, end: END - 1 }],
        mmio: [],
      },
    ],
    ['no slot', { slots: [] }, { ram: [], described: [], mmio: [] }],
  ])('is %s', (_, init, expected) => {
    expect(memoryOfVm(vm({ maxphyaddr: 40, ...init }))).toEqual(expected);
  });
});

describe('stretches', () => {
  it.each([
    [4096, 4096, true],
    [4097, 4096, false],
  ])('of a range of %i: %i are walked, to its end: %s', (count, walked, isWhole) => {
    const striped = vm({ maxphyaddr: 40, vcpus: [{ msrs: { 0x200: 0n, 0x201: 0x1800n, 0x2ff: 0x806n } }] });
    const ram = [{ start: 0x100, end: 0x100 + count }];
    const [one] = findings(inputOf(striped, { memory: { ram, described: ram, mmio: [] } }));
    expect(one).toMatchObject({
      rule: 'ram-not-wb',
      pages: BigInt(Math.ceil(walked / 2)),
      isCutShort: !isWhole,
    });
  });

  it('are none where one ends before it begins', () => {
    const machine = vm({ maxphyaddr: 32, vcpus: [{ msrs: { 0x2ff: 0x806n, 0x200: 0n, 0x201: 0x800n } }] });
    expect(findings(inputOf(machine, WITHOUT_RAM)).filter(({ rule }) => rule === 'ram-not-wb').length).toBe(
      1,
    );
  });
});

describe('a finding', () => {
  it('counts as a problem unless it is INFO', () => {
    expect(SEVERITIES.map((severity) => isProblem({ severity } as Finding))).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });

  it.each([15, 16, 17])('lists 16 ranges at the most, of %i', (count) => {
    const ranges = Array.from({ length: count }, (_, k) => ({ start: 10 * k, end: 10 * k + 3 }));
    const text = { rule: 'smram', severity: 'INFO', message: 'm', remedy: 'r' } as const;
    const gathering = new Gathering(text);
    for (const { start, end } of ranges) {
      gathering.add({ start, end: start + 1 });
      gathering.add({ start: start + 1, end });
    }
    const expected = {
      ...text,
      ...{ ranges: ranges.slice(0, 16), rangeCount: count, pages: BigInt(3 * count), isCutShort: false },
      ...{ causes: [], vcpus: [] },
    };
    expect(finding(text, ranges)).toEqual(expected);
    expect(gathering.pages).toBe(BigInt(3 * count));
    expect(gathering.finding(false)).toEqual(expected);
    expect(gathering.finding(true, { severity: 'LOW', vcpus: [3] })).toEqual({
      ...expected,
      ...{ severity: 'LOW', vcpus: [3], isCutShort: true },
    });
  });
});
