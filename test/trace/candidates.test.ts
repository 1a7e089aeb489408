/** Which policies a trace is held against, and who is taken for its author. */
import { afterAll, describe, expect, it } from 'vitest';
import { Evaluator, type View } from '../../src/engine/index.ts';
import { type Policy, parseRelease, policy, type Release } from '../../src/policy/index.ts';
import { createReferenceEngine } from '../../src/reference/index.ts';
import {
  allPolicies,
  authorOf,
  bestOf,
  candidatesOf,
  chosenPolicy,
  distinctionsOf,
  matchesOf,
  releasesOf,
} from '../../src/trace/index.ts';
import { type VcpuInit, vcpu } from '../../src/vm/index.ts';
import { backends } from '../backends.ts';
import { hold, type TracedEntry } from './hold.ts';

const engine = new Evaluator(backends.at(-1)!.create());
const reference = new Evaluator(createReferenceEngine());
afterAll(() => engine.dispose());

const names = (policies: readonly Policy[]): string[] => policies.map(({ name }) => name);

describe('the policies that are tried', () => {
  const releases = [
    ...Array.from({ length: 14 }, (_, k) => `4.${7 + k}`),
    ...[5, 6].flatMap((major) => Array.from({ length: 20 }, (_, k) => `${major}.${k}`)),
    ...['6.11-rc1', '6.11-rc7', '6.12.77', '6.12.78', '6.12.99', '7.0', '7.1', '7.2', '7.3', '8.0'],
  ];
  const isAt = (a: Release, b: Release): boolean =>
    a.major > b.major || (a.major === b.major && a.minor >= b.minor);

  /** Whether a part of a row's words names a release. */
  function speaksFor(part: string, release: string): boolean {
    const { major, minor, patch } = parseRelease(release.replace(/-rc\d$/, ''))!;
    if (release.includes('-rc')) return part === '6.11-rc1..rc7';
    if (part === '' || part === '6.11-rc1..rc7') return false;
    const stable = /^(\d+\.\d+)\.(\d+) and later/.exec(part);
    if (stable) return `${major}.${minor}` === stable[1] && patch >= Number(stable[2]);
    const [from, to] = part.replace(/ and later$/, '..99.0').split('..');
    const one = { major, minor, patch };
    return isAt(one, parseRelease(from!)!) && isAt(parseRelease(to ?? from!)!, one);
  }

  it.each(releases)('have the rules of %s in the row that names it last', (release) => {
    const rows = allPolicies().filter(({ name }) =>
      releasesOf(name)
        .split(', ')
        .some((part) => speaksFor(part, release)),
    );
    const { flags } = policy(`kvm-${release}`);
    const { leaf, ...rules } = rows.at(-1)!.flags;
    // Before 5.13 bits alone differ that no entry has to have.
    const { leaf: own, ...wanted } = flags;
    expect(rules).toEqual(wanted);
    expect(own === 'kvm-5.4' ? 'kvm-4.7' : own).toBe(leaf);
    expect(rows.length).toBe(/^6\.12\.(78|99)$/.test(release) ? 2 : 1);
  });

  it('are kernels and, last, the manual, which speaks for none', () => {
    expect(names(allPolicies().filter(({ release }) => !release))).toEqual(['sdm']);
    expect(allPolicies().at(-1)!.name).toBe('sdm');
    expect([releasesOf('sdm'), releasesOf('kvm-6.8'), releasesOf('')]).toEqual(['', '', '']);
  });
});

/** 1 GiB of UC in WB. */
const UC_GIB: VcpuInit = {
  maxphyaddr: 36,
  noncoherentDma: true,
  msrs: { 0x2ff: 0x806n, 0x200: 0xc0000000n, 0x201: 0xfc0000800n },
};
const SLOTS: VcpuInit['slots'] = [
  { gfn: 0, count: 0x80000, pfn: 0 },
  { gfn: 0x100000, count: 0x1000, pfn: 0x100000 },
];

