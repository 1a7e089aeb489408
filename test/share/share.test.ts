/** Sharing designs against brute force: page by page, over all orders of faults. */

import { afterAll, describe, expect, it } from 'vitest';
import { createEvaluatorSync } from '../../src/engine/index.ts';
import { policy, typeName, type Vm, vcpuOf, vm } from '../../src/index.ts';
import { dangerOf, differsInIpatAlone } from '../../src/share/demand.ts';
import { DESIGNS, type Sharing, share, type WrongEntries } from '../../src/share/index.ts';
import { Rng } from '../generators/rng.ts';

const engine = createEvaluatorSync({ engine: 'auto' });
const reference = createEvaluatorSync({ engine: 'reference' });
afterAll(() => engine.dispose());

const PAGES = 1024;
const RANGE = { start: 0, end: PAGES };
const SPACE = (1n << 36n) - 1n;

/** What every vCPU demands of every page, from the reference: type and IPAT as one number. */
function demandsOf(machine: Vm, release: string): readonly Uint8Array[] {
  return machine.vcpus.map((_, index) => {
    const view = reference.view(vcpuOf(machine, index), policy(release));
    const demands = new Uint8Array(PAGES);
    for (const { start, end, type, ipat } of view.spansOf('ept', { range: RANGE })) {
      demands.fill((type === -1 ? 7 : type!) + 8 * ipat!, start, end);
    }
    return demands;
  });
}

function permutations(items: readonly number[]): readonly (readonly number[])[] {
  if (items.length < 2) return [items];
  return items.flatMap((item, k) =>
    permutations([...items.slice(0, k), ...items.slice(k + 1)]).map((rest) => [item, ...rest]),
  );
}

function randomVm(rng: Rng, vcpus: number): Vm {
  const registers = () => {
    const msrs: [number, bigint][] = [[0x2ff, rng.pick([0x806n, 0x800n, 0xc06n, 6n])]];
    for (let n = 0; n < 3; n++) {
      if (rng.chance(0.4)) continue;
      const bits = BigInt(rng.between(12, 22));
      msrs.push([0x200 + 2 * n, (BigInt(rng.below(PAGES)) << 12n) | BigInt(rng.pick([0, 1, 4, 5, 6]))]);
      msrs.push([0x201 + 2 * n, (SPACE & ~((1n << bits) - 1n)) | 0x800n]);
    }
    return { msrs, cr0cd: rng.chance(0.2) };
  };
  const states = Array.from({ length: rng.between(1, 4) }, registers);
  return vm({
    maxphyaddr: 36,
    noncoherentDma: rng.chance(0.9),
    slots: [{ gfn: 0, count: PAGES, pfn: 0 }],
    mmio: rng.chance(0.3) ? [{ start: 100, end: 200 }] : [],
    vcpus: Array.from({ length: vcpus }, () => rng.pick(states)),
  });
}

function shared(machine: Vm, release: string, order?: readonly number[]): Sharing {
  return share(machine, {
    policy: policy(release),
    range: RANGE,
    ...(order && { order }),
    open: (index, under) => engine.view(vcpuOf(machine, index), under),
  });
}

interface Counted {
  readonly pages: bigint;
  readonly vcpuPages: bigint;
  readonly byPair: readonly string[];
  readonly byVcpu: readonly string[];
  readonly cachedForUc: bigint;
}

/** What is wrong if any of `outcomes(page)` can be installed, counted one page and vCPU at a time. */
function counted(demands: readonly Uint8Array[], outcomes: (page: number) => ReadonlySet<number>): Counted {
  const pairs = new Map<string, bigint>();
  const byVcpu = demands.map(() => 0n);
  const wrongPages = new Set<number>();
  let cachedForUc = 0n;
  for (let page = 0; page < PAGES; page++) {
    demands.forEach((own, vcpu) => {
      const wrong = [...outcomes(page)].filter((one) => one !== own[page]);
      if (wrong.length === 0) return;
      wrongPages.add(page);
      byVcpu[vcpu]! += 1n;
      for (const one of wrong) {
        const key = `${own[page]}>${one}`;
        pairs.set(key, (pairs.get(key) ?? 0n) + 1n);
      }
      if (wrong.some((one) => dangerOf(own[page]!, one) === 'cacheable-for-uc')) cachedForUc += 1n;
    });
  }
  return {
    pages: BigInt(wrongPages.size),
    vcpuPages: byVcpu.reduce((sum, one) => sum + one, 0n),
    byPair: [...pairs].map(([key, pages]) => `${key} ${pages}`).sort(),
    byVcpu: byVcpu.flatMap((pages, vcpu) => (pages === 0n ? [] : [`${vcpu} ${pages}`])),
    cachedForUc,
  };
}

