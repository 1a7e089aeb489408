/** What the designs are computed from, each over all its values. */
import { afterAll, describe, expect, it } from 'vitest';
import { createEvaluatorSync, type View } from '../../src/engine/index.ts';
import { type Policy, policy } from '../../src/policy/index.ts';
import { LEAF_FRAMES } from '../../src/ranges.ts';
import { demandCode, demandOf } from '../../src/share/demand.ts';
import { demandsOf } from '../../src/share/grouped-vm.ts';
import { share } from '../../src/share/index.ts';
import { mappedRanges } from '../../src/share/mapped.ts';
import { reasonBesideMmio, withoutVcpuParts } from '../../src/share/needs-vcpu.ts';
import { pageTablePages } from '../../src/share/page-tables.ts';
import { stateDifferences } from '../../src/share/register-differences.ts';
import { roleBitsOf } from '../../src/share/role-bits.ts';
import { SharedEntries } from '../../src/share/shared-entries.ts';
import type { MtrrType, Span } from '../../src/types.ts';
import { type VcpuInit, vcpu, vcpuOf, vm } from '../../src/vm/index.ts';
import { Rng } from '../generators/rng.ts';

const engine = createEvaluatorSync({ engine: 'auto' });
afterAll(() => engine.dispose());

const TYPES: readonly MtrrType[] = [-1, 0, 1, 4, 5, 6];
const DEMANDS = TYPES.flatMap((type) => ([0, 1] as const).map((ipat) => ({ type, ipat })));

describe('demands', () => {
  it('have a code each below 16, and come back from it', () => {
    expect(DEMANDS.map((one) => demandOf(demandCode(one)))).toEqual(DEMANDS);
    expect(new Set(DEMANDS.map(demandCode)).size).toBe(DEMANDS.length);
    expect(DEMANDS.map(demandCode).every((code) => code >= 0 && code < 16)).toBe(true);
    expect(demandOf(demandCode({}))).toEqual({ type: -1, ipat: 0 });
  });

  it('of a set ascend by type, then IPAT', () => {
    const rng = new Rng(1);
    expect(demandsOf(0)).toEqual([]);
    expect(demandsOf(DEMANDS.reduce((set, one) => set | (1 << demandCode(one)), 0))).toEqual(DEMANDS);
    for (let round = 0; round < 100; round++) {
      const some = DEMANDS.filter(() => rng.chance(0.4));
      expect(demandsOf(rng.shuffled(some).reduce((set, one) => set | (1 << demandCode(one)), 0))).toEqual(
        some,
      );
    }
  });
});

describe('page tables', () => {
  /** Regions of a size that any mapped frame lies in, frame by frame of a grid. */
  function regions(spans: readonly Span[], level: number, below: number): number {
    const found = new Set<number>();
    for (const { start, end, level: own = 0 } of spans) {
      if (own === 0 || own >= below) continue;
      const frames = LEAF_FRAMES[level]!;
      for (let at = start; at < end; at = (Math.floor(at / frames) + 1) * frames)
        found.add(Math.floor(at / frames));
    }
    return found.size;
  }

  it.each([36, 48, 49, 52])('of a space of %i bits are those that leaves need', (maxphyaddr) => {
    const rng = new Rng(maxphyaddr);
    const frames = 2 ** (maxphyaddr - 12);
    for (let round = 0; round < 60; round++) {
      const spans: Span[] = [];
      let at = rng.pick([0, 0, rng.below(2 ** 20)]);
      for (let left = rng.between(0, 12); left > 0 && at < frames; left--) {
        const level = rng.pick([0, 1, 2, 3] as const);
        // Whole pages, but for what is not mapped; steps of every size, so that neighbours share tables or do not.
        const size = level === 0 ? 1 : LEAF_FRAMES[level]!;
        const start = Math.ceil(at / size) * size;
        const end = start + size * rng.between(1, 3);
        if (end <= frames) spans.push({ start, end, level });
        at =
          end + rng.pick([0, 0, 1, 511, 512, 2 ** 18, 2 ** 27, 2 ** 36].filter((gap) => end + gap < frames));
      }
      const upper = maxphyaddr > 48 ? 1 + regions(spans, 5, 4) : 1;
      const lower = regions(spans, 4, 4) + regions(spans, 3, 3) + regions(spans, 2, 2);
      expect(pageTablePages(spans, maxphyaddr), JSON.stringify(spans)).toBe(upper + lower);
    }
  });
});