describe('candidates', () => {
  const groupsOf = (evaluator: Evaluator, inits: readonly VcpuInit[], policies = allPolicies()) =>
    candidatesOf(evaluator, policies, inits.map(vcpu), (_, one, under) => evaluator.view(one, under)).map(
      ({ policies: alike }) => names(alike),
    );
  const KVM = ['kvm-4.7', 'kvm-5.13', 'kvm-6.0', 'kvm-6.7', 'kvm-6.10'];
  const LATER = ['kvm-6.11', 'kvm-6.16', 'kvm-7.2'];
  const LATE = ['kvm-6.11-rc', 'kvm-6.11', 'kvm-6.16', 'kvm-7.2'];

  it.each<[string, VcpuInit[], string[][]]>([
    ['UC in WB', [UC_GIB], [KVM, LATE, ['sdm']]],
    ['no UC', [{ ...UC_GIB, msrs: { 0x2ff: 0x806n } }], [[...KVM, ...LATE], ['sdm']]],
    [
      'CR0.CD',
      [{ ...UC_GIB, cr0cd: true }],
      [['kvm-4.7', 'kvm-5.13', 'kvm-6.0'], ['kvm-6.7', 'kvm-6.10', ...LATE], ['sdm']],
    ],
    [
      'CR0.CD of the second vCPU',
      [{ ...UC_GIB }, { ...UC_GIB, cr0cd: true }],
      [['kvm-4.7', 'kvm-5.13', 'kvm-6.0'], ['kvm-6.7', 'kvm-6.10'], LATE, ['sdm']],
    ],
    [
      // Up to 5.19 the MTRRs limit levels all the same.
      'no non-coherent DMA',
      [{ ...UC_GIB, msrs: { 0x2ff: 0x806n, 0x200: 0x400000n, 0x201: 0xffff00800n }, noncoherentDma: false }],
      [['kvm-4.7', 'kvm-5.13'], ['kvm-6.0', 'kvm-6.7', 'kvm-6.10', ...LATER], ['kvm-6.11-rc'], ['sdm']],
    ],
    [
      'MMIO of the host, which is never mapped by more than 4K up to 5.19',
      [{ maxphyaddr: 36, mmio: [{ start: 0x80000, end: 0xc0000 }] }],
      [['kvm-4.7', 'kvm-5.13'], ['kvm-6.0', 'kvm-6.7', 'kvm-6.10', ...LATER], ['kvm-6.11-rc'], ['sdm']],
    ],
  ])('with %s', (_, inits, expected) => {
    expect(groupsOf(engine, inits)).toEqual(expected);
    // Slots that leave none of it out change nothing.
    const slots = [
      { gfn: 0, count: 2 ** 23, pfn: 0 },
      { gfn: 2 ** 23, count: 2 ** 23, pfn: 2 ** 23 },
    ];
    expect(
      groupsOf(
        engine,
        inits.map((init) => ({ ...init, slots })),
      ),
    ).toEqual(expected);
  });

  it('stand alone where the engine compares nothing', () => {
    expect(groupsOf(reference, [UC_GIB])).toEqual(allPolicies().map(({ name }) => [name]));
  });

  it('are asked for types everywhere, and for levels where slots are', () => {
    const asked = { ...UC_GIB, slots: SLOTS! };
    const [candidate] = candidatesOf(engine, [policy('kvm-6.6')], [vcpu(asked)], (_, one, under) =>
      engine.view(one, under),
    );
    const [{ types, levels }] = candidate!.states as [{ types: View; levels: View }];
    expect(levels.vcpu.slots).toMatchObject(SLOTS!);
    expect(types.vcpu.slots).toEqual([{ gfn: 0, count: 2 ** 24, pfn: 0, readonly: false, maxLevel: 3 }]);
    expect(Object.isFrozen(types.vcpu)).toBe(true);
    expect(Object.isFrozen(types.vcpu.slots) && Object.isFrozen(types.vcpu.slots[0])).toBe(true);
  });

  it('keep open what they ask, and nothing else', () => {
    const opened: View[] = [];
    const kept = candidatesOf(
      engine,
      allPolicies(),
      [vcpu({ ...UC_GIB, slots: SLOTS! })],
      (_, one, under) => {
        opened.push(engine.view(one, under));
        return opened.at(-1)!;
      },
    ).flatMap(({ states }) => states.flatMap(({ types, levels }) => [types, levels]));
    expect(opened.length).toBe(2 * allPolicies().length);
    for (const view of opened) {
      const ask = () => view.entriesOf(Float64Array.of(0));
      if (kept.includes(view)) expect(ask().length).toBe(1);
      else expect(ask).toThrow(/disposed/);
    }
  });

  it('leave out who refuses a register, and say what the first one said where all do', () => {
    // 40 ranges are no KVM's.
    const wide = { ...UC_GIB, vcnt: 40, msrs: { 0x2ff: 0x806n, 0x220: 6n } };
    expect(groupsOf(engine, [wide])).toEqual([['sdm']]);
    expect(() => groupsOf(engine, [wide], allPolicies().slice(0, -1))).toThrow(/kvm-4.7|0x220/);
    let opened = 0;
    const refuse = () => {
      opened += 1;
      throw new Error(`no. ${opened}`);
    };
    expect(() => candidatesOf(engine, allPolicies(), [vcpu(UC_GIB)], refuse)).toThrow('no. 1');
    expect(opened).toBe(allPolicies().length);
  });
});

