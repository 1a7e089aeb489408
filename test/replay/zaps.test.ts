/** Zaps and stale entries of known cases, by release: docs/replay.md tells the rules. */

import { afterAll, describe, expect, it } from 'vitest';
import { createEvaluatorSync } from '../../src/engine/index.ts';
import { policy, policyFromFlags, type Quirk, type VmInit, vm } from '../../src/index.ts';
import { type ReplayEvent, type ReplayStep, type ReplaySummary, replay } from '../../src/replay/index.ts';

const engine = createEvaluatorSync({ engine: 'auto' });
afterAll(() => engine.dispose());

const GIB = 0x40000;
const RAM = 4 * GIB;

function guest(msrs: Record<number, bigint>, more: Partial<VmInit> = {}) {
  return vm({
    maxphyaddr: 46,
    noncoherentDma: true,
    slots: [{ gfn: 0, count: RAM, pfn: 0 }],
    vcpus: [{ msrs }],
    ...more,
  });
}

const touchAll: ReplayEvent = { kind: 'touch', vcpu: 0, range: { start: 0, end: RAM }, access: 'write' };
const wrmsr = (msr: number, value: bigint, vcpu = 0): ReplayEvent => ({ kind: 'wrmsr', vcpu, msr, value });

interface Ran {
  readonly steps: readonly ReplayStep[];
  readonly last: ReplayStep;
  readonly summary: ReplaySummary;
}

function run(machine: ReturnType<typeof guest>, events: readonly ReplayEvent[], release: string): Ran {
  const generator = replay(machine, events, { evaluator: engine, policy: policy(release), every: 1 });
  const steps: ReplayStep[] = [];
  for (;;) {
    const next = generator.next();
    if (next.done) return { steps, last: steps.at(-1)!, summary: next.value };
    steps.push(next.value);
  }
}

const UC_AT_3G = { 0x2ff: 0x806n, 0x200: 0xc0000000n, 0x201: 0x3fffc0000800n };

describe('a valid range that is moved', () => {
  it.each(['kvm-4.19', 'kvm-5.16', 'kvm-6.6', 'kvm-6.10'])(
    '%s zaps where it goes, not where it was',
    (release) => {
      const { last } = run(guest(UC_AT_3G), [touchAll, wrmsr(0x200, 0n)], release);
      expect(last.zap).toEqual({
        reason: 'mtrr',
        ranges: [{ start: 0, end: GIB }],
        lost: { entries: 1, pages: GIB },
      });
      expect(last.report!.stale).toEqual({ entries: 1, pages: GIB });
      expect(last.report!.entries).toEqual([
        { level: 3, type: 0, ipat: 0, entries: 1, pages: GIB },
        { level: 3, type: 6, ipat: 0, entries: 2, pages: 2 * GIB },
      ]);
    },
  );

  it('from 6.11 on zaps nothing, and nothing is stale', () => {
    const { last } = run(guest(UC_AT_3G), [touchAll, wrmsr(0x200, 0n)], 'kvm-6.11');
    expect(last.zap).toBeUndefined();
    expect(last.report!.stale.pages).toBe(0);
  });
});

describe('a base that is written before its mask', () => {
  it('zaps a range that ends at 0, then where the mask puts it', () => {
    const { steps } = run(
      guest({ 0x2ff: 0x806n }),
      [touchAll, wrmsr(0x200, 0xc0000000n), wrmsr(0x201, 0x3fffc0000800n)],
      'kvm-5.16',
    );
    expect(steps[1]!.zap).toEqual({
      reason: 'mtrr',
      ranges: [{ start: 0xc0000, end: 0 }],
      lost: { entries: 0, pages: 0 },
    });
    expect(steps[1]!.report!.stale.pages).toBe(0);
    expect(steps[2]!.zap!.ranges).toEqual([{ start: 0xc0000, end: 0x100000 }]);
    expect(steps[2]!.report!.stale.pages).toBe(0);
  });

  it("zaps all that a disabled range's mask would cover", () => {
    const { last } = run(guest({ 0x2ff: 0x806n }), [touchAll, wrmsr(0x20f, 0n)], 'kvm-5.16');
    expect(last.zap!.ranges).toEqual([{ start: 0, end: 2 ** 34 }]);
    expect(last.zap!.lost).toEqual({ entries: 4, pages: RAM });
  });
});

