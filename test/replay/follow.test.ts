/** A running KVM's trace held against a scenario, step by step; lines as KVM prints them, written by hand. */
import { afterAll, describe, expect, it } from 'vitest';
import { createEvaluatorSync, type Vm, type VmInit, vm } from '../../src/index.ts';
import { policyFromText } from '../../src/policy/index.ts';
import { type Followed, followTrace, type ReplayEvent, TraceFollower } from '../../src/replay/index.ts';
import { LEAF, Lines, leaf, NONE, REMOVED, TABLE } from './lines.ts';

const evaluator = createEvaluatorSync();
afterAll(() => evaluator.dispose());

const DEF_TYPE = 0x2ff;
const [UC, WT, WB] = [0, 4, 6];

/** 16 pages by 4K, and 4 MiB at 1 GiB by 2M; WB by default. */
function guest(more: Partial<VmInit> = {}): Vm {
  return vm({
    maxphyaddr: 40,
    noncoherentDma: true,
    policy: policyFromText('kvm-6.10'),
    slots: [
      { gfn: 0, count: 16, pfn: 0x40000, maxLevel: 1 },
      { gfn: 0x40000, count: 1024, pfn: 0x80000, maxLevel: 2 },
    ],
    vcpus: [{ msrs: [{ msr: DEF_TYPE, value: 0x806n }] }],
    ...more,
  });
}

const write = (gfn: number, access: 'read' | 'write' = 'write', vcpu = 0): ReplayEvent => ({
  kind: 'touch',
  vcpu,
  range: { start: gfn, end: gfn + 1 },
  access,
});
const defType = (value: bigint, by: 'guest' | 'vmm' = 'vmm'): ReplayEvent => ({
  kind: 'wrmsr',
  vcpu: 0,
  msr: DEF_TYPE,
  value,
  by,
});

function followed(events: readonly ReplayEvent[], lines: Lines, machine = guest(), more = {}): Followed {
  return followTrace(machine, events, lines.all, { evaluator, ...more });
}

/** One large page, faulted in. */
const large = (lines: Lines, type = WB): Lines => lines.change(0x40000, 2, NONE, leaf(0x40000, 2, type));

