import { afterAll, describe, expect, it } from 'vitest';
import { type AssertInput, beyondSpace, type Judged, judge } from '../../src/assert/index.ts';
import { memoryOfVm } from '../../src/check/index.ts';
import { parseAssertions } from '../../src/config/assert/assertions.ts';
import { createEvaluatorSync } from '../../src/engine/index.ts';
import { type VmInit, vcpuOf, vm } from '../../src/vm/index.ts';
import { inputOf, RAM } from './assert-input.ts';

const engine = createEvaluatorSync({ engine: 'auto' });
afterAll(() => {
  engine.dispose();
});

const GIB = 1 << 18;
const FIXED: Record<number, bigint> = { 0x250: 0x0606060606060606n, 0x258: 0x0606060606060606n, 0x259: 0n };
for (let msr = 0x268; msr <= 0x26f; msr++) FIXED[msr] = 0x0505050505050505n;

/** Base and mask of a variable range in a space of 40 bits. */
function range(index: number, base: bigint, size: bigint, type: bigint): Record<number, bigint> {
  return { [0x200 + 2 * index]: base | type, [0x201 + 2 * index]: ((1n << 40n) - size) | 0x800n };
}
const G = 1n << 30n;
const M = 1n << 20n;
/** WB on 0-2G and 4-8G, default UC. */
const SOUND: Record<number, bigint> = {
  ...FIXED,
  ...range(0, 0n, 2n * G, 6n),
  ...range(1, 4n * G, 4n * G, 6n),
  0x2ff: 0xc00n,
};

function judgedAll(
  text: string,
  init: VmInit['vcpus'],
  change: Partial<AssertInput> = {},
  more: Partial<VmInit> = {},
) {
  const machine = vm({ maxphyaddr: 40, ...more, ...(init && { vcpus: init }) });
  const { assertions } = parseAssertions(text, 'p.yml');
  return judge(inputOf(machine, change), assertions, engine, (index, rule) =>
    engine.view(vcpuOf(machine, index), rule),
  );
}

function judged(
  text: string,
  msrs: Record<number, bigint> = SOUND,
  change: Partial<AssertInput> = {},
): Judged {
  return judgedAll(text, [{ msrs }], change)[0]!;
}

const verdictOf = (...args: Parameters<typeof judged>) => judged(...args).verdict;
const NO_MAP = { memory: { ram: undefined, described: [], mmio: [] } };