describe('writes that are not looked at', () => {
  it('a fixed register with FE=0, and any range with E=0, zap nothing; DEF_TYPE then zaps everything', () => {
    const fixed = wrmsr(0x250, 0x0606060606060606n);
    const off = run(guest({ 0x2ff: 0x806n }), [touchAll, fixed], 'kvm-5.16');
    expect(off.last.zap).toBeUndefined();
    const { steps } = run(
      guest({}),
      [touchAll, wrmsr(0x200, 6n), wrmsr(0x201, 0x3fffc0000800n), fixed, wrmsr(0x2ff, 0xc00n)],
      'kvm-5.16',
    );
    expect(steps.slice(1, 4).map(({ zap }) => zap)).toEqual([undefined, undefined, undefined]);
    expect(steps[4]!.zap).toMatchObject({ ranges: [{ start: 0, end: 2 ** 34 }], lost: { pages: RAM } });
  });

  it('a fixed register with FE=1 zaps its eight ranges, a large entry around them as a whole', () => {
    const { last } = run(
      guest({ 0x2ff: 0xc06n, 0x250: 0x0606060606060606n }),
      [touchAll, wrmsr(0x268, 0n)],
      'kvm-5.16',
    );
    expect(last.zap).toMatchObject({ ranges: [{ start: 0xc0, end: 0xc8 }], lost: { entries: 8, pages: 8 } });
  });

  it('IA32_PAT zaps nothing', () => {
    expect(run(guest(UC_AT_3G), [touchAll, wrmsr(0x277, 0n)], 'kvm-5.16').last.zap).toBeUndefined();
  });

  it('without non-coherent DMA no MTRR write zaps', () => {
    const coherent = guest(UC_AT_3G, { noncoherentDma: false });
    const { summary } = run(coherent, [touchAll, wrmsr(0x2ff, 0x800n), wrmsr(0x200, 0n)], 'kvm-6.6');
    expect(summary.zaps).toEqual([]);
    expect(summary.last.stale.pages).toBe(0);
  });
});

describe('DEF_TYPE', () => {
  it('is rewritten with the value that it has, and zaps everything', () => {
    const { last } = run(guest(UC_AT_3G), [touchAll, wrmsr(0x2ff, 0x806n)], 'kvm-6.8');
    expect(last.zap).toMatchObject({ reason: 'mtrr', lost: { entries: 4, pages: RAM } });
    expect(last.report!.entries).toEqual([]);
  });

  it('is refused with a reserved type: #GP, nothing zapped, nothing changed', () => {
    const { last, summary } = run(guest(UC_AT_3G), [touchAll, wrmsr(0x2ff, 0x802n)], 'kvm-6.8');
    expect(last).toMatchObject({ verdict: '#GP', zap: undefined });
    expect(last.report!.stale.pages).toBe(0);
    expect(summary.faults).toBe(1);
  });
});

describe('CR0.CD', () => {
  const cd = (on: boolean): ReplayEvent => ({ kind: 'cr0cd', vcpu: 0, on });

  it('zaps everything with the quirk off, nothing with it on', () => {
    const off = guest(UC_AT_3G, { quirks: [] });
    expect(run(off, [touchAll, cd(true)], 'kvm-6.6').last.zap).toMatchObject({
      reason: 'cr0cd',
      lost: { entries: 4, pages: RAM },
    });
    const on = run(guest(UC_AT_3G), [touchAll, cd(true)], 'kvm-6.6').last;
    expect(on.zap).toBeUndefined();
    // WB + IPAT is demanded now, and nothing has that.
    expect(on.report!.stale.pages).toBe(RAM);
    expect(run(guest(UC_AT_3G), [touchAll, cd(true)], 'kvm-6.8').last.report!.stale.pages).toBe(GIB);
  });

  it('that stays as it is zaps nothing, and from 6.11 on none does', () => {
    const off = guest(UC_AT_3G, { quirks: [] });
    expect(run(off, [touchAll, cd(false)], 'kvm-6.6').last.zap).toBeUndefined();
    expect(run(off, [touchAll, cd(true)], 'kvm-6.11').last.zap).toBeUndefined();
  });
});