describe('states', () => {
  const state = { msrs: [], pat: 0x0007040600070406n, cr0cd: false, guestHasMtrr: true, vcnt: undefined };
  const write = (msr: number, value: bigint) => ({ msr, value });

  it.each([
    ['nothing', {}, []],
    ['a register', { msrs: [write(0x2ff, 6n)] }, [{ kind: 'msr', msr: 0x2ff, value: 6n, expected: 0n }]],
    ['a register at its reset value', { msrs: [write(0x2ff, 0n)] }, []],
    ['a register that is set back', { msrs: [write(0x200, 6n), write(0x200, 0n)] }, []],
    ['PAT', { msrs: [write(0x277, 0n)], pat: 0n }, []],
    [
      'registers, ascending',
      { msrs: [write(0x2ff, 6n), write(0x277, 0n), write(0x200, 5n)] },
      [
        { kind: 'msr', msr: 0x200, value: 5n, expected: 0n },
        { kind: 'msr', msr: 0x2ff, value: 6n, expected: 0n },
      ],
    ],
    ['CR0.CD', { cr0cd: true }, [{ kind: 'cr0cd', value: true }]],
    ['no MTRRs in CPUID', { guestHasMtrr: false }, [{ kind: 'guest-has-mtrr', value: false }]],
    ['VCNT', { vcnt: 10 }, [{ kind: 'vcnt', value: 10 }]],
  ])('differ in %s', (_, more, expected) => {
    const other = { ...state, ...more };
    expect(stateDifferences(other, state)).toEqual(expected);
    // The other way round the same names, with the other's values.
    const back = stateDifferences(state, other);
    expect(back.map(({ kind, ...rest }) => [kind, 'msr' in rest ? rest.msr : undefined])).toEqual(
      expected.map((one) => [one.kind, 'msr' in one ? one.msr : undefined]),
    );
    for (const [k, one] of back.entries())
      if (one.kind === 'msr')
        expect([one.expected, one.value]).toEqual([expected[k]!.value, (expected[k] as typeof one).expected]);
      else
        expect(one.value).toEqual(
          state[({ cr0cd: 'cr0cd', 'guest-has-mtrr': 'guestHasMtrr', vcnt: 'vcnt' } as const)[one.kind]],
        );
  });
});

describe('free bits of the role', () => {
  it.each([
    ['kvm-4.7', 6, '5.16', false],
    ['kvm-5.15', 6, '5.16', false],
    ['kvm-5.16', 6, '5.16', true],
    ['kvm-5.16.3', 6, '5.16', true],
    ['kvm-5.17', 6, '5.16', false],
    ['kvm-6.5', 6, '5.16', false],
    ['kvm-6.6', 5, '6.6', true],
    ['kvm-6.7', 5, '6.6', false],
    ['kvm-6.8', 5, '6.8', true],
    ['kvm-6.13', 5, '6.8', false],
    ['kvm-6.14', 4, '6.14', true],
    ['kvm-6.15', 4, '6.14', false],
    ['kvm-7.14', 4, '6.14', false],
  ])('under %s: %i, counted in %s, exactly: %s', (name, free, countedIn, isExact) => {
    expect(roleBitsOf(policy(name))).toEqual({ free, countedIn, isExact });
  });

  it('are no hypervisor’s but KVM’s', () => {
    expect([roleBitsOf(policy('sdm')), roleBitsOf(policy('peer-xen-ept'))]).toEqual([undefined, undefined]);
  });
});