function summed(wrong: WrongEntries): Counted {
  const code = ({ type, ipat }: { type: number; ipat: number }) => (type === -1 ? 7 : type) + 8 * ipat;
  return {
    pages: wrong.pages,
    vcpuPages: wrong.vcpuPages,
    byPair: wrong.byPair
      .map(({ demanded, installed, vcpuPages }) => `${code(demanded)}>${code(installed)} ${vcpuPages}`)
      .sort(),
    byVcpu: wrong.byVcpu
      .flatMap(({ ids, pages }) => ids.map((id) => [id, pages] as const))
      .sort(([a], [b]) => a - b)
      .map(([id, pages]) => `${id} ${pages}`),
    cachedForUc: wrong.byDanger['cacheable-for-uc'],
  };
}

describe('first fault', () => {
  it.each(Array.from({ length: 24 }, (_, seed) => seed))(
    'seed %i equals all orders of up to 5 vCPUs',
    (seed) => {
      const rng = new Rng(300 + seed);
      const machine = randomVm(rng, rng.between(1, 5));
      const release = rng.pick(['kvm-5.16', 'kvm-6.8', 'kvm-6.12', 'sdm']);
      const demands = demandsOf(machine, release);
      const orders = permutations(machine.vcpus.map((_, index) => index));
      // Each order faults every page in, one vCPU after the other; the first one installs.
      const outcomes = Array.from({ length: PAGES }, () => new Set<number>());
      for (const order of orders) {
        const installed = new Int16Array(PAGES).fill(-1);
        for (const vcpu of order) {
          for (let page = 0; page < PAGES; page++) {
            if (installed[page] === -1) installed[page] = demands[vcpu]![page]!;
          }
        }
        installed.forEach((one, page) => {
          outcomes[page]!.add(one);
        });
      }
      const result = shared(machine, release);
      const [first] = result.designs;
      if (first?.design !== 'first-fault') throw new Error('expected first-fault');
      expect(summed(first.anyOrder)).toEqual(counted(demands, (page) => outcomes[page]!));
      expect(result.disagree).toBe(BigInt(outcomes.filter((one) => one.size > 1).length));
      const sizes = result.sets.reduce((sum, { pages }) => sum + pages, 0n);
      expect(sizes).toBe(BigInt(PAGES));

      const order = rng.pick(orders);
      const inOrder = shared(machine, release, order).designs[0];
      if (inOrder?.design !== 'first-fault') throw new Error('expected first-fault');
      const byFirst = (page: number) => new Set([demands[order[0]!]![page]!]);
      expect(summed(inOrder.inOrder)).toEqual(counted(demands, byFirst));
      expect(inOrder.order).toEqual(order);
    },
  );
});

describe('spans of disagreement', () => {
  it.each([1, 2, 3, 4])('seed %i: each page is listed with who gets what, or all agree on it', (seed) => {
    const rng = new Rng(seed);
    const machine = randomVm(rng, 5);
    const demands = demandsOf(machine, 'kvm-6.6');
    const listed = new Map<number, string>();
    for (const { start, end, who } of shared(machine, 'kvm-6.6').disagreements()) {
      const text = who.map(({ demand, ids }) => `${typeName(demand.type)}${demand.ipat} ${ids}`).join('; ');
      for (let page = start; page < end; page++) listed.set(page, text);
    }
    for (let page = 0; page < PAGES; page++) {
      const members = new Map<number, number[]>();
      demands.forEach((own, vcpu) => {
        members.set(own[page]!, [...(members.get(own[page]!) ?? []), vcpu]);
      });
      const text = [...members]
        .sort(([a], [b]) => (a & 7) - (b & 7) || a - b)
        .map(([code, ids]) => `${typeName(code & 7)}${code >> 3} ${ids}`)
        .join('; ');
      expect(listed.get(page)).toBe(members.size > 1 ? text : undefined);
    }
  });
});