describe('non-coherent DMA', () => {
  const start: ReplayEvent = { kind: 'dma', on: true };
  const stop: ReplayEvent = { kind: 'dma', on: false };
  const coherent = guest(UC_AT_3G, { noncoherentDma: false });

  it('zaps nothing when it starts under 6.6: every entry is stale', () => {
    const { last } = run(coherent, [touchAll, start], 'kvm-6.6');
    expect(last.zap).toBeUndefined();
    expect(last.report!.stale).toEqual({ entries: 4, pages: RAM });
  });

  it('zaps everything under 6.8, when it starts and when it stops', () => {
    const { steps } = run(coherent, [touchAll, start, touchAll, stop], 'kvm-6.8');
    expect(steps[1]!.zap).toMatchObject({ reason: 'dma', lost: { entries: 4, pages: RAM } });
    expect(steps[3]!.zap).toMatchObject({ reason: 'dma', lost: { entries: 4, pages: RAM } });
    expect(steps[3]!.report!.stale.pages).toBe(0);
  });

  it('zaps for the first device that comes and the last that goes', () => {
    const { summary } = run(coherent, [start, start, stop, touchAll, stop], 'kvm-6.8');
    expect(summary.zaps).toEqual([{ reason: 'dma', count: 2, empty: 0, entries: 4, pages: RAM }]);
  });

  it.each<[readonly Quirk[], boolean, boolean]>([
    [['ignore-guest-pat'], true, true],
    [[], true, false],
    [[], false, true],
  ])('under 6.16 with quirks %j and self-snoop %s zaps: %s', (quirks, selfSnoop, zaps) => {
    const machine = guest(UC_AT_3G, { noncoherentDma: false, quirks, selfSnoop });
    expect(run(machine, [touchAll, start], 'kvm-6.16').last.zap !== undefined).toBe(zaps);
  });

  it.each([
    [true, false],
    [false, true],
  ])(
    'under 6.11-rc, where with self-snoop no entry would change: self-snoop %s zaps: %s',
    (selfSnoop, zaps) => {
      const machine = guest(UC_AT_3G, { noncoherentDma: false, selfSnoop });
      expect(run(machine, [touchAll, start], 'kvm-6.11-rc3').last.zap !== undefined).toBe(zaps);
    },
  );

  it.each([
    ['kvm-6.6', [], false],
    ['kvm-6.6', ['362ff6dca541'], true],
    ['kvm-6.6', ['c9f65a3f2d92'], false],
  ])('under %s with %j zaps: %s', (base, backports, zaps) => {
    const rules = policyFromFlags({ base, backports });
    const steps = [...replay(coherent, [touchAll, start], { evaluator: engine, policy: rules })];
    expect(steps.at(-1)!.zap !== undefined).toBe(zaps);
  });
});

describe('quirks', () => {
  const quirk = (name: Quirk, on: boolean): ReplayEvent => ({ kind: 'quirk', quirk: name, on });

  it('ignore-guest-pat cannot come back once it is off, and does not go without self-snoop', () => {
    const machine = guest(UC_AT_3G, { noncoherentDma: false });
    const { steps } = run(
      machine,
      [touchAll, quirk('ignore-guest-pat', false), quirk('ignore-guest-pat', true)],
      'kvm-6.16',
    );
    expect(steps.map(({ verdict }) => verdict)).toEqual(['done', 'done', 'refused']);
    expect(steps[1]!.report!.stale.pages).toBe(RAM);
    const old = guest(UC_AT_3G, { noncoherentDma: false, selfSnoop: false });
    expect(run(old, [quirk('ignore-guest-pat', false)], 'kvm-6.16').last.verdict).toBe('ignored');
  });
});

describe('host MMIO', () => {
  it.each([
    ['kvm-5.19', 512],
    ['kvm-6.0', 1],
  ])('under %s takes %i entries for 2M', (release, installed) => {
    const machine = guest(
      { 0x2ff: 0x806n },
      { slots: [{ gfn: 0, count: 512, pfn: 0x200 }], mmio: [{ start: 0, end: 512 }] },
    );
    const touch: ReplayEvent = { kind: 'touch', vcpu: 0, range: { start: 0, end: 512 }, access: 'write' };
    expect(run(machine, [touch], release).last.touched).toMatchObject({ installed });
  });

  it('is none in the ISA range of the host, in a slot that comes later as well', () => {
    const machine = guest({ 0x2ff: 0x806n }, { slots: [{ gfn: 0, count: 512, pfn: 0x200 }] });
    const slot = { gfn: 0x90000, count: 0x20, pfn: 0xa0 };
    const touch: ReplayEvent = {
      kind: 'touch',
      vcpu: 0,
      range: { start: 0x90000, end: 0x90020 },
      access: 'write',
    };
    const { last } = run(machine, [{ kind: 'slot-add', slot, mmio: true }, touch], 'kvm-6.6');
    expect(last.report!.entries).toMatchObject([{ type: 6, ipat: 0, level: 1, entries: 32 }]);
  });
});

