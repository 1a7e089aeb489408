import { afterAll, describe, expect, it } from 'vitest';
import type { View } from '../../src/engine/index.ts';
import { Evaluator } from '../../src/engine/index.ts';
import { allPolicies, authorOf, bestOf, causesOf, distinctionsOf, matchesOf } from '../../src/trace/index.ts';
import { frameCount, type VcpuInit, vcpu } from '../../src/vm/index.ts';
import { backends } from '../backends.ts';
import { Rng } from '../generators/rng.ts';
import { POLICIES, randomVcpu } from '../generators/vcpu.ts';
import { batchOf, hold, type TracedEntry } from './hold.ts';

/** UC from 3 to 4 GiB, WB elsewhere; a device; RAM below 2 GiB, a read-only MiB below 4 GiB. */
const GUEST: VcpuInit = {
  maxphyaddr: 46,
  noncoherentDma: true,
  msrs: { 0x200: 0xc0000000n, 0x201: 0x3fffc0000800n, 0x2ff: 0x806n },
  slots: [
    { gfn: 0, count: 0x80000, pfn: 0x100000 },
    { gfn: 0xc0000, count: 0x400, pfn: 0x300000 },
    { gfn: 0xfff00, count: 0x100, pfn: 0x400000, readonly: true },
  ],
};
const WB = 0x0600000000000b37n;
const UC = 0x0600000000000b07n;
const at = (pfn: number, bits: bigint): bigint => bits | (BigInt(pfn) << 12n);