describe('designs', () => {
  const wide = (vcpus: Parameters<typeof vm>[0]['vcpus'], more: Partial<Parameters<typeof vm>[0]> = {}) =>
    vm({ maxphyaddr: 46, noncoherentDma: true, ...(vcpus && { vcpus }), ...more });
  const designsOf = (machine: Vm, release: string) => {
    const { designs } = share(machine, {
      policy: policy(release),
      open: (index, under) => engine.view(vcpuOf(machine, index), under),
    });
    return Object.fromEntries(designs.map((one) => [one.design, one])) as never as {
      [Name in Sharing['designs'][number]['design']]: Extract<Sharing['designs'][number], { design: Name }>;
    };
  };
  const uc = { 0x2ff: 0x806n, 0x200: 0x80000000n, 0x201: 0x3fff80000800n };

  it('come in their order, and only those that are asked for', () => {
    const machine = wide([{}]);
    const open = (index: number) => engine.view(vcpuOf(machine, index), policy('kvm-6.6'));
    const names = (designs?: readonly (typeof DESIGNS)[number][]) =>
      share(machine, { policy: policy('kvm-6.6'), open, ...(designs && { designs }) }).designs.map(
        ({ design }) => design,
      );
    expect(names()).toEqual(DESIGNS);
    expect(names(['uniform', 'role'])).toEqual(['role', 'uniform']);
  });

  it('role: roles, bits, roots and tables from real levels', () => {
    // 46 bits: 1 root and 128 pointer tables; 2 GiB of UC end on 1 GiB, so that no smaller table is needed.
    const { role } = designsOf(wide([{ msrs: { 0x2ff: 0x806n } }, { msrs: uc }, { msrs: uc }]), 'kvm-6.6');
    expect(role).toMatchObject({ roles: 2, states: 2, bits: 1, moreRoots: 1, fits: true });
    expect(role.free).toEqual({ free: 5, countedIn: '6.6', isExact: true });
    expect(role.tablePages).toEqual({ shared: 129, perRole: 258 });
    expect(role.moreBytes).toBe(129n * 4096n);
    // 4 KiB of UC at 2 MiB: one directory and one table more.
    const small = { 0x2ff: 0x806n, 0x200: 0x200000n, 0x201: 0x3ffffffff800n };
    expect(designsOf(wide([{ msrs: small }]), 'kvm-6.6').role.tablePages).toEqual({
      shared: 131,
      perRole: 131,
    });
  });

  it.each([
    // A GiB of MMIO takes 512 tables and a directory where it is mapped by 4K, none of them where the host has 1G.
    ['kvm-5.19', 129 + 513],
    ['kvm-6.0', 129],
  ])('role: tables of host MMIO under %s: %i', (release, tables) => {
    const machine = vm({
      maxphyaddr: 46,
      mmio: [{ start: 0x40000, end: 0x80000 }],
      vcpus: [{ msrs: { 0x2ff: 0x806n } }],
    });
    expect(designsOf(machine, release).role.tablePages).toEqual({ shared: tables, perRole: tables });
  });

  it.each([
    ['kvm-5.16', 6, true],
    ['kvm-6.6', 5, true],
    ['kvm-6.8', 5, true],
    ['kvm-6.14', 4, true],
    ['kvm-6.9', 5, false],
    ['kvm-5.4', 6, false],
  ])('role: %s has %i free bits, counted there: %s', (release, free, isExact) => {
    expect(designsOf(wide([{}]), release).role.free).toMatchObject({ free, isExact });
  });

  it('role: 33 states take 6 bits, one too many for 6.6', () => {
    const vcpus = Array.from({ length: 33 }, (_, k) => ({
      msrs: { 0x2ff: 0x806n, 0x200: BigInt(k) << 30n, 0x201: 0x3fffc0000800n },
    }));
    expect(designsOf(wide(vcpus), 'kvm-6.6').role).toMatchObject({ roles: 33, bits: 6, fits: false });
    expect(designsOf(wide(vcpus), 'kvm-5.16').role).toMatchObject({ bits: 6, fits: true });
  });

  it('uniform: names what differs, and whose registers differ without any effect', () => {
    const off = { ...uc, 0x201: 0x3fff80000000n, 0x277: 0n };
    const { uniform } = designsOf(
      wide([
        { msrs: { 0x2ff: 0x806n } },
        { msrs: uc },
        { msrs: off },
        { msrs: { 0x2ff: 0x806n, 0x277: 0n } },
      ]),
      'kvm-6.6',
    );
    expect(uniform.first).toBe(0);
    expect(uniform.refused.map(({ ids, pages }) => [ids, pages])).toEqual([[[1], 0x80000n]]);
    expect(uniform.withoutEffect.map(({ ids, pages }) => [ids, pages])).toEqual([[[2], 0n]]);
    expect(uniform.withoutEffect[0]!.differences).toEqual([
      { kind: 'msr', msr: 0x200, value: 0x80000000n, expected: 0n },
      { kind: 'msr', msr: 0x201, value: 0x3fff80000000n, expected: 0n },
    ]);
  });

  it('try-without-vcpu: what needs a vCPU, and why, by release and DMA', () => {
    const slots = [{ gfn: 0, count: 1024, pfn: 0 }];
    const mmio = [{ start: 512, end: 1024 }];
    const parts = (release: string, noncoherentDma: boolean) =>
      designsOf(
        vm({ maxphyaddr: 32, slots, mmio, noncoherentDma, vcpus: [{ msrs: { 0x2ff: 0x806n } }, {}] }),
        release,
      )['try-without-vcpu'];
    const rest = 512n;
    expect(parts('kvm-6.6', true)).toMatchObject({
      parts: [
        { reason: 'mmio', needsVcpu: false, pages: 512n },
        { reason: 'needs-cd-and-mtrr', needsVcpu: true, pages: rest },
      ],
      needVcpu: rest,
      disagree: rest,
    });
    expect(parts('kvm-6.6', false)).toMatchObject({ needVcpu: 0n, disagree: 0n });
    expect(parts('kvm-6.12', true).parts[1]).toMatchObject({ reason: 'mtrr-unused', needsVcpu: false });
    expect(parts('sdm', true)).toMatchObject({ parts: [{ reason: 'needs-mtrr' }], needVcpu: 2n ** 20n });
  });

  it('max-cd: what one vCPU with CR0.CD=1 demands counts for all', () => {
    const machine = wide([{ msrs: uc }, { msrs: uc, cr0cd: true }, { msrs: { 0x2ff: 0x806n } }]);
    const results = designsOf(machine, 'kvm-6.7');
    expect(results['max-cd']).toMatchObject({ on: true, wrong: { pages: 0x80000n, vcpuPages: 0x80000n } });
    expect(results['max-cd'].wrong.byVcpu.map(({ ids }) => ids)).toEqual([[0]]);
    expect(results['first-fault'].anyOrder.vcpuPages).toBe(3n * 0x80000n);
    expect(designsOf(wide([{ msrs: uc }, {}]), 'kvm-6.7')['max-cd'].on).toBe(false);
    // Whichever of them it is.
    const first = wide([{ msrs: uc, cr0cd: true }, { msrs: uc }, { msrs: { 0x2ff: 0x806n } }]);
    const others = designsOf(first, 'kvm-6.7')['max-cd'];
    expect(others).toMatchObject({ on: true, wrong: { pages: 0x80000n, vcpuPages: 0x80000n } });
    expect(others.wrong.byVcpu.map(({ ids }) => ids)).toEqual([[1]]);
  });

  it('an order that names a vCPU twice, or none, is refused', () => {
    const machine = wide([{}, {}]);
    const open = (index: number) => engine.view(vcpuOf(machine, index), policy('kvm-6.6'));
    expect(() => share(machine, { open, order: [0, 0] })).toThrow(/given twice/);
    expect(() => share(machine, { open, order: [5] })).toThrow(/no vCPU 5/);
  });
});