describe('a kernel that does as the model', () => {
  it('agrees where entries come, go, and come again with another type', () => {
    const events = [write(0x40000), write(1), defType(0x800n), write(1)];
    const marked = large(new Lines().step(1).change(0x40000, 3, NONE, TABLE))
      .step(2)
      .change(1, 1, NONE, leaf(1, 1, WB))
      .step(3);
    marked.change(1, 1, leaf(1, 1, WB), REMOVED).change(0x40000, 2, leaf(0x40000, 2, WB), REMOVED);
    // What the end of the VM zaps belongs to no event.
    marked
      .step(4)
      .change(1, 1, NONE, leaf(1, 1, UC))
      .end()
      .change(1, 1, leaf(1, 1, UC), NONE);
    const result = followed(events, marked);
    expect(result).toMatchObject({ departure: undefined, trouble: undefined, leaves: 3 });
    expect(result.steps.map(({ found }) => [found.installed, found.dropped])).toEqual([
      [1, 0],
      [1, 0],
      [0, 2],
      [1, 0],
    ]);
    expect(result.steps.map(({ expected }) => expected)).toEqual(result.steps.map(({ found }) => found));
  });

  it('takes the children of a large entry that dirty logging splits from either line', () => {
    const events: ReplayEvent[] = [
      write(0x40000),
      { kind: 'dirty-log', gfn: 0x40000, on: true },
      write(0x40005),
    ];
    const entry = leaf(0x40000, 2, WB);
    const lines = () => large(new Lines().step(1)).step(2);
    const both = lines().change(0x40000, 2, entry, TABLE).split(0x40000, 2, entry);
    const result = followed(events, both.step(3).end());
    expect(result).toMatchObject({ departure: undefined, trouble: undefined });
    const split = { installed: 0, dropped: 0, split: 1, recovered: 0 };
    expect(result.steps[1]).toMatchObject({ found: split, expected: split });
    expect(
      followed(events, lines().change(0x40000, 2, entry, TABLE).step(3).end()).departure,
    ).toBeUndefined();
    expect(followed(events, lines().step(3).end()).departure).toMatchObject({
      step: 2,
      departures: [{ kind: 'not-split', start: 0x40000, end: 0x40200 }],
    });
  });

  it('drops what kernels before 6.12 print for children that were never there', () => {
    const events = [write(0x40000), { kind: 'slot-remove', gfn: 0x40000 } as const];
    const lines = large(new Lines().step(1))
      .step(2)
      .change(0x40000, 2, leaf(0x40000, 2, WB), REMOVED);
    for (let gfn = 0x40200; gfn < 0x40400; gfn++) lines.change(gfn, 1, 0n, REMOVED);
    expect(followed(events, lines.end())).toMatchObject({ departure: undefined, trouble: undefined });
  });

  it('takes a change of W, A or D for the same entry', () => {
    const protect = leaf(0x40000, 2, WB, 0, LEAF & ~0x202n);
    const events = [write(0x40000), { kind: 'report' } as const];
    const lines = large(new Lines().step(1))
      .step(2)
      .change(0x40000, 2, leaf(0x40000, 2, WB), protect);
    expect(followed(events, lines.end()).departure).toBeUndefined();
  });

  it('leaves pages out of account that are in no slot: KVM has some of its own', () => {
    const lines = large(new Lines().step(1))
      .change(0xfee00, 1, NONE, leaf(0xfee00, 1, WB))
      .end();
    expect(followed([write(0x40000)], lines)).toMatchObject({ departure: undefined, leaves: 1 });
  });

  it('counts for the first step what comes behind its mark', () => {
    const lines = large(new Lines().change(0xfee00, 1, NONE, leaf(0xfee00, 1, WB)).step(1)).end();
    const { steps, leaves } = followed([write(0x40000)], lines);
    expect(steps[0]).toMatchObject({ lines: 1, found: { installed: 1 } });
    expect(leaves).toBe(1);
  });

  it('lists a large leaf apart that takes the place of a table: it lacks D', () => {
    const small = leaf(0x40005, 1, WB);
    const over = leaf(0x40000, 2, WB, 0, LEAF & ~0x200n);
    const events: ReplayEvent[] = [
      { kind: 'dirty-log', gfn: 0x40000, on: true },
      write(0x40005),
      { kind: 'dirty-log', gfn: 0x40000, on: false },
    ];
    const recovering = guest({ policy: policyFromText('kvm-6.10+dirtyLogEnd=recover') });
    const lines = new Lines().step(1).step(2).change(0x40005, 1, NONE, small).step(3);
    lines.change(0x40000, 2, TABLE, over).change(0x40005, 1, small, REMOVED).end();
    const result = followed(events, lines, recovering);
    expect(result).toMatchObject({ departure: undefined, trouble: undefined });
    expect(result.replacedTables).toEqual([{ line: 5, gfn: 0x40000, level: 2, entry: over }]);
    expect(result.steps[2]!.found).toEqual(result.steps[2]!.expected);
  });

  it('counts a large leaf without X, as nx_huge_pages has it', () => {
    const lines = new Lines()
      .step(1)
      .change(0x40000, 2, NONE, leaf(0x40000, 2, WB, 0, LEAF & ~4n))
      .end();
    expect(followed([write(0x40000)], lines)).toMatchObject({ departure: undefined, notExecutable: 1 });
  });

  it('demands large leaves with X or without, where it is told how the host runs', () => {
    const linesOf = (bits: bigint) =>
      new Lines()
        .step(1)
        .change(0x40000, 2, NONE, leaf(0x40000, 2, WB, 0, bits))
        .end();
    const asked = (bits: bigint, nxHugePages: boolean) =>
      followed([write(0x40000)], linesOf(bits), guest(), { nxHugePages });
    for (const [bits, nx] of [
      [LEAF, false],
      [LEAF & ~4n, true],
    ] as const) {
      expect(asked(bits, nx).departure).toBeUndefined();
      const entry = leaf(0x40000, 2, WB, 0, bits);
      expect(asked(bits, !nx).departure).toMatchObject({
        departures: [{ kind: 'bits', entry, expectedEntry: entry ^ 4n }],
        leaves: [{ line: 2, gfn: 0x40000, level: 2, entry, bits: 'wrong', replacesTable: false }],
      });
    }
  });

  it("compares every bit that is not the host's frame", () => {
    for (const [gfn, level] of [
      [1, 1],
      [0x40000, 2],
    ] as const) {
      const right = leaf(gfn, level, WB);
      const agreed: number[] = [];
      for (let bit = 0; bit < 64; bit++) {
        const lines = new Lines().step(1).change(gfn, level, NONE, right ^ (1n << BigInt(bit)));
        const { departure, trouble } = followed([write(gfn)], lines.end(), guest(), { nxHugePages: false });
        if (!departure && !trouble) agreed.push(bit);
      }
      expect(agreed).toEqual(Array.from({ length: 40 }, (_, bit) => bit + 12));
    }
  });

  it.each([undefined, true, false])('demands small leaves with X, nx_huge_pages %s', (nxHugePages) => {
    const asked = (bits: bigint) => {
      const lines = new Lines().step(1).change(1, 1, NONE, leaf(1, 1, WB, 0, bits));
      return followed([write(1)], lines.end(), guest(), { nxHugePages });
    };
    expect(asked(LEAF)).toMatchObject({ departure: undefined, notExecutable: 0, leaves: 1 });
    const entry = leaf(1, 1, WB, 0, LEAF & ~4n);
    expect(asked(LEAF & ~4n)).toMatchObject({
      departure: { departures: [{ kind: 'bits', entry, expectedEntry: leaf(1, 1, WB) }] },
      notExecutable: 0,
    });
  });

  it('reads the pages of the guest itself around what it does', () => {
    const guestPages = [{ start: 1, end: 3 }];
    const own = (lines: Lines, type: number) =>
      lines.change(1, 1, NONE, leaf(1, 1, type)).change(2, 1, NONE, leaf(2, 1, type));
    const lines = own(new Lines().step(1), WB)
      .change(5, 1, NONE, leaf(5, 1, WB))
      .step(2);
    for (const gfn of [1, 2, 5]) lines.change(gfn, 1, leaf(gfn, 1, WB), REMOVED);
    own(lines, UC).end();
    const events = [write(5), defType(0x800n, 'guest')];
    expect(followed(events, lines, guest(), { guestPages })).toMatchObject({
      departure: undefined,
      trouble: undefined,
    });
    expect(followed(events, lines).departure).toMatchObject({
      step: 1,
      departures: [{ kind: 'installed', start: 1 }],
    });
  });

  it('holds roots that map the same frame together', () => {
    // Up to 5.17 the role holds paging: a vCPU without it has a root of its own.
    const machine = guest({
      policy: policyFromText('kvm-5.15+leaf=kvm-suppress-ve'),
      vcpus: [0, 1].map((id) => ({ id, msrs: [{ msr: DEF_TYPE, value: 0x806n }] })),
    });
    const events: ReplayEvent[] = [
      { kind: 'cr0', vcpu: 1, pg: false, by: 'vmm' },
      write(1, 'write', 0),
      write(1, 'write', 1),
      { ...defType(0x800n), vcpu: 1 } as ReplayEvent,
    ];
    const lines = new Lines()
      .step(1)
      .step(2)
      .change(1, 1, NONE, leaf(1, 1, WB));
    lines
      .step(3)
      .change(1, 1, NONE, leaf(1, 1, WB))
      .step(4);
    const both = [...lines.all];
    lines
      .change(1, 1, leaf(1, 1, WB), REMOVED)
      .change(1, 1, leaf(1, 1, WB), REMOVED)
      .end();
    expect(followed(events, lines, machine)).toMatchObject({ departure: undefined, trouble: undefined });
    const one = new Lines();
    one.all.push(...both);
    one.change(1, 1, leaf(1, 1, WB), REMOVED).end();
    expect(followed(events, one, machine).departure).toMatchObject({ step: 4, departures: [{ start: 1 }] });
  });
});