describe.each(backends)('$name judges', ({ create }) => {
  const engine = new Evaluator(create());
  afterAll(() => engine.dispose());

  it.each<[string, TracedEntry, string[]]>([
    ['what is right', { gfn: 0x100, level: 1, entry: at(0x100100, WB) }, []],
    ['a smaller page than allowed', { gfn: 0x200, level: 1, entry: at(0x100200, WB) }, []],
    ['a large page', { gfn: 0x200, level: 2, entry: at(0x100200, WB | 0x80n) }, []],
    ['another host frame', { gfn: 0x100, level: 1, entry: at(0x55, WB) }, []],
    ['no W', { gfn: 0x100, level: 1, entry: at(0x100, WB & ~2n) }, []],
    ['read-only memory', { gfn: 0xfff00, level: 1, entry: at(0x400000, 0x905n) }, []],
    ['a type', { gfn: 0x100, level: 1, entry: at(0x100, UC) }, ['type']],
    ['IPAT', { gfn: 0x100, level: 1, entry: at(0x100, WB | 0x40n) }, ['ipat']],
    ['both', { gfn: 0xc0000, level: 1, entry: at(0x100, WB | 0x40n) }, ['type', 'ipat']],
    ['a page over the edge of a slot', { gfn: 0xc0000, level: 3, entry: at(0xc0000, UC | 0x80n) }, ['level']],
    ['W in read-only memory', { gfn: 0xfff00, level: 1, entry: at(0x400000, UC) }, ['permission']],
    ['a page without a slot', { gfn: 0x90000, level: 1, entry: at(0x90000, WB) }, ['no-slot']],
    ["KVM's APIC page", { gfn: 0xfee00, level: 1, entry: at(0x90000, UC) }, []],
    ["a frame beyond the space's end", { gfn: 2 ** 34, level: 1, entry: at(1, WB) }, ['beyond-space']],
    [
      'a 2M page at an odd host frame',
      { gfn: 0x200, level: 2, entry: at(0x201, WB | 0x80n) },
      ['misaligned'],
    ],
    [
      'a 2M page at an odd guest frame',
      { gfn: 0x210, level: 2, entry: at(0x200, WB | 0x80n) },
      ['misaligned'],
    ],
    ['type 7', { gfn: 0x100, level: 1, entry: at(0x100, WB | 0x38n) }, ['reserved-type']],
    ['type 2', { gfn: 0x100, level: 1, entry: at(0x100, UC | 0x10n) }, ['reserved-type']],
    ['W without R', { gfn: 0x100, level: 1, entry: at(0x100, WB & ~1n) }, ['write-only']],
    ['a non-leaf with a type', { gfn: 0, level: 3, entry: 0x1234937n }, ['reserved-bits']],
    ['a non-leaf', { gfn: 0, level: 3, entry: 0x1234907n }, []],
    ['a leaf at level 4', { gfn: 0, level: 4, entry: at(0, WB | 0x80n) }, ['reserved-bits']],
    ['MMIO in a slot', { gfn: 0x100, level: 1, entry: 0x100006n }, ['mmio-in-slot']],
    ['MMIO without a slot', { gfn: 0xfed00, level: 1, entry: 0xfed00006n }, []],
    ['what is removed', { gfn: 0x100, level: 1, entry: 0x80000000000005a0n }, []],
    ['address space 1', { gfn: 0x100, level: 1, entry: at(0x100, UC), space: 1 }, []],
    ['an access-tracked entry', { gfn: 0x100, level: 1, entry: at(0x100, 0x0750000000000830n) }, []],
    ['one of a wrong type', { gfn: 0x100, level: 1, entry: at(0x100, 0x0750000000000800n) }, ['type']],
  ])('%s', (_, entry, expected) => {
    const [candidate] = hold(engine, GUEST, 'kvm-6.8', [entry]).candidates;
    const first = candidate!.findings.first;
    expect(first ? causesOf(first.causes) : []).toEqual(expected);
    expect(candidate!.findings.entries).toBe(expected.length > 0 ? 1 : 0);
  });

  it('host frames and high bits only if told to', () => {
    const entries = [
      { gfn: 0x100, level: 1, entry: at(0x100100, WB) },
      { gfn: 0x101, level: 1, entry: at(0x55, WB) },
      { gfn: 0x102, level: 1, entry: at(2 ** 27 + 0x100102, WB) },
    ];
    const options = { comparesFrames: true, hostAddressBits: 39 };
    const [candidate] = hold(engine, GUEST, 'kvm-6.8', entries, options).candidates;
    const found = candidate!.findings.stretches().map(({ start, causes }) => [start, causesOf(causes)]);
    expect(found).toEqual([
      [0x101, ['pfn']],
      [0x102, ['reserved-bits', 'pfn']],
    ]);
  });

  it('no page for want of a slot where the table is an identity map', () => {
    const entries = [{ gfn: 0x90000, level: 1, entry: at(0x90000, WB) }];
    const [candidate] = hold(engine, GUEST, 'sdm', entries, { requiresSlots: false }).candidates;
    expect(candidate!.findings.entries).toBe(0);
    const mixed = [
      { gfn: 0x80000, level: 3, entry: at(0x80000, WB | 0x80n) },
      { gfn: 0xbfe00, level: 2, entry: at(0, WB | 0x80n) },
    ];
    const device = { ...GUEST, msrs: { 0x200: 0xa0000000n, 0x201: 0x3fffff000800n, 0x2ff: 0x806n } };
    const [other] = hold(engine, device, 'sdm', mixed, { requiresSlots: false }).candidates;
    expect(other!.findings.stretches().map(({ start, causes }) => [start, causesOf(causes)])).toEqual([
      [0x80000, ['level']],
    ]);
  });

  it('W and X without R, which is MMIO to KVM alone', () => {
    const entries = [{ gfn: 0xfed00, level: 1, entry: 0xfed00006n }];
    const [candidate] = hold(engine, GUEST, 'sdm', entries).candidates;
    expect(causesOf(candidate!.findings.first!.causes)).toEqual(['write-only']);
  });

  it('nothing where the manual leaves the type undefined', () => {
    const overlap = { 0x200: 5n, 0x201: 0x3fff80000800n, 0x202: 6n, 0x203: 0x3fff80000800n, 0x2ff: 0x800n };
    const entries = [4n, 5n, 6n].map((type, gfn) => ({ gfn, level: 1, entry: 7n | (type << 3n) }));
    const [candidate] = hold(engine, { maxphyaddr: 46, msrs: overlap }, 'sdm', entries).candidates;
    expect(candidate!.findings.entries).toBe(0);
    expect(candidate!.undefinedTypes).toBe(3);
  });

  it('an entry right that any vCPU gives', () => {
    const other = { ...GUEST, msrs: { 0x2ff: 0x806n } };
    const entries = [UC, WB, WB | 0x40n].map((bits, k) => ({
      gfn: 0xc0000 + k,
      level: 1,
      entry: at(k, bits),
    }));
    const [candidate] = hold(engine, [GUEST, other], 'kvm-6.8', entries).candidates;
    expect(candidate!.findings.stretches()).toMatchObject([
      { start: 0xc0002, end: 0xc0003, line: 3, expected: { type: 0, ipat: 0 }, found: { type: 6, ipat: 1 } },
    ]);
    expect(hold(engine, GUEST, 'kvm-6.8', entries).candidates[0]!.findings.entries).toBe(2);
    // One entry alone, and one that only the third state gives.
    for (const states of [
      [GUEST, other],
      [GUEST, { ...GUEST, cr0cd: true, quirks: [] }, other],
    ])
      expect(hold(engine, states, 'kvm-6.8', [entries[1]!]).candidates[0]!.findings.entries).toBe(0);
  });
});