describe('what can exist', () => {
  const uc4 = { 0x2ff: 0x806n, 0x200: 0x100000000n, 0x201: 0x3fff00000800n };
  const inSlot = (gfn: number, count: number, mmio: { start: number; end: number }[] = []) =>
    vm({
      maxphyaddr: 46,
      noncoherentDma: true,
      slots: [{ gfn, count, pfn: gfn }],
      mmio,
      vcpus: [{ msrs: { 0x2ff: 0x806n } }, { msrs: uc4 }],
    });
  const of = (machine: Vm, release = 'kvm-6.6') =>
    share(machine, { policy: policy(release), evaluator: engine });

  it('pages outside of slots are counted apart, and no design is wrong there', () => {
    const result = of(inSlot(0, 2 ** 19));
    expect(result).toMatchObject({ pages: 2n ** 19n, disagree: 0n });
    expect(result.outside).toEqual({ pages: 2n ** 34n - 2n ** 19n, disagree: 2n ** 20n });
    expect([...result.disagreements()]).toEqual([]);
    const uniform = result.designs.find((one) => one.design === 'uniform');
    expect(uniform).toMatchObject({ refused: [], withoutEffect: [{ ids: [1] }] });
    expect(result.designs.find((one) => one.design === 'role')).toMatchObject({ roles: 1, moreRoots: 0 });
    for (const one of result.designs) {
      expect((one.design === 'first-fault' ? one.anyOrder : one.wrong).pages).toBe(0n);
    }
  });

  it('a slot that reaches into the range counts as far as it does', () => {
    const result = of(inSlot(2 ** 20 - 100, 300));
    expect(result).toMatchObject({ pages: 300n, disagree: 200n, outside: { disagree: 2n ** 20n - 200n } });
    expect([...result.disagreements()].map(({ start, end }) => [start, end])).toEqual([
      [2 ** 20, 2 ** 20 + 200],
    ]);
  });

  it('the manual needs no slots', () => {
    expect(of(inSlot(0, 2 ** 19), 'sdm')).toMatchObject({ disagree: 2n ** 20n, outside: { pages: 0n } });
  });

  it('IPAT alone is told from types', () => {
    const machine = (cr0cd: boolean, msrs: Record<number, bigint>) =>
      vm({
        maxphyaddr: 36,
        noncoherentDma: true,
        slots: [{ gfn: 0, count: 1024, pfn: 0 }],
        vcpus: [{ msrs: { 0x2ff: 0x806n } }, { msrs, cr0cd }],
      });
    const alone = of(machine(true, { 0x2ff: 0x806n }));
    expect(alone).toMatchObject({ disagree: 1024n, ipatOnly: 1024n });
    expect(alone.designs[1]).toMatchObject({ wrong: { byDanger: { other: 0n, 'ipat-only': 1024n } } });
    expect(of(machine(false, { 0x2ff: 0x801n }))).toMatchObject({ disagree: 1024n, ipatOnly: 0n });
  });
});