describe('slots', () => {
  it('a removed slot takes everything along, or its own entries where that is asked for', () => {
    const machine = guest(
      { 0x2ff: 0x806n },
      {
        slots: [
          { gfn: 0, count: GIB, pfn: 0 },
          { gfn: GIB, count: GIB, pfn: GIB },
        ],
      },
    );
    const events: ReplayEvent[] = [touchAll, { kind: 'slot-remove', gfn: GIB }];
    expect(run(machine, events, 'kvm-6.6').last.zap!.lost.entries).toBe(2);
    for (const [name, lost] of [
      ['kvm-5.0', 2],
      ['kvm-5.1', 1],
      ['kvm-5.2.10', 1],
      ['kvm-5.3', 2],
    ] as const) {
      expect(run(machine, events, name).last.zap!.lost.entries).toBe(lost);
    }
    const only = replay(machine, events, { evaluator: engine, policy: policy('kvm-6.6'), slotZap: 'slot' });
    only.next();
    expect((only.next().value as ReplayStep).zap!.lost.entries).toBe(1);
  });

  it('dirty logging under 5.16: a write drops a large entry, a read does not; switching it off lets them grow again', () => {
    const machine = guest({ 0x2ff: 0x806n }, { slots: [{ gfn: 0, count: 1024, pfn: 0 }] });
    const log = (on: boolean): ReplayEvent => ({ kind: 'dirty-log', gfn: 0, on });
    const one = (gfn: number, access: 'read' | 'write'): ReplayEvent => ({
      kind: 'touch',
      vcpu: 0,
      range: { start: gfn, end: gfn + 1 },
      access,
    });
    const { steps } = run(
      machine,
      [touchAll, log(true), one(3, 'read'), one(3, 'write'), log(false), one(3, 'write')],
      'kvm-5.16',
    );
    const kinds = steps.map(({ report }) => report!.entries.map(({ level, entries }) => [level, entries]));
    expect(kinds).toEqual([
      [[2, 2]],
      [[2, 2]],
      [[2, 2]],
      [
        [1, 1],
        [2, 1],
      ],
      [[2, 1]],
      [[2, 2]],
    ]);
  });

  it('the end of dirty logging takes small entries behind one that stayed large', () => {
    const log = (on: boolean): ReplayEvent => ({ kind: 'dirty-log', gfn: 0, on });
    const machine = guest({ 0x2ff: 0x806n }, { slots: [{ gfn: 0, count: 1024, pfn: 0 }] });
    const write: ReplayEvent = { kind: 'touch', vcpu: 0, range: { start: 600, end: 601 }, access: 'write' };
    const { steps, last } = run(machine, [touchAll, log(true), write, log(false)], 'kvm-5.16');
    expect(steps[2]!.report!.entries).toMatchObject([
      { level: 1, entries: 1 },
      { level: 2, entries: 1 },
    ]);
    expect(last.report!.entries).toMatchObject([{ level: 2, entries: 1 }]);
  });

  it('a slot that is moved to where it is takes nothing along', () => {
    const move = (to: number): ReplayEvent => ({ kind: 'slot-move', gfn: GIB, to });
    const machine = guest({ 0x2ff: 0x806n }, { slots: [{ gfn: GIB, count: GIB, pfn: 0 }] });
    const stays = run(machine, [touchAll, move(GIB), touchAll], 'kvm-6.12');
    expect(stays.steps[1]!.zap).toBeUndefined();
    expect(stays.last.touched).toMatchObject({ installed: 0 });
    expect(run(machine, [touchAll, move(2 * GIB)], 'kvm-6.12').last.zap).toMatchObject({
      reason: 'slot',
      lost: { pages: GIB },
    });
  });

  it('a write to a read-only slot, and an access to no slot, install nothing', () => {
    const machine = guest({}, { slots: [{ gfn: 0, count: 512, pfn: 0, readonly: true }] });
    expect(run(machine, [touchAll], 'kvm-6.6').summary.installed).toBe(0);
    expect(run(machine, [{ ...touchAll, access: 'read' }], 'kvm-6.6').summary.installed).toBe(1);
  });
});
