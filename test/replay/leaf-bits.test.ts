/** Bits of leaves: those of another release, by what that release installs, and those that a table leaves behind. */
import { afterAll, describe, expect, it } from 'vitest';
import { createEvaluatorSync, vm } from '../../src/index.ts';
import { policyFromText } from '../../src/policy/index.ts';
import { bitsDeparture } from '../../src/replay/follow/leaf-bits.ts';
import { type Followed, followTrace, type ReplayEvent } from '../../src/replay/index.ts';
import { countViews } from '../counted-views.ts';
import { Lines, leaf, NONE, REMOVED, TABLE } from './lines.ts';

const evaluator = createEvaluatorSync();
afterAll(() => evaluator.dispose());

const LARGE = 0x80n;
const X = 4n;

function guest(policy: string) {
  return vm({
    maxphyaddr: 40,
    noncoherentDma: true,
    policy: policyFromText(policy),
    slots: [{ gfn: 0, count: 1024, pfn: 0x40000 }],
    vcpus: [{ msrs: { 0x2ff: 0x806n } }],
  });
}

/** What a release installs for page 0, by 2M. */
function installed(release: string): bigint {
  const { maxphyaddr, noncoherentDma, slots, vcpus, host, mmio } = guest(release);
  const { msrs, cr0cd, guestHasMtrr, vcnt } = vcpus[0]!.state;
  const { vendor, selfSnoop } = host;
  const own = { maxphyaddr, noncoherentDma, slots, mmio, msrs, cr0cd, guestHasMtrr, vcnt, vendor, selfSnoop };
  const view = evaluator.view({ ...own, quirks: undefined, hostMsrs: host.msrs }, policyFromText(release));
  const entry = view.entryAt(0) | LARGE;
  view.dispose();
  return entry;
}

function followed(policy: string, entry: bigint, nxHugePages?: boolean): Followed {
  const touch: ReplayEvent = { kind: 'touch', vcpu: 0, range: { start: 0, end: 1 }, access: 'write' };
  const lines = new Lines().step(1).change(0, 2, NONE, entry).end();
  return followTrace(guest(policy), [touch], lines.all, { evaluator, nxHugePages });
}

const RELEASES = {
  '4.7 to 5.12': { layout: 'kvm-5.4', of: ['kvm-4.7', 'kvm-5.3', 'kvm-5.4', 'kvm-5.12'] },
  '5.13 to 6.9': { layout: 'kvm', of: ['kvm-5.13', 'kvm-6.9'] },
  '6.10 to 7.1': { layout: 'kvm-suppress-ve', of: ['kvm-6.10', 'kvm-7.1'] },
  '7.2 and later': { layout: 'kvm-7.2', of: ['kvm-7.2'] },
};
const GROUPS = Object.entries(RELEASES);

describe('bits of KVM', () => {
  it.each(GROUPS)('of releases %s tell these from all others', (releases, { layout, of }) => {
    const others = GROUPS.flatMap(([name, group]) => (name === releases ? [] : group.of));
    for (const release of of) {
      const entry = installed(release);
      for (const own of of) expect([own, followed(own, entry).trouble]).toEqual([own, undefined]);
      for (const other of others) {
        const { trouble, events, steps } = followed(other, entry);
        expect([events, steps.length]).toEqual([1, 0]);
        expect(trouble?.message).toBe(
          `entry 0x${entry.toString(16)} has KVM's own bits where releases ${releases} have them, not ${other}`,
        );
        expect(trouble?.remedy).toContain(`or ${other}+leaf=${layout} where`);
      }
    }
  });

  // 4.7 to 5.3 keep other bits elsewhere, but a first fault sets none of them.
  it.each(GROUPS.flatMap(([, { of }]) => of))(
    "of %s are no other kernel's where X alone is wrong",
    (release) => {
      const entry = installed(release);
      expect(followed(release, entry & ~X, true)).toMatchObject({ departure: undefined, events: 1 });
      const { departure, trouble } = followed(release, entry, true);
      expect(trouble).toBeUndefined();
      expect(departure?.departures).toMatchObject([{ kind: 'bits', entry, expectedEntry: entry & ~X }]);
    },
  );
});

it('closes every view that it opens, whether the kernel is the right one', () => {
  const counted = createEvaluatorSync();
  const open = countViews(counted);
  const entry = installed('kvm-6.10');
  const events = [0, 512, 0].map((start, at): ReplayEvent => {
    const what = { kind: 'wrmsr', vcpu: 0, msr: 0x2ff, value: 0x800n, by: 'vmm' } as const;
    return at === 2 ? what : { kind: 'touch', vcpu: 0, range: { start, end: start + 1 }, access: 'write' };
  });
  for (const policy of ['kvm-6.10', 'kvm-5.13']) {
    open.ever = 0;
    const lines = new Lines().step(1).change(0, 2, NONE, entry).step(2).change(512, 2, NONE, entry).step(3);
    followTrace(guest(policy), events, lines.end().all, { evaluator: counted });
    expect(open.ever).toBeGreaterThan(1);
    expect(open.now).toBe(0);
  }
  counted.dispose();
});

describe('a large leaf that takes the place of a table', () => {
  const [R, W, D] = [1n, 2n, 0x200n];
  const entry = installed('kvm-6.10');
  const small = (entry & ~LARGE) | (5n << 12n);
  const events: readonly ReplayEvent[] = [
    { kind: 'dirty-log', gfn: 0, on: true },
    { kind: 'touch', vcpu: 0, range: { start: 5, end: 6 }, access: 'write' },
    { kind: 'dirty-log', gfn: 0, on: false },
  ];

  it.each([
    ['right', 0n],
    ['replaced-table', W],
    ['replaced-table', D],
    ['replaced-table', W | D],
    ['wrong', R],
    ['wrong', R | D],
  ] as const)('is %s without the bits %i', (bits, without) => {
    const over = entry & ~without;
    const lines = new Lines().step(1).step(2).change(5, 1, NONE, small).step(3);
    lines.change(0, 2, TABLE, over).change(5, 1, small, REMOVED).end();
    const machine = guest('kvm-6.10+dirtyLogEnd=recover');
    const { steps, replacedTables } = followTrace(machine, events, lines.all, { evaluator });
    expect(steps[2]!.leaves).toEqual([{ line: 5, gfn: 0, level: 2, entry: over, bits, replacesTable: true }]);
    const listed = [{ line: 5, gfn: 0, level: 2, entry: over }];
    expect(replacedTables).toEqual(bits === 'replaced-table' ? listed : []);
  });
});

it.each([0, 1, 4, 5, 6])('wrong bits of a leaf of type %i are said with its type, level and IPAT', (type) => {
  for (const level of [1, 2, 3] as const)
    for (const ipat of [0, 1] as const) {
      const after = leaf(0, level, type, ipat);
      const change = { kind: 'change', line: 7, space: 1, gfn: 0, level, before: NONE, after } as const;
      expect(bitsDeparture(change, 512, 5n)).toEqual({
        ...{ kind: 'bits', space: 1, start: 0, end: 512, before: [], line: 7 },
        ...{ expected: [{ level, type, ipat }], found: [{ level, type, ipat }] },
        ...{ entry: after, expectedEntry: 5n },
      });
    }
});