describe('types', () => {
  it.each([
    ['ram: WB', 'PASS'],
    ['low-ram: WB', 'PASS'],
    ['high-ram: [WT, WB]', 'PASS'],
    ['hole: UC', 'PASS'],
    ['vga: UC', 'PASS'],
    ['bios: WP', 'PASS'],
    ['conventional: WB', 'PASS'],
    ['local-apic: UC', 'PASS'],
    ['0x80000000-0x800fffff: UC', 'PASS'],
    ['all: defined', 'PASS'],
    ['ram: WT', 'FAIL'],
    ['vga: WB', 'FAIL'],
    ['0x7ffff000-0x80000fff: WB', 'FAIL'],
    ['0x7ffff000-0x80000fff: {type: WB, except: 2G+4K}', 'PASS'],
    ['0x7ffff000-0x80000fff: {type: WB, warn: true}', 'WARN'],
    ['all: {type: UC, except: [ram, bios, option-roms]}', 'PASS'],
    ['all: {type: UC, except: ram}', 'FAIL'],
  ])('%s: %s', (text, verdict) => {
    expect(verdictOf(text)).toBe(verdict);
  });

  it('tells the first wrong stretches, who makes them so, and how much it is', () => {
    const odd = { ...SOUND, ...range(2, G, 256n * M, 0n), ...range(3, 6n * G, 16n * M, 0n) };
    const { message, pages, wrongPages, breaches, isCutShort } = judged('ram: WB', odd);
    expect(message).toBe('UC instead of WB');
    expect([pages, wrongPages]).toEqual([BigInt(0xa0 - 0x100 + 6 * GIB), (272n * M) >> 12n]);
    expect(isCutShort).toBe(false);
    expect(breaches.map(({ start, end, found, reason }) => [start, end, found, reason])).toEqual([
      [GIB, GIB + 0x10000, 'UC', 'variable range #2 UC'],
      [6 * GIB, 6 * GIB + 0x1000, 'UC', 'variable range #3 UC'],
    ]);
    expect(breaches.map(({ causes }) => causes.map(({ register }) => register))).toEqual([
      ['IA32_MTRR_PHYSBASE2', 'IA32_MTRR_PHYSMASK2'],
      ['IA32_MTRR_PHYSBASE3', 'IA32_MTRR_PHYSMASK3'],
    ]);
  });

  it('is satisfied by no undefined type, whatever it asks for', () => {
    const clash = { ...SOUND, ...range(2, 4n * G, 16n * M, 5n) };
    for (const types of ['WB', 'WP', '[WB, WP]', 'defined', 'not UC']) {
      const { verdict, breaches } = judged(`high-ram: ${types}`, clash);
      expect([types, verdict, breaches[0]?.found]).toEqual([types, 'FAIL', 'undefined']);
      expect(breaches[0]!.reason).toMatch(/#1 WB and #2 WP: an overlap/);
    }
  });

  it('finds what lies behind more stretches than are walked', () => {
    // Bits 13..24 are not compared: WB on every second page of 16 MiB, 2^11 stretches over and over.
    const holes = {
      0x200: 6n,
      0x201: 0xfffe001800n,
      0x202: 0x40000000n | 1n,
      0x203: 0xfffffff800n,
      0x2ff: 0x800n,
    };
    const { verdict, wrongPages, breaches } = judged('0-0x7fffffff: [WB, UC]', holes);
    expect([verdict, wrongPages]).toEqual(['FAIL', 1n]);
    expect(breaches).toMatchObject([{ start: GIB, end: GIB + 1, found: 'WC' }]);
  });

  it('says that there are more stretches than it lists, and how many pages they are', () => {
    // WC on one page of every 16.
    const comb = { 0x200: 1n, 0x201: 0x8000f800n, 0x2ff: 0x806n };
    const { breaches, isCutShort, wrongPages } = judged('0-0x7fffffff: WB', comb);
    expect([breaches.length, isCutShort, wrongPages]).toEqual([16, true, BigInt(0x80000 / 16)]);
    expect(judged('0-0xfffff: WB', comb)).toMatchObject({ isCutShort: false, wrongPages: 16n });
  });

  it('has to hold on every CPU', () => {
    const odd = { ...SOUND, 0x259: 0x0606060606060606n };
    const vcpus = [SOUND, SOUND, odd, SOUND].map((msrs) => ({ msrs }));
    const [first, second] = judgedAll('vga: UC\nram: WB', vcpus);
    expect(first).toMatchObject({ verdict: 'FAIL', vcpus: [2], message: 'WB instead of UC on vcpu2' });
    expect(second).toMatchObject({ verdict: 'PASS', vcpus: [] });
  });

  it('holds for what KVM makes of it where a policy is named', () => {
    // Default WB, a WB range below, a UC range inside: KVM 5.16 stops at WB.
    const msrs = { ...FIXED, ...range(0, 0n, 8n * G, 6n), ...range(1, 2n * G, 2n * G, 0n), 0x2ff: 0xc06n };
    const text = 'hole: UC\n0xc0000000+4K: {type: UC, policy: kvm-5.16}\n2G+4K: {type: WB, policy: kvm-6.16}';
    const [sdm, kvm, modern] = judgedAll(text, [{ msrs }], {}, { noncoherentDma: true });
    expect(sdm!.verdict).toBe('PASS');
    expect(kvm).toMatchObject({
      verdict: 'FAIL',
      breaches: [{ found: 'WB', reason: 'KVM folds #1 UC, then #0 WB' }],
    });
    expect(modern!.verdict).toBe('PASS');
    const two = { ...msrs, ...range(1, 2n * G, G, 0n), ...range(2, 3n * G, G, 0n) };
    const [story] = judgedAll('policy: kvm-5.16\nhole: UC', [{ msrs: two }], {}, { noncoherentDma: true });
    expect(story!.breaches.map(({ start, reason }) => [start, reason])).toEqual([
      [2 * GIB, 'KVM folds #1 UC, then #0 WB'],
      [3 * GIB, 'KVM folds #2 UC, then #0 WB'],
    ]);
    const [, without] = judgedAll(text, [{ msrs }]);
    expect(without!.breaches[0]).toMatchObject({
      found: 'WB + IPAT',
      reason: expect.stringMatching(/no non-coherent DMA/),
    });
  });
});

describe('what the input does not say', () => {
  it.each(['ram', 'low-ram', 'hole', 'mmio', 'acpi', 'reserved', 'nvs'])(
    '%s: skipped, or failed if asked',
    (name) => {
      const { verdict, message } = judged(`${name}: WB`, SOUND, NO_MAP);
      expect(verdict).toBe('SKIP');
      expect(message).toMatch(/^nothing says /);
      expect(verdictOf(`when-missing: fail\n${name}: WB`, SOUND, NO_MAP)).toBe('FAIL');
      expect(verdictOf(`${name}: {type: WB, when-missing: fail, warn: true}`, SOUND, NO_MAP)).toBe('WARN');
    },
  );

  it('what the map says is not there is skipped, never failed', () => {
    const low = { memory: { ram: RAM.slice(0, 2), described: RAM, mmio: [] } };
    expect(judged('when-missing: fail\nhigh-ram: WB', SOUND, low)).toMatchObject({
      verdict: 'SKIP',
      message: 'the map lists no RAM from 4 GiB on',
    });
    expect(verdictOf('when-missing: fail\nacpi: WB', SOUND)).toBe('SKIP');
    expect(verdictOf('when-missing: fail\nmmio: UC', SOUND, { listsDevices: true })).toBe('SKIP');
  });

  it('a map without RAM below 4 GiB does not say where the hole begins', () => {
    const high = { memory: { ram: RAM.slice(2), described: RAM.slice(2), mmio: [] } };
    expect(judged('hole: UC', SOUND, high)).toMatchObject({
      verdict: 'SKIP',
      message: expect.stringMatching(/where RAM ends/),
    });
  });

  it('leaves out below 1 MiB where the fixed ranges are assumed, and says so', () => {
    const { verdict, pages, notes } = judged('ram: WB', SOUND, { isFixedAssumed: true });
    expect([verdict, pages]).toEqual(['PASS', BigInt(6 * GIB - 0x100)]);
    expect(notes.join()).toMatch(/0x0-0xfffff was not judged/);
    expect(judged('0+2M: WB', SOUND, { isFixedAssumed: true })).toMatchObject({
      verdict: 'PASS',
      pages: 0x100n,
    });
    expect(verdictOf('vga: UC', SOUND, { isFixedAssumed: true })).toBe('SKIP');
    expect(verdictOf('fixed-ranges: on', SOUND, { isFixedAssumed: true })).toBe('SKIP');
  });

  it('judges no default type that is assumed', () => {
    const assumed = { isDefaultAssumed: true };
    // Ranges decide all of it: the default type does not matter.
    expect(verdictOf('ram: WB', SOUND, assumed)).toBe('PASS');
    // A UC range makes it wrong under any default.
    expect(verdictOf('ram: WB', { ...SOUND, ...range(2, G, G, 0n) }, assumed)).toBe('FAIL');
    // Nothing covers it.
    const { verdict, message } = judged('hole: UC', SOUND, assumed);
    expect([verdict, message]).toEqual([
      'SKIP',
      expect.stringMatching(/^hangs on the default type, .* 0x2ff/),
    ]);
    expect(verdictOf('when-missing: fail\nhole: UC', SOUND, assumed)).toBe('FAIL');
    expect(verdictOf('default: UC', SOUND, assumed)).toBe('SKIP');
    expect(verdictOf('all: defined', SOUND, assumed)).toBe('PASS');
  });

  it('one CPU of a dump says nothing of the others; a config says it all', () => {
    expect(verdictOf('cpus: identical')).toBe('SKIP');
    expect(verdictOf('cpus: identical', SOUND, { isGuest: true })).toBe('PASS');
    expect(verdictOf('min-free-variable: 1', SOUND, { isCountStated: false })).toBe('SKIP');
    expect(verdictOf('mtrrs: on', SOUND, { isEnableAssumed: true })).toBe('SKIP');
  });
});

describe('names', () => {
  const named = [
    { start: 0x7ff00, end: 0x80000, name: 'ACPI data', kind: 'acpi' },
    { start: 0x80000, end: 0x80010, name: 'ACPI NVS', kind: 'nvs' },
    { start: 0xff800, end: 0x100000, name: 'reserved', kind: 'reserved' },
    { start: 0xfed00, end: 0xfed01, name: 'HPET 0', kind: 'other' },
    { start: 0x90000, end: 0x90100, name: '0000:01:00.0', kind: 'other' },
  ] as const;
  const change = { named, memory: { ram: RAM, described: [...RAM, ...named], mmio: [] } };
  const pagesOf = (text: string, more: Partial<AssertInput> = change) => judged(text, SOUND, more).pages;

  it('are what the map calls so', () => {
    expect(pagesOf('acpi: defined')).toBe(0x110n);
    expect(pagesOf('nvs: UC')).toBe(0x10n);
    expect(pagesOf('flash: UC')).toBe(0x800n);
    expect(pagesOf('ranges: {h: {named: "hpet *"}}\nh: UC')).toBe(1n);
    expect(pagesOf('ranges: {h: {named: "0000:01:*"}}\nh: UC')).toBe(0x100n);
    // No dot, star or bracket of a name is a pattern's.
    expect(verdictOf('ranges: {h: {named: "0000.01.00.0"}}\nh: UC', SOUND, change)).toBe('SKIP');
    expect(pagesOf('hole: UC')).toBe(BigInt(0x80000 - 0x10 - 1 - 0x100 - 0x800));
  });

  it('flash is taken for the last 16 MiB where no map says', () => {
    expect(judged('hole: UC').pages).toBe(BigInt(0x80000 - 0x1000));
    const { pages, notes } = judged('flash: UC');
    expect(pages).toBe(0x1000n);
    expect(notes).toEqual([expect.stringMatching(/taken for 0xff000000-0xffffffff/)]);
    expect(verdictOf('flash: UC', SOUND, { isGuest: true })).toBe('SKIP');
  });

  it('are those of slots in a config', () => {
    const slots = [
      { gfn: 0, count: 0x80000, pfn: 0 },
      { gfn: 0xffc00, count: 0x400, pfn: 0xffc00, readonly: true },
    ];
    const machine = vm({ maxphyaddr: 40, slots });
    const roms = [{ start: 0xffc00, end: 0x100000, name: 'read-only slot', kind: 'rom' }] as const;
    const input = { isGuest: true, memory: memoryOfVm(machine), named: roms };
    expect(pagesOf('rom: defined', input)).toBe(0x400n);
    expect(pagesOf('flash: defined', input)).toBe(0x400n);
    expect(pagesOf('hole: UC', input)).toBe(BigInt(0x80000 - 0x400));
  });
});

describe('registers', () => {
  const CLASH = { ...SOUND, ...range(2, 4n * G, 16n * M, 5n) };
  const HOLE = { ...SOUND, ...range(2, G, 16n * M, 0n) };
  const OFF = { ...SOUND, 0x2ff: 0x406n };
  it.each([
    ['default: UC', SOUND, 'PASS'],
    ['default: [WB, WT]', SOUND, 'FAIL'],
    // With E=0 everything is UC, whatever the field says.
    ['default: WB', OFF, 'FAIL'],
    ['default: UC', OFF, 'PASS'],
    ['mtrrs: on', SOUND, 'PASS'],
    ['mtrrs: on', OFF, 'FAIL'],
    ['mtrrs: off', OFF, 'PASS'],
    ['fixed-ranges: on', SOUND, 'PASS'],
    ['fixed-ranges: on', OFF, 'FAIL'],
    ['max-variable: 2', SOUND, 'PASS'],
    ['max-variable: 1', SOUND, 'FAIL'],
    ['max-variable: 0', { 0x2ff: 0x806n }, 'PASS'],
    ['min-free-variable: 6', SOUND, 'PASS'],
    ['min-free-variable: 7', SOUND, 'FAIL'],
    ['overlaps: none', SOUND, 'PASS'],
    ['overlaps: none', HOLE, 'PASS'],
    ['overlaps: defined', HOLE, 'PASS'],
    ['overlaps: disjoint', HOLE, 'FAIL'],
    ['overlaps: disjoint', SOUND, 'PASS'],
    ['overlaps: none', CLASH, 'FAIL'],
    ['check: mask-holes', SOUND, 'PASS'],
    ['check: undefined-overlap', CLASH, 'FAIL'],
    ['check: HIGH', CLASH, 'FAIL'],
    ['check: LOW', SOUND, 'PASS'],
    ['level: 2M', SOUND, 'PASS'],
    ['level: 2M', { ...SOUND, ...range(2, G, 4096n, 0n) }, 'FAIL'],
    ['high-ram: {level: 1G}', SOUND, 'PASS'],
    ['high-ram: {level: 1G}', CLASH, 'FAIL'],
    ['vga: {level: 2M}', SOUND, 'SKIP'],
  ])('%s: %#', (text, msrs, verdict) => {
    expect(verdictOf(text, msrs)).toBe(verdict);
  });

  it('a switched-off range counts for nothing', () => {
    const off = { ...SOUND, ...range(2, G, 16n * M, 0n) };
    off[0x205] = off[0x205]! & ~0x800n;
    expect(verdictOf('max-variable: 2', off)).toBe('PASS');
    expect(verdictOf('overlaps: disjoint', off)).toBe('PASS');
  });

  it('blames the range that splits a page', () => {
    const { breaches, wrongPages } = judged('level: 2M', { ...SOUND, ...range(2, G, 4096n, 0n) });
    expect(wrongPages).toBe(512n);
    expect(breaches).toMatchObject([
      { start: GIB, end: GIB + 512, found: '4K', reason: 'variable range #2 begins or ends inside' },
    ]);
  });

  it('CPUs that differ to no effect are identical in effect, and not in their registers', () => {
    const idle = { ...SOUND, 0x20a: 0x1000000n };
    const vcpus = [SOUND, SOUND, idle].map((msrs) => ({ msrs }));
    const [effect, raw] = judgedAll('cpus: identical', vcpus).concat(
      judgedAll('cpus: identical-registers', vcpus),
    );
    expect(effect!.verdict).toBe('PASS');
    expect(raw).toMatchObject({ verdict: 'FAIL', vcpus: [2] });
    const odd = [SOUND, SOUND, { ...SOUND, 0x259: 0x0606060606060606n }].map((msrs) => ({ msrs }));
    expect(judgedAll('cpus: identical', odd)[0]).toMatchObject({ verdict: 'FAIL', vcpus: [2] });
  });

  it('the undefined overlap is told of every CPU', () => {
    const [one] = judgedAll(
      'overlaps: none',
      [SOUND, SOUND, CLASH].map((msrs) => ({ msrs })),
    );
    expect(one).toMatchObject({ verdict: 'FAIL', vcpus: [2], wrongPages: (16n * M) >> 12n });
  });

  it('100 states of CPUs are all looked at', () => {
    const states = Array.from({ length: 100 }, (_, n) => ({ ...SOUND, 0x20a: BigInt(n) << 24n }));
    const vcpus = states.map((msrs, n) => ({ msrs: n === 99 ? { ...msrs, 0x259: 6n } : msrs }));
    const [one, two] = judgedAll('vga: UC\nram: WB', vcpus);
    expect(one).toMatchObject({ verdict: 'FAIL', vcpus: [99] });
    expect(two!.verdict).toBe('PASS');
  });
});

it('addresses beyond the machine are told apart before anything is judged', () => {
  const { assertions } = parseAssertions(
    '0x1000000000+4K: UC\nram: {type: WB, except: 0xffffff000+8K}\nvga: UC\nall: defined',
  );
  expect(beyondSpace(assertions, 36).map(({ assertion }) => assertion.key)).toEqual([
    '0x1000000000+4K',
    'ram',
  ]);
  expect(beyondSpace(assertions, 37)).toEqual([]);
  expect(beyondSpace(parseAssertions('0xffffff000+4K: UC').assertions, 36)).toEqual([]);
});