/** Leaves as the model has them: the first and the last of the first spans, and 4K pages inside. */
function modelEntries(view: View, rng: Rng): TracedEntry[] {
  const entries: TracedEntry[] = [];
  const frames = frameCount(view.vcpu.maxphyaddr);
  let spans = 0;
  for (const { start, end, level, entry } of view.spansOf('leaf')) {
    if (spans++ === 40) break;
    if (!level || entry === null || entry === undefined) continue;
    const size = 512 ** (level - 1);
    if (start % size === 0) entries.push({ gfn: start, level, entry });
    const last = end - size;
    if (last > start && last % size === 0) {
      entries.push({ gfn: last, level, entry: entry + (BigInt(last - (start - (start % size))) << 12n) });
    }
    const inside = Math.min(frames - 1, start + rng.below(end - start));
    const [small] = view.entriesOf(Float64Array.of(inside));
    if (small !== 0n && (small! & 0x38n) !== 0x38n) entries.push({ gfn: inside, level: 1, entry: small! });
  }
  return entries;
}

describe.each(backends)('$name', ({ name, create }) => {
  const engine = new Evaluator(create());
  afterAll(() => engine.dispose());
  const rounds = name === 'reference' ? 40 : 150;

  it('finds nothing in what the model itself writes, and one wrong entry where one is made wrong', () => {
    const rng = new Rng(7);
    let judged = 0;
    for (let round = 0; round < rounds; round++) {
      const init = randomVcpu(rng);
      const under = rng.pick(POLICIES);
      let view: View;
      try {
        view = engine.view(vcpu(init), under);
      } catch {
        continue;
      }
      const entries = modelEntries(view, rng);
      view.dispose();
      if (entries.length === 0) continue;
      const [right] = hold(engine, init, [under], entries).candidates;
      expect(right!.findings.first).toBeUndefined();
      const at = rng.below(entries.length);
      const wrong = entries.with(at, { ...entries[at]!, entry: entries[at]!.entry ^ 0x40n });
      const [one] = hold(engine, init, [under], wrong).candidates;
      expect(one!.findings.entries).toBe(1);
      expect(one!.findings.first).toMatchObject({ line: at + 1, gfn: entries[at]!.gfn });
      judged += entries.length;
    }
    expect(judged).toBeGreaterThan(rounds * 10);
  });
});