describe('many vCPUs', () => {
  it('4,096 in two states are two groups; the same holds for any number', () => {
    const msrs = [[0x2ff, 0x806n]] as const;
    const other = [[0x2ff, 0x800n]] as const;
    const machine = vm({
      maxphyaddr: 46,
      noncoherentDma: true,
      vcpus: Array.from({ length: 4096 }, (_, k) => ({ msrs: k % 4 === 3 ? other : msrs })),
    });
    const open = (index: number) => engine.view(vcpuOf(machine, index), policy('kvm-6.6'));
    const { disagree, designs, groups } = share(machine, { policy: policy('kvm-6.6'), open });
    expect(groups.length).toBe(2);
    expect(disagree).toBe(2n ** 34n);
    expect(designs[1]).toMatchObject({ wrong: { vcpuPages: 1024n * 2n ** 34n } });
  });

  it('masks with holes are swept in bounded memory', () => {
    const holes = (bit: bigint) => ({
      msrs: { 0x2ff: 0x806n, 0x200: 0n, 0x201: (0x3fffffffffffn & ~0xfffn & ~((1n << 12n) << bit)) | 0x800n },
    });
    const machine = vm({ maxphyaddr: 46, vcpus: [holes(3n), holes(9n)] });
    const open = (index: number) => engine.view(vcpuOf(machine, index), policy('sdm'));
    expect(share(machine, { open }).disagree).toBe(2n);
    const striped = (type: bigint) => ({ msrs: { 0x2ff: 0x806n, 0x200: type, 0x201: 0x1800n } });
    const wide = vm({ maxphyaddr: 46, vcpus: [striped(0n), striped(5n)] });
    const openWide = (index: number) => engine.view(vcpuOf(wide, index), policy('sdm'));
    const range = { start: 0, end: 2 ** 18 };
    expect(share(wide, { open: openWide, range, designs: ['first-fault'] }).disagree).toBe(2n ** 17n);
  });
});

describe('the danger of an entry', () => {
  const IPAT = 8;
  const UNDEFINED_CODE = 7;
  const UC_CODE = 0;
  const WC_CODE = 1;
  /** WT, WP, WB: what a cache may hold. */
  const CACHEABLE = [4, 5, 6];
  const ALL = [UC_CODE, WC_CODE, ...CACHEABLE, UNDEFINED_CODE];
  const expected = (want: number, got: number): string => {
    if (want === got) return 'ipat-only';
    if (want === UC_CODE && CACHEABLE.includes(got)) return 'cacheable-for-uc';
    if (got === UC_CODE && CACHEABLE.includes(want)) return 'uc-for-cacheable';
    return 'other';
  };

  it.each(ALL.flatMap((want) => ALL.map((got) => [want, got] as const)))(
    '%i demanded, %i installed',
    (want, got) => {
      for (const [one, other] of [
        [0, IPAT],
        [IPAT, 0],
        ...(want === got ? [] : [[0, 0] as const, [IPAT, IPAT] as const]),
      ] as const)
        expect(dangerOf(want | one, got | other)).toBe(expected(want, got));
    },
  );

  it('is IPAT alone where a set of demands is of one type', () => {
    for (const one of ALL)
      for (const other of ALL)
        for (const bits of [0, IPAT]) {
          const set = (1 << one) | (1 << (other | bits));
          expect(differsInIpatAlone(set), `${one} and ${other | bits}`).toBe(one === other);
        }
    expect(differsInIpatAlone((1 << WC_CODE) | (1 << (WC_CODE | IPAT)) | (1 << UC_CODE))).toBe(false);
  });
});