describe('without a vCPU', () => {
  it.each<[string, Partial<VcpuInit>, string, boolean]>([
    ['kvm-6.6', { noncoherentDma: true }, 'needs-cd-and-mtrr', true],
    ['kvm-6.6', {}, 'no-noncoherent-dma', false],
    ['kvm-6.6', { noncoherentDma: true, vendor: 'amd' }, 'nested', false],
    ['kvm-6.6', { vendor: 'amd' }, 'nested', false],
    ['kvm-6.12', { noncoherentDma: true }, 'mtrr-unused', false],
    ['kvm-6.12', {}, 'no-noncoherent-dma', false],
    ['sdm', {}, 'needs-mtrr', true],
    ['sdm', { noncoherentDma: true }, 'needs-mtrr', true],
  ])('%s with %o: %s', (name, more, reason, needsVcpu) => {
    const one = vcpu({
      maxphyaddr: 36,
      mmio: [
        { start: 8, end: 16 },
        { start: 30, end: 31 },
      ],
      ...more,
    });
    expect(reasonBesideMmio(one, policy(name))).toBe(reason);
    const parts = (ranges: Parameters<typeof withoutVcpuParts>[2]) =>
      withoutVcpuParts(one, policy(name), ranges).map((part) => [part.reason, part.needsVcpu, part.pages]);
    const isKnown = name === 'sdm' || more.vendor === 'amd';
    const split = (mmio: bigint, rest: bigint) =>
      isKnown
        ? [[reason, needsVcpu, mmio + rest]]
        : [...(mmio > 0n ? [['mmio', false, mmio]] : []), ...(rest > 0n ? [[reason, needsVcpu, rest]] : [])];
    expect(parts([{ start: 0, end: 10 }])).toEqual(split(2n, 8n));
    expect(
      parts([
        { start: 0, end: 10 },
        { start: 14, end: 40 },
      ]),
    ).toEqual(split(5n, 31n));
    expect(parts([{ start: 9, end: 12 }])).toEqual(split(3n, 0n));
    expect(parts([{ start: 16, end: 20 }])).toEqual(split(0n, 4n));
    expect(parts([])).toEqual([]);
  });
});

describe('shared entries', () => {
  const [UC, WC, WB, WB_IPAT] = [0, 1, 6, 14];

  it('sum up what is wrong for each group, by danger and by pair', () => {
    const entries = new SharedEntries(2);
    const both = (a: number, b: number) => (1 << a) | (1 << b);
    const step = (before: readonly number[], pages: number, set: number) => {
      for (const [group, code] of before.entries()) entries.demanded(group, code);
      entries.stretch(pages, set);
    };
    step([-1, -1], 10, both(UC!, WB!));
    step([UC!, WB!], 100, 1 << WB!);
    step([WB!, WB!], 3, both(WB!, WB_IPAT!));
    step([WB!, WB_IPAT!], 7, both(WC!, WB!) | (1 << UC!));
    for (const [group, code] of [WC!, WB!].entries()) entries.demanded(group, code);
    const zero = { 'cacheable-for-uc': 0n, 'uc-for-cacheable': 0n, other: 0n, 'ipat-only': 0n };
    const demand = (type: number, ipat = 0) => ({ type, ipat });
    expect(entries.wrong([[4], [2, 3, 9]], 20)).toEqual({
      pages: 20n,
      vcpuPages: 80n,
      byDanger: { 'cacheable-for-uc': 10n, 'uc-for-cacheable': 51n, other: 28n, 'ipat-only': 12n },
      byPair: [
        { demanded: demand(6), installed: demand(0), danger: 'uc-for-cacheable', vcpuPages: 51n },
        { demanded: demand(6), installed: demand(1), danger: 'other', vcpuPages: 21n },
        { demanded: demand(0), installed: demand(6), danger: 'cacheable-for-uc', vcpuPages: 10n },
        { demanded: demand(6, 1), installed: demand(6), danger: 'ipat-only', vcpuPages: 9n },
        { demanded: demand(1), installed: demand(0), danger: 'other', vcpuPages: 7n },
        { demanded: demand(1), installed: demand(6), danger: 'other', vcpuPages: 7n },
        { demanded: demand(6), installed: demand(6, 1), danger: 'ipat-only', vcpuPages: 3n },
      ],
      byVcpu: [
        { ids: [4], pages: 20n, byDanger: { ...zero, 'cacheable-for-uc': 10n, other: 7n, 'ipat-only': 3n } },
        {
          ids: [2, 3, 9],
          pages: 20n,
          byDanger: { ...zero, 'uc-for-cacheable': 17n, other: 7n, 'ipat-only': 3n },
        },
      ],
    });
  });
});

