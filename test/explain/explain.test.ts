/** What `explain` tells, against the manual's and KVM's rules worked out by hand. */
import { afterAll, describe, expect, it } from 'vitest';
import { createEvaluatorSync } from '../../src/engine/index.ts';
import { type ExplainOptions, type Explanation, explain } from '../../src/explain/index.ts';
import { policy } from '../../src/policy/index.ts';
import { UC, UNDEFINED, WB, WC, WP, WT } from '../../src/types.ts';
import { type VcpuInit, vcpu } from '../../src/vm/index.ts';

const evaluator = createEvaluatorSync();
afterAll(() => evaluator.dispose());

function told(init: Partial<VcpuInit>, name: string, gfn: number, options?: ExplainOptions): Explanation {
  return explain(evaluator.view(vcpu({ maxphyaddr: 46, ...init }), policy(name)), gfn, options);
}

/** Q3: WC 3-4G, WB 2-4G, UC 0-4G. */
const STOPS_EARLY = {
  0x200: 0xc0000001n,
  0x201: 0x3fffc0000800n,
  0x202: 0x80000006n,
  0x203: 0x3fff80000800n,
  0x204: 0x0n,
  0x205: 0x3fff00000800n,
  0x2ff: 0x800n,
};

describe("the manual's rules", () => {
  it('name E=0, and nothing else', () => {
    const { manual } = told({}, 'sdm', 0x123);
    expect(manual).toMatchObject({ rule: 'disabled', type: UC, types: [UC] });
  });

  it('name the fixed register, its byte and its range', () => {
    const { manual } = told({ msrs: { 0x259: 0x0000_0500_0000_0000n, 0x2ff: 0xc06n } }, 'sdm', 0xb5);
    expect(manual).toMatchObject({ rule: 'fixed', type: WP });
    expect(manual.matches).toEqual([
      {
        kind: 'fixed',
        name: 'IA32_MTRR_FIX16K_A0000',
        msrs: [0x259],
        type: WP,
        byte: 5,
        range: { start: 0xb4, end: 0xb8 },
      },
    ]);
  });

  it('name every range that matches, those that do not, and why UC wins', () => {
    const { manual } = told({ msrs: STOPS_EARLY }, 'sdm', 0xc0000);
    expect(manual).toMatchObject({ rule: 'variable', precedence: 'uc-wins', type: UC, types: [UC, WC, WB] });
    expect(manual.matches.map(({ index }) => index)).toEqual([0, 1, 2]);
    const below = told({ msrs: STOPS_EARLY }, 'sdm', 0x1000).manual;
    expect(below).toMatchObject({ precedence: 'one-type', misses: [0, 1] });
  });

  it('name the types of an undefined overlap and write no entry', () => {
    const msrs = { ...STOPS_EARLY, 0x205: 0n };
    const explanation = told({ msrs }, 'sdm', 0xc0000);
    expect(explanation.manual).toMatchObject({ precedence: 'undefined', type: UNDEFINED, types: [WC, WB] });
    expect(explanation.entry).toMatchObject({ entry: null });
    expect(explanation.access.rule).toBe('undefined');
    expect(explanation.level.tries[1]!.obstacles).toEqual([
      { kind: 'types-differ', type: UNDEFINED, at: 0xc0000, other: UNDEFINED },
    ]);
  });

  it('name TOP_MEM2', () => {
    const msrs = { 0xc0010010: 0x600000n, 0xc001001d: 0x1_8000_0000n, 0x2ff: 0x800n };
    expect(told({ msrs }, 'sdm', 0x17ffff).manual).toMatchObject({ rule: 'tom2', type: WB });
    const { manual, changes } = told({ msrs }, 'sdm', 0x100000);
    expect(manual.matches[0]!.range).toEqual({ start: 0x100000, end: 0x180000 });
    const bits = changes!.flatMap(({ change }) => ('bit' in change ? [change.bit] : []));
    expect(bits).toEqual(['DEF_TYPE.E', 'SYSCFG.MtrrTom2En', 'SYSCFG.Tom2ForceMemTypeWB']);
    expect(changes!.some(({ change }) => change.kind === 'register-reset')).toBe(true);
  });

  it('say that a mask has holes and which stretch of it is meant', () => {
    const msrs = { 0x200: 6n, 0x201: 0xf40000800n, 0x2ff: 0x800n };
    const { manual } = told({ maxphyaddr: 36, msrs }, 'sdm', 0x80123);
    expect(manual.matches[0]).toMatchObject({ hasHoles: true, range: { start: 0x80000, end: 0xc0000 } });
  });
});