const leafOf = (bits: bigint): TracedEntry => ({ gfn: 0x10, level: 1, entry: bits | 0x10037n });
const [B10, B11, B53, B57, B63] = [10n, 11n, 53n, 57n, 63n].map((bit) => 1n << bit);
const B55 = 1n << 55n;

describe('the author', () => {
  const author = (entries: readonly TracedEntry[], isTraced = false) =>
    authorOf(hold(engine, UC_GIB, 'kvm-6.8', entries).checker.tally, isTraced);
  const table = { gfn: 0, level: 2, entry: 0x1907n };

  it.each<[string, bigint[], boolean | undefined, string | undefined]>([
    ['no bit', [0n], false, undefined],
    ['bit 10', [B10!], false, 'before-5.13'],
    ['bit 57', [B57!], false, 'since-5.13'],
    ['bit 57, and none', [B57!, 0n], false, 'since-5.13'],
    ['bit 55', [B55], false, 'since-7.2'],
    ['bit 53 alone', [B53!], false, undefined],
    ['bit 57, and bit 55', [B57!, B55], false, undefined],
    ['bit 57, and bit 10', [B57!, B10!], false, undefined],
    ['bit 63', [B63!], true, undefined],
    ['bits 63 and 57', [B63! | B57!], true, 'since-5.13'],
    ['bit 63, and none', [B63!, 0n], undefined, undefined],
    ['bits 63 and 10, which is user-execute then', [B63! | B10!], true, undefined],
  ])('of leaves with %s', (_, bits, suppressesVe, software) => {
    const entries = bits.map((one) => leafOf(one | B11!));
    expect(author(entries)).toEqual({ isKvm: true, suppressesVe, software });
    expect(author([table, ...entries])).toEqual({ isKvm: true, suppressesVe, software });
    // Without bit 11 only events of KVM's own show that it is KVM.
    const others = bits.map(leafOf);
    expect(author(others, true)).toEqual({ isKvm: true, suppressesVe, software });
    expect(author(others)).toEqual({ isKvm: false, suppressesVe: undefined, software: undefined });
  });

  it('is KVM where its events hold no leaf, and shows nothing of itself', () => {
    const unknown = { suppressesVe: undefined, software: undefined };
    expect(author([table], true)).toEqual({ isKvm: true, ...unknown });
    expect(author([table])).toEqual({ isKvm: false, ...unknown });
    expect(author([{ ...table, entry: 0x8000000000001907n }], true)).toEqual({ isKvm: true, ...unknown });
  });

  const ALL = names(allPolicies());
  const OLD = ['kvm-4.7'];
  const NEW = ['kvm-5.13', 'kvm-6.0', 'kvm-6.7'];
  const VE = ['kvm-6.10', 'kvm-6.11-rc', 'kvm-6.11', 'kvm-6.16'];
  it.each<[string, bigint[], string[]]>([
    ['no bit but 11', [B11!], [...OLD, ...NEW]],
    ['bit 10', [B10! | B11!], OLD],
    ['bit 57', [B57! | B11!], NEW],
    ['bits 57 and 63', [B57! | B63! | B11!], VE],
    ['bit 63', [B63! | B11!], [...VE, 'kvm-7.2']],
    ['bits 55 and 63', [B55 | B63! | B11!], ['kvm-7.2']],
    ['bit 57, some with 63', [B57! | B11!, B57! | B63! | B11!], [...NEW, ...VE]],
    ['bit 63, some without', [B11!, B63! | B11!], ALL.slice(0, -1)],
    ['nothing', [0n], ALL],
  ])('with %s may be', (_, bits, expected) => {
    const { checker, candidates } = hold(reference, UC_GIB, allPolicies(), bits.map(leafOf));
    const fits = matchesOf(candidates, authorOf(checker.tally, false));
    const sorted = (list: string[]) => list.sort((a, b) => ALL.indexOf(a) - ALL.indexOf(b));
    expect(sorted(fits.flatMap(({ policies }) => names(policies)))).toEqual(expected);
    expect(sorted(fits.flatMap(({ ruledOut }) => names(ruledOut)))).toEqual(
      ALL.filter((name) => !expected.includes(name)),
    );
  });
});