describe('share', () => {
  const guest = vm({ maxphyaddr: 36, noncoherentDma: true, vcpus: [{ msrs: { 0x2ff: 0x806n } }, {}] });

  it('of a range without pages finds nothing', () => {
    const result = share(guest, {
      evaluator: engine,
      policy: policy('kvm-6.6'),
      range: { start: 5, end: 5 },
    });
    const { designs, disagreements, ...rest } = result;
    expect(rest).toMatchObject({
      pages: 0n,
      disagree: 0n,
      ipatOnly: 0n,
      outside: { pages: 0n, disagree: 0n },
      sets: [],
    });
    expect([...disagreements()]).toEqual([]);
    for (const one of designs) {
      const { wrong } = 'anyOrder' in one ? { wrong: one.anyOrder } : one;
      expect(wrong).toMatchObject({ pages: 0n, vcpuPages: 0n, byPair: [], byVcpu: [] });
      if (one.design === 'role')
        expect(one).toMatchObject({ roles: 1, bits: 0, moreRoots: 0, moreBytes: 0n });
    }
  });

  it('has no entry in a range without pages, whatever the policy', () => {
    for (const name of ['sdm', 'kvm-6.6']) {
      expect(mappedRanges(guest, policy(name), { start: 5, end: 5 })).toEqual([]);
      expect(mappedRanges(guest, policy(name), { start: 5, end: 6 })).toEqual([{ start: 5, end: 6 }]);
    }
  });

  it.each<[object, string]>([
    [{ evaluater: engine }, 'evaluater: unknown key "evaluater" (did you mean "evaluator"?)'],
    [{ evaluator: 5 }, 'evaluator: expected an evaluator that createEvaluator() made, got 5'],
    [{}, 'evaluator: expected an evaluator that createEvaluator() made, got nothing'],
    [{ open: 5 }, 'open: expected a function that opens a vCPU, got 5'],
    [
      { evaluator: engine, policy: 'kvm-6.6' },
      'policy: expected a policy that policy() or policyFromFlags() made, got "kvm-6.6" (did you mean policy("kvm-6.6")?)',
    ],
    [{ evaluator: engine, range: { start: 5 } }, 'range.1: expected a frame number, got nothing'],
    [
      { evaluator: engine, range: { start: 5, end: 2 ** 24 + 1 } },
      'range.1: expected a frame number 5..16777216, got 16777217',
    ],
    [{ evaluator: engine, designs: 'role' }, 'designs: expected an array, got "role"'],
    [
      { evaluator: engine, designs: ['role', 'roles'] },
      'designs.1: expected one of first-fault, vcpu0, role, uniform, max-cd, zap-on-cd, fine-zap, try-without-vcpu, ' +
        'got "roles" (did you mean "role"?)',
    ],
    [{ evaluator: engine, order: 1 }, 'order: expected an array, got 1'],
    [{ evaluator: engine, order: [0, '1'] }, 'order.1: expected the id of a vCPU, got "1"'],
    [{ evaluator: engine, order: [0, 2] }, 'order.1: no vCPU 2'],
    [{ evaluator: engine, order: [1, 0, 1] }, 'order.2: vCPU 1 is given twice'],
  ])('refuses %o in a line', (options, message) => {
    expect(() => share(guest, options as never)).toThrow(message);
  });

  it('closes every view that it opened, also where one cannot be opened or nobody reads on', () => {
    const striped = { 0x2ff: 0x806n, 0x200: 0n, 0x201: 0x1800n };
    const three = vm({ maxphyaddr: 36, vcpus: [{ msrs: striped }, { msrs: { ...striped, 0x200: 5n } }, {}] });
    const opened: View[] = [];
    const opener = (most: number) => (index: number, under: Policy) => {
      if (opened.length === most) throw new Error('no more');
      opened.push(engine.view(vcpuOf(three, index), under));
      return opened.at(-1)!;
    };
    const open = () => opened.filter((view) => !isClosed(view)).length;
    const range = { start: 0, end: 2000 };
    const result = share(three, { open: opener(99), range });
    expect([opened.length > 2, open()]).toEqual([true, 0]);
    const spans = result.disagreements();
    expect(spans.next().value).toMatchObject({ start: 0, end: 1 });
    expect(open()).toBe(2);
    spans.return?.();
    expect(open()).toBe(0);
    expect([...result.disagreements()].length).toBe(2000);
    expect(open()).toBe(0);
    opened.length = 0;
    expect(() => share(three, { open: opener(2), range })).toThrow('no more');
    expect([opened.length, open()]).toEqual([2, 0]);
  });
});

/** Whether a view has been disposed of. */
function isClosed(view: View): boolean {
  try {
    view.entriesOf(Float64Array.of(0));
    return false;
  } catch {
    return true;
  }
}