describe('a kernel that departs', () => {
  const events = [write(0x40000), defType(0x804n), write(0x40000)];
  const zapped = (lines: Lines) => lines.step(2).change(0x40000, 2, leaf(0x40000, 2, WB), REMOVED);

  it('names the first step, what was expected and what is there', () => {
    const lines = zapped(large(new Lines().step(1))).step(3);
    const result = followed(events, large(lines, WB).end());
    expect(result.steps).toHaveLength(3);
    expect(result.departure).toMatchObject({
      step: 3,
      departures: [
        {
          kind: 'type',
          start: 0x40000,
          end: 0x40200,
          expected: [{ level: 2, type: WT, ipat: 0 }],
          found: [{ level: 2, type: WB, ipat: 0 }],
          before: [],
          line: 6,
        },
      ],
    });
  });

  it.each([
    ['left', events, () => large(new Lines().step(1)).step(2).step(3).end()],
    ['zapped', [events[0]!, { kind: 'report' } as const], () => zapped(large(new Lines().step(1))).end()],
    ['not-installed', events, () => new Lines().step(1).change(1, 1, NONE, NONE).step(2).step(3).end()],
    [
      'installed',
      events,
      () =>
        large(new Lines().step(1))
          .change(1, 1, NONE, leaf(1, 1, WB))
          .step(2),
    ],
    [
      'level',
      [write(0x40000)],
      () =>
        new Lines()
          .step(1)
          .change(0x40000, 1, NONE, leaf(0x40000, 1, WB))
          .end(),
    ],
    [
      'ipat',
      [write(1)],
      () =>
        new Lines()
          .step(1)
          .change(1, 1, NONE, leaf(1, 1, WB, 1))
          .end(),
    ],
    [
      'bits',
      [write(1)],
      () =>
        new Lines()
          .step(1)
          .change(1, 1, NONE, leaf(1, 1, WB, 0, LEAF & ~0x100n))
          .end(),
    ],
    [
      'refaulted',
      [write(0x40000), { kind: 'report' } as const],
      () => large(zapped(large(new Lines().step(1)))).end(),
    ],
    [
      'split',
      [write(0x40000), { kind: 'report' } as const],
      () =>
        large(new Lines().step(1))
          .step(2)
          .change(0x40000, 2, leaf(0x40000, 2, WB), TABLE)
          .end(),
    ],
  ] as const)('says "%s"', (kind, happening, lines) => {
    const { departure } = followed(happening, lines());
    expect(departure?.departures.map((one) => one.kind)).toContain(kind);
  });

  it('gives the vCPU by which a page can be explained', () => {
    const lines = zapped(large(new Lines().step(1))).step(3);
    const { departure } = followed(events, large(lines, WB).end());
    const view = evaluator.view(departure!.vcpu, policyFromText('kvm-6.10'));
    expect(view.typeAt(0x40000)).toBe(WT);
    view.dispose();
  });

  it('says nothing more once it is done', () => {
    const follower = new TraceFollower(guest(), events, { evaluator });
    for (const line of large(new Lines().step(1)).step(2).step(3).all) follower.push(line);
    expect(follower.isDone).toBe(true);
    follower.push({ kind: 'lost', events: 3, line: 99 });
    expect(follower.finish()).toMatchObject({ departure: { step: 2 }, trouble: undefined });
  });
});