describe('policies', () => {
  const engine = new Evaluator(backends.at(-1)!.create());
  afterAll(() => engine.dispose());
  const VE = 0x8000000000000000n;

  function fitted(init: VcpuInit, entries: readonly TracedEntry[]) {
    const { checker, candidates } = hold(engine, init, allPolicies(), entries);
    const fits = matchesOf(candidates, authorOf(checker.tally, false));
    const best = bestOf(fits);
    const names = best.flatMap(({ policies }) => policies.map(({ name }) => name));
    return { fits, best, names, apart: distinctionsOf(engine, best) };
  }

  it.each([
    ['kvm-4.19', 0xf07n, 0n, ['kvm-4.7']],
    ['kvm-6.8', UC, 0n, ['kvm-5.13', 'kvm-6.0', 'kvm-6.7']],
    ['kvm-6.10', UC, VE, ['kvm-6.10']],
    ['kvm-6.16', WB, VE, ['kvm-6.11-rc', 'kvm-6.11', 'kvm-6.16']],
    ['kvm-7.2', 0x00a0000000000f37n, VE, ['kvm-7.2']],
  ])('that fit entries of %s', (_, bits, ve, expected) => {
    const { names, fits } = fitted(GUEST, [{ gfn: 0xc0000, level: 1, entry: at(1, bits | ve) }]);
    expect(names).toEqual(expected);
    expect(fits[0]!.wrong).toBe(0);
  });

  it('that fit equally, and where they would differ', () => {
    const { names, apart } = fitted(GUEST, [{ gfn: 0x100, level: 1, entry: at(1, WB | VE) }]);
    expect(names).toEqual(['kvm-6.10', 'kvm-6.11-rc', 'kvm-6.11', 'kvm-6.16']);
    expect(apart).toMatchObject([
      { want: 'ept', range: { start: 0xc0000, end: 0x100000 }, answers: [{ type: 0 }, { type: 6 }] },
    ]);
  });

  it('that fit by page sizes alone', () => {
    const uc = { maxphyaddr: 46, msrs: { 0x200: 0x400000n, 0x201: 0x3ffffff00800n, 0x2ff: 0x806n } };
    const { names } = fitted(uc, [{ gfn: 0x400, level: 2, entry: at(0x400, WB | 0xc0n) }]);
    expect(names).toEqual(['kvm-6.0', 'kvm-6.7']);
  });

  it('of a table that is not KVM’s: the manual first', () => {
    const { names } = fitted({ maxphyaddr: 46, msrs: { 0x2ff: 0x806n }, noncoherentDma: true }, [
      { gfn: 5, level: 1, entry: 0x5037n },
    ]);
    expect(names[0]).toBe('sdm');
    expect(names).toContain('kvm-6.16');
  });
});

describe('the whole', () => {
  const engine = new Evaluator(backends.at(-1)!.create());
  afterAll(() => engine.dispose());
  const outside = (entries: readonly bigint[], isKvm = true, level = 1) =>
    hold(
      engine,
      GUEST,
      'kvm-6.8',
      entries.map((entry, gfn) => ({ gfn, level, entry })),
    ).checker.tally.outside(isKvm);

  it.each<[string, readonly bigint[], boolean, number, string | undefined]>([
    ['EPT', [at(1, WB), at(2, UC)], true, 1, undefined],
    ['EPT, WT', [at(1, 0x0600000000000b27n)], true, 1, undefined],
    ['AMD', [0x8be2171e67n, 0x8be2172025n, 0x8000008be2172e67n], true, 1, 'nested-paging'],
    ['shadow paging', [0x8be2171e67n, 0x8be2172e63n], true, 1, 'shadow-paging'],
    ['a table of WT leaves', [0x1027n, 0x2027n], false, 1, undefined],
    ["somebody's tables that are no EPT", [0x1027n, 0x2067n], false, 2, 'nested-paging'],
    ['nothing', [0n], true, 1, undefined],
  ])('%s', (_, entries, isKvm, level, expected) => {
    expect(outside(entries, isKvm, level)).toBe(expected);
  });

  it('keeps its memory bounded where nothing joins', () => {
    const init = { maxphyaddr: 46, msrs: { 0x2ff: 0x806n } };
    const { checker, candidates } = hold(engine, init, 'kvm-6.8', []);
    const [candidate] = candidates;
    for (let part = 0; part < 5; part++) {
      const entries = Array.from({ length: 16000 }, (__, k) => ({
        gfn: 2 * (k + 16000 * part),
        level: 1,
        entry: at(k, UC),
      }));
      checker.push(batchOf(entries));
    }
    const { findings } = candidate!;
    expect(findings.entries).toBe(80000);
    expect(findings.stretches().length).toBeLessThanOrEqual(32768);
    expect(findings.dropped).toBeGreaterThan(0);
    const [type] = findings.causes();
    expect(type).toMatchObject({ id: 'type', entries: 80000 });
  });
});