describe("KVM's fold", () => {
  const init = { noncoherentDma: true, msrs: STOPS_EARLY };

  it('tells each step, where it stops and what it never sees', () => {
    const { kvm, manual, usesMtrr } = told(init, 'kvm-5.16', 0xc0000);
    expect(manual.type).toBe(UC);
    expect(usesMtrr).toBe(true);
    expect(kvm!.steps.map(({ rule, type, register }) => [register.index, rule, type])).toEqual([
      [0, 'first', WC],
      [1, 'other-pair-stops', WB],
    ]);
    expect(kvm!.unseen.map(({ index }) => index)).toEqual([2]);
  });

  it('stops at UC, and goes on with WT over WB', () => {
    const msrs = {
      0x200: 0x80000006n,
      0x201: 0x3fff80000800n,
      0x202: 0x40000004n,
      0x203: 0x3fffc0000800n,
      0x204: 0n,
      0x205: 0x800n,
      0x2ff: 0x806n,
    };
    const steps = told({ noncoherentDma: true, msrs }, 'kvm-6.6', 0x80000).kvm!.steps;
    expect(steps.map(({ rule }) => rule)).toEqual(['first', 'uc-stops']);
    const wt = told({ noncoherentDma: true, msrs: { ...msrs, 0x204: 6n } }, 'kvm-6.6', 0x40000).kvm!;
    expect(wt.steps.map(({ rule }) => rule)).toEqual(['first', 'wb-with-wt']);
    expect(wt.type).toBe(WT);
  });

  it('is told as not used where no DMA makes it count, and not at all from 6.11 on', () => {
    expect(told({ ...init, noncoherentDma: false }, 'kvm-5.16', 0xc0000)).toMatchObject({ usesMtrr: false });
    expect(told(init, 'kvm-6.11', 0xc0000).kvm).toBeUndefined();
  });
});

describe("the policy's branch", () => {
  const last = (explanation: Explanation) => explanation.ept.steps.at(-1)!;
  const commits = (explanation: Explanation) =>
    explanation.ept.steps.flatMap((step) => step.commits.map(({ id }) => id));

  it.each([
    ['kvm-6.6', {}, 'no-noncoherent-dma', 'always', []],
    ['kvm-6.11', {}, 'no-noncoherent-dma', 'always', ['9d70f3fec144']],
    ['kvm-6.11-rc3', {}, 'no-noncoherent-dma', 'self-snoop', ['377b2f359d1f']],
    ['kvm-6.11-rc3', { selfSnoop: false }, 'no-noncoherent-dma', 'no-self-snoop', ['377b2f359d1f']],
    ['kvm-6.16', {}, 'no-noncoherent-dma', 'quirk-on', ['c9c1e20b4c7d']],
    ['kvm-6.16', { quirks: [] }, 'no-noncoherent-dma', 'quirk-off', ['c9c1e20b4c7d']],
    [
      'kvm-6.16',
      { quirks: [], selfSnoop: false },
      'no-noncoherent-dma',
      'quirk-stuck-without-self-snoop',
      ['c9c1e20b4c7d'],
    ],
    ['kvm-6.6', { noncoherentDma: true, cr0cd: true }, 'cr0-cd', undefined, []],
    ['kvm-6.8', { noncoherentDma: true, cr0cd: true }, 'cr0-cd', undefined, ['c9f65a3f2d92']],
    ['kvm-6.8', { noncoherentDma: true, cr0cd: true, quirks: [] }, 'cr0-cd', undefined, []],
    ['kvm-6.8', { noncoherentDma: true }, 'guest-mtrr', undefined, []],
    ['kvm-6.12', { noncoherentDma: true }, 'otherwise', undefined, ['0a7b73559b39']],
    [
      'kvm-6.12',
      { noncoherentDma: true, cr0cd: true },
      'otherwise',
      undefined,
      ['e1548088ff54', '0a7b73559b39'],
    ],
    ['kvm-6.12', { mmio: [{ start: 5, end: 6 }] }, 'host-mmio', undefined, []],
    ['sdm', {}, 'identity', undefined, []],
  ] as const)('under %s with %j is %s', (name, init, question, patReason, ids) => {
    const explanation = told(init as Partial<VcpuInit>, name, 5);
    expect(last(explanation)).toMatchObject({ question, applies: true });
    expect(last(explanation).patReason).toBe(patReason);
    expect(commits(explanation)).toEqual(ids);
  });
});