describe('a trace that cannot be judged to its end', () => {
  const events = [write(0x40000), defType(0x804n), write(0x40000)];
  const two = () =>
    large(new Lines().step(1))
      .step(2)
      .change(0x40000, 2, leaf(0x40000, 2, WB), REMOVED);

  it.each([
    ['lost-events', 1, () => two().lost(7).step(3)],
    ['cut', 1, two],
    ['cut', 2, () => two().end()],
    ['out-of-order', 1, () => two().step(1)],
    ['out-of-order', 0, () => large(new Lines().step(1)).step(3)],
    ['out-of-order', 0, () => new Lines().step(2)],
    ['too-many-steps', 3, () => large(two().step(3), WT).step(4)],
    ['started-before', 0, () => large(new Lines()).step(1)],
    ['unknown-entry', 0, () => new Lines().step(1).change(1, 1, leaf(1, 1, WB), REMOVED)],
    ['no-marks', 0, () => large(new Lines())],
    ['no-changes', 0, () => new Lines().step(1).step(2).step(3).end()],
    ['no-changes', 0, () => new Lines()],
  ] as const)('says "%s" and keeps %i steps', (kind, steps, lines) => {
    const result = followed(events, lines());
    expect(result.trouble?.kind).toBe(kind);
    expect(result.trouble?.remedy).not.toBe('');
    expect(result.departure).toBeUndefined();
    expect(result.steps.length, result.trouble?.message).toBe(steps);
  });

  it('tells another kernel by the bits of its entries', () => {
    const old = LEAF & ~(1n << 63n);
    const lines = new Lines()
      .step(1)
      .change(1, 1, 0n, leaf(1, 1, WB, 0, old))
      .end();
    const { trouble, steps } = followed([write(1)], lines);
    expect(trouble?.message).toBe(
      "entry 0x600000040001b37 has KVM's own bits where releases 5.13 to 6.9 have them, not kvm-6.10",
    );
    expect(trouble?.remedy).toContain('kvm-6.10+leaf=kvm');
    expect(steps).toEqual([]);
  });
});