describe('what fits', () => {
  const fitted = (init: VcpuInit, entries: readonly TracedEntry[]) => {
    const { checker, candidates } = hold(engine, init, allPolicies(), entries);
    return matchesOf(candidates, authorOf(checker.tally, false)).map((fit) => [
      fit.wrong,
      chosenPolicy(fit).name,
      fit.policies.length,
    ]);
  };
  const UC = 0x10007n;

  it('comes in the order of wrong entries, then what is not ruled out', () => {
    expect(fitted(UC_GIB, [leafOf(B11! | B57!)])).toEqual([
      [0, 'kvm-5.13', 3],
      [0, 'kvm-6.11-rc', 0],
      [0, 'sdm', 0],
    ]);
    expect(fitted(UC_GIB, [leafOf(B11! | B57! | B63!)])).toEqual([
      [0, 'kvm-6.10', 1],
      [0, 'kvm-6.11-rc', 3],
      [0, 'sdm', 0],
    ]);
    const two = [leafOf(0n), { gfn: 0xc0000, level: 1, entry: UC }];
    expect(fitted(UC_GIB, two)).toEqual([
      [0, 'sdm', 1],
      [0, 'kvm-4.7', 5],
      [1, 'kvm-6.11-rc', 4],
    ]);
    expect(fitted(UC_GIB, [{ gfn: 0xc0000, level: 1, entry: 0x837n | B63! }])).toEqual([
      [0, 'kvm-6.11-rc', 4],
      [1, 'kvm-6.10', 1],
      [1, 'sdm', 0],
    ]);
  });

  it('best is what has as few wrong entries as the first and is not ruled out, and the first itself', () => {
    const bests = (entries: readonly TracedEntry[]) => {
      const { checker, candidates } = hold(engine, UC_GIB, allPolicies(), entries);
      return bestOf(matchesOf(candidates, authorOf(checker.tally, false))).map(
        (fit) => chosenPolicy(fit).name,
      );
    };
    expect(bests([leafOf(0n)])).toEqual(['sdm', 'kvm-4.7', 'kvm-6.11-rc']);
    expect(bests([leafOf(B11! | B57!)])).toEqual(['kvm-5.13']);
    expect(bests([{ gfn: 0xc0000, level: 1, entry: UC }])).toEqual(['sdm', 'kvm-4.7']);
    // All leaves speak for 7.2, their types for what was before 6.11: ruled out, and best all the same.
    expect(bests([{ gfn: 0xc0000, level: 1, entry: UC | B11! | B55 | B63! }])).toEqual(['kvm-4.7']);
  });

  const apart = (evaluator: Evaluator, init: VcpuInit, entries: readonly TracedEntry[] = [leafOf(0n)]) => {
    const { checker, candidates } = hold(evaluator, init, allPolicies(), entries);
    return distinctionsOf(evaluator, bestOf(matchesOf(candidates, authorOf(checker.tally, false)))).map(
      ({ a, b, want, range, answers, pages }) => [names(a)[0], names(b)[0], want, range, answers, pages],
    );
  };

  it('is told apart by the first page in a slot that gets another entry', () => {
    const [uc, wb] = [
      { type: 0, ipat: 0 },
      { type: 6, ipat: 0 },
    ];
    const range = { start: 0xc0000, end: 0x100000 };
    expect(apart(engine, UC_GIB)).toEqual([['sdm', 'kvm-6.11-rc', 'ept', range, [uc, wb], 0x40000n]]);
    const isApart = (gfn: number, count: number) =>
      apart(engine, {
        ...UC_GIB,
        slots: [
          { gfn: 0, count: 0x20, pfn: 0 },
          { gfn, count, pfn: 0 },
        ],
      }).length === 1;
    expect([isApart(0xbffff, 1), isApart(0xbffff, 2)]).toEqual([false, true]);
    expect([isApart(0xfffff, 1), isApart(0x100000, 5)]).toEqual([true, false]);
    // Engines that compare nothing know of no such page.
    expect(apart(reference, UC_GIB)).toEqual([]);
  });

  it('is told apart by page sizes where types are the same', () => {
    // Without non-coherent DMA all is WB; MTRRs limit levels all the same up to 5.19.
    const mixed = { 0x2ff: 0x806n, 0x200: 0x400000n, 0x201: 0xffff00800n };
    const entry = { gfn: 0, level: 1, entry: 0x877n | B57! };
    expect(apart(engine, { maxphyaddr: 36, msrs: mixed }, [entry])).toEqual([
      ['kvm-5.13', 'kvm-6.0', 'levels', { start: 0, end: 0x400 }, [{ level: 2 }, { level: 3 }], 0x40000n],
    ]);
  });

  it('is looked for among 4,096 stretches and no more', () => {
    // UC is every other frame, from the first on.
    const isApart = (gfn: number) => {
      const msrs = { 0x2ff: 0x806n, 0x200: 0n, 0x201: 0x1800n };
      return apart(engine, { ...UC_GIB, msrs, slots: [{ gfn, count: 1, pfn: 0 }] }).length === 1;
    };
    expect([2, 8190, 8192].map(isApart)).toEqual([true, true, false]);
  });
});