describe('the level', () => {
  const obstacles = (explanation: Explanation) =>
    explanation.level.tries.map(({ level, obstacles: all }) => [level, ...all.map(({ kind }) => kind)]);
  const wbRange = (base: bigint) => base | 6n;

  it('knows the false alarm of the gap test (Q7) from a real gap', () => {
    const mask = 0x3ffffff00800n;
    const msrs = {
      0x200: wbRange(0x400000n),
      0x201: mask,
      0x202: wbRange(0x500000n),
      0x203: mask,
      0x2ff: 0x800n,
    };
    const explanation = told({ noncoherentDma: true, msrs }, 'kvm-5.16', 0x400);
    expect(obstacles(explanation)).toEqual([
      [3, 'gap'],
      [2, 'gap'],
    ]);
    expect(explanation.level.tries.map(({ obstacles: [one] }) => one)).toMatchObject([
      { isFalseAlarm: false, defaultType: UC, type: WB },
      { isFalseAlarm: true },
    ]);
  });

  it('knows shadowed ranges below 1 MiB (Q8)', () => {
    const fixed = [0x250, 0x258, 0x259, ...Array.from({ length: 8 }, (_, n) => 0x268 + n)];
    const msrs = {
      ...Object.fromEntries(fixed.map((msr) => [msr, 0x0606060606060606n])),
      0x200: 0n,
      0x201: 0x3fffffff0800n,
      0x2ff: 0xc06n,
    };
    const explanation = told({ noncoherentDma: true, msrs }, 'kvm-5.16', 0);
    const [, twoMegabytes] = explanation.level.tries;
    expect(explanation.level.level).toBe(1);
    expect(twoMegabytes!.obstacles).toMatchObject([
      { kind: 'types-mixed', types: [UC, WB], isFalseAlarm: true },
    ]);
  });

  it('is limited by MTRRs that are not used before 6.0 only (Q9)', () => {
    const init = { msrs: { 0x200: 0x400000n, 0x201: 0x3ffffff00800n, 0x2ff: 0x806n } };
    const before = told(init, 'kvm-5.16', 0x400);
    expect(before.level).toMatchObject({ level: 1, asksMtrr: true });
    expect(told(init, 'kvm-6.6', 0x400).level).toMatchObject({ level: 3, asksMtrr: false });
    const policies = before.changes!.flatMap(({ change }) => (change.kind === 'policy' ? [change.name] : []));
    expect(policies).toEqual(['sdm', 'kvm-6.0', 'kvm-6.7', 'kvm-6.11-rc', 'kvm-6.11', 'kvm-6.16']);
  });

  it('names all that a slot forbids', () => {
    const slots = [{ gfn: 0x100, count: 0x300, pfn: 0x1001, maxLevel: 2 as const }];
    expect(obstacles(told({ slots }, 'kvm-6.11', 0x200))).toEqual([
      [3, 'slot-max-level', 'slot-edge', 'not-congruent'],
      [2, 'not-congruent'],
    ]);
    expect(told({ slots }, 'kvm-6.11', 0x500)).toMatchObject({
      level: { level: 0, tries: [] },
      entry: undefined,
    });
  });

  it('names MMIO in a part of a region', () => {
    const mmio = [{ start: 0x300, end: 0x301 }];
    expect(obstacles(told({ mmio }, 'kvm-6.11', 0x200))).toEqual([
      [3, 'mmio-mixed'],
      [2, 'mmio-mixed'],
    ]);
  });

  it('names MMIO of releases that map it by 4K pages alone', () => {
    const mmio = [{ start: 0x200, end: 0x400 }];
    expect(obstacles(told({ mmio }, 'kvm-5.19', 0x200))).toEqual([
      [3, 'mmio-mixed'],
      [2, 'mmio-4k'],
    ]);
    expect(obstacles(told({ mmio }, 'kvm-6.0', 0x200))).toEqual([[3, 'mmio-mixed'], [2]]);
  });

  it('names where the type changes under sdm', () => {
    const msrs = { 0x200: 0x40000000n, 0x201: 0x3fffffe00800n, 0x2ff: 0x806n };
    const { level } = told({ msrs }, 'sdm', 0x40000);
    expect(level).toMatchObject({ level: 2 });
    expect(level.tries[0]!.obstacles).toEqual([{ kind: 'types-differ', type: UC, at: 0x40200, other: WB }]);
  });
});

describe('the entry', () => {
  it("is KVM's, field by field", () => {
    const slots = [{ gfn: 0x12345, count: 1, pfn: 0x12345 }];
    const { entry } = told({ slots }, 'kvm-5.16', 0x12345);
    expect(entry!.entry).toBe(0x0600000012345b77n);
    expect(entry!.fields).toContainEqual({ bits: '5:3', name: 'memory type', value: 6n });
    expect(entry!.fields).toContainEqual({ bits: '51:12', name: 'host frame', value: 0x12345n });
  });
});

describe('access', () => {
  it.each([
    ['WC', WC, [WT, WP]],
    ['WT', WT, [WP]],
    ['WP', WP, [7, WT]],
    ['WB', WB, []],
    ['UC', UC, []],
  ] as const)('names the formerly undefined cells of %s', (_, type, expected) => {
    const { access } = told({ msrs: { 0x2ff: 0x800n | BigInt(type) } }, 'sdm', 0x123);
    const cells = access.byType.filter(({ wasUndefined }) => wasUndefined).map(({ pat }) => pat);
    expect(cells.toSorted()).toEqual([...expected].toSorted());
  });

  it('goes through the eight entries of the PAT MSR', () => {
    const msrs = { 0x277: 0x0000050100070406n, 0x2ff: 0x806n };
    const { access } = told({ msrs }, 'sdm', 0x123);
    expect(access.byIndex.map(({ pat }) => pat)).toEqual([6, 4, 7, 0, 1, 5, 0, 0]);
    expect(access.byIndex.map(({ type }) => type)).toEqual([WB, WT, UC, UC, WC, WP, UC, UC]);
  });

  it('does not look at the PAT where IPAT is set or bare metal has CD=1', () => {
    const { access } = told({}, 'kvm-6.6', 0x123);
    expect(access.rule).toBe('ipat');
    expect(access.byType.every(({ type, wasUndefined }) => type === WB && !wasUndefined)).toBe(true);
    expect(told({ cr0cd: true, msrs: { 0x2ff: 0x806n } }, 'sdm', 0x123).access.rule).toBe('cr0-cd');
  });
});

describe('would change if', () => {
  it('takes other vCPUs by state, and says which parts differ', () => {
    const other = vcpu({ maxphyaddr: 46, noncoherentDma: true, msrs: { 0x2ff: 0x800n } });
    const init = { noncoherentDma: true, msrs: { 0x2ff: 0x806n } };
    const { changes } = told(init, 'kvm-6.8', 0x123, { siblings: [{ ids: [1, 2], vcpu: other }] });
    expect(changes).toContainEqual({
      change: { kind: 'vcpu', ids: [1, 2] },
      differs: ['ept', 'effective'],
      answer: { type: UC, ipat: 0, level: 3, effective: UC },
    });
  });

  it('reports a kernel that refuses the registers', () => {
    const msrs = { 0x210: 6n, 0x211: 0x3fffc0000800n, 0x2ff: 0x800n };
    const { changes } = told({ vcnt: 10, msrs }, 'sdm', 0x123);
    const refused = changes!.filter(({ answer }) => answer === undefined);
    expect(refused.map(({ fault }) => fault!.msr)).toEqual([0x210, 0x210, 0x210, 0x210, 0x210, 0x210]);
  });

  it('is left out where it is not asked for', () => {
    expect(told({}, 'sdm', 0, { changes: false }).changes).toBeUndefined();
  });
});

it('refuses a frame outside the space', () => {
  expect(() => told({}, 'sdm', 2 ** 34)).toThrow(/range|frame/);
});
