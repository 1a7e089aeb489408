/** Dirty logging by release: what it splits, what inherits, what is recovered, and what recovery would need. */
import { afterAll, describe, expect, it } from 'vitest';
import { createEvaluatorSync } from '../../src/engine/index.ts';
import { vm } from '../../src/index.ts';
import type { ReplayEvent, ReplayOptions } from '../../src/replay/index.ts';
import { SharedEpt } from '../../src/replay/shared-ept.ts';
import { ran } from './run.ts';

const evaluator = createEvaluatorSync({ engine: 'auto' });
afterAll(() => evaluator.dispose());

/** vCPU 0 demands WB, vCPU 1 UC. */
function guest(count = 1024, maxLevel: 2 | 3 = 2) {
  return vm({
    maxphyaddr: 36,
    noncoherentDma: true,
    slots: [{ gfn: 0, count, pfn: 0, maxLevel }],
    vcpus: [{ msrs: { 0x2ff: 0x806n } }, { msrs: { 0x2ff: 0x800n } }],
  });
}

const touch = (
  vcpu: number,
  start: number,
  end: number,
  access: 'read' | 'write' = 'write',
): ReplayEvent => ({
  kind: 'touch',
  vcpu,
  range: { start, end },
  access,
});
const log = (on: boolean): ReplayEvent => ({ kind: 'dirty-log', gfn: 0, on });

function kinds(release: string, events: ReplayEvent[], more: Partial<ReplayOptions> = {}, machine = guest()) {
  const { steps } = ran(machine, events, release, evaluator, more);
  return steps.map(({ report }) =>
    report!.entries.map(({ level, type, entries }) => `${entries} of ${level}: ${type}`).join(', '),
  );
}

describe('as it begins', () => {
  it.each([
    ['kvm-5.17', '2 of 2: 6'],
    ['kvm-5.19', '1024 of 1: 6'],
    ['kvm-6.6', '1024 of 1: 6'],
    ['kvm-6.14', '1024 of 1: 6'],
  ])('%s leaves %s, whoever writes then', (release, after) => {
    const events = [touch(0, 0, 1024), log(true)];
    expect(kinds(release, events).at(-1)).toBe(after);
    if (after.startsWith('1024')) {
      expect(kinds(release, [...events, touch(1, 0, 1024)]).at(-1)).toBe(after);
    }
  });

  it('takes the module parameter eager_page_split', () => {
    const events = [touch(0, 0, 1024), log(true)];
    expect(kinds('kvm-6.6', events, { eagerSplit: false }).at(-1)).toBe('2 of 2: 6');
    expect(kinds('kvm-5.17', events, { eagerSplit: true }).at(-1)).toBe('1024 of 1: 6');
  });

  it('splits 1G to the last', () => {
    const machine = guest(2 ** 18, 3);
    expect(kinds('kvm-6.6', [touch(0, 0, 1), log(true)], {}, machine).at(-1)).toBe(`${2 ** 18} of 1: 6`);
  });
});

describe('a write to a large entry', () => {
  const off = { eagerSplit: false };

  it('drops it up to 6.4, and faults with the type of the writer', () => {
    const events = [touch(0, 0, 1024), log(true), touch(1, 1, 2), touch(1, 2, 3)];
    expect(kinds('kvm-6.1', events, off)).toEqual([
      '2 of 2: 6',
      '2 of 2: 6',
      '1 of 1: 0, 1 of 2: 6',
      '2 of 1: 0, 1 of 2: 6',
    ]);
  });

  it('splits it from 6.5 on: the page that is written gets the type of the writer, the others inherit', () => {
    const events = [touch(0, 0, 1024), log(true), touch(1, 1, 2), touch(1, 2, 3)];
    expect(kinds('kvm-6.8', events, off).slice(2)).toEqual([
      '1 of 1: 0, 511 of 1: 6, 1 of 2: 6',
      '1 of 1: 0, 511 of 1: 6, 1 of 2: 6',
    ]);
    const { steps } = ran(guest(), events, 'kvm-6.8', evaluator, off);
    expect(steps.slice(2).map(({ touched }) => touched)).toEqual([
      { installed: 1, replaced: 1, foreign: 0 },
      { installed: 0, replaced: 0, foreign: 1 },
    ]);
  });

  it('splits 1G into 2M, and the 2M that is written into 4K', () => {
    const machine = guest(2 ** 18, 3);
    const events = [touch(0, 0, 1), log(true), touch(1, 1000, 1100)];
    // 1000..1023 and 1024..1099 lie in two regions of 2M: the first page of each is the writer's.
    expect(kinds('kvm-6.8', events, off, machine).at(-1)).toBe('2 of 1: 0, 1022 of 1: 6, 510 of 2: 6');
  });

  it('leaves it alone where it is read, or the slot is not logged', () => {
    expect(kinds('kvm-6.8', [touch(0, 0, 1024), log(true), touch(1, 0, 9, 'read')], off).at(-1)).toBe(
      '2 of 2: 6',
    );
    expect(kinds('kvm-6.8', [touch(0, 0, 1024), touch(1, 0, 9)], off).at(-1)).toBe('2 of 2: 6');
  });
});

describe('as it ends', () => {
  const events = [touch(0, 0, 1024), log(true), touch(1, 0, 1024), log(false)];

  it.each([
    ['kvm-6.12', ''],
    ['kvm-6.13', '2 of 2: 6'],
    ['kvm-6.14', '2 of 2: 6'],
  ])('%s leaves "%s"', (release, after) => {
    expect(kinds(release, events).at(-1)).toBe(after);
  });

  it('a region of which one page is mapped is recovered with the type of that page', () => {
    const few = [log(true), touch(1, 700, 701), touch(0, 800, 801), log(false)];
    const { last } = ran(guest(), few, 'kvm-6.10+13e2e4f62a4b', evaluator);
    expect(last.report!.entries).toMatchObject([{ level: 2, type: 0, entries: 1 }]);
    expect(last.recovered).toBe(1);
  });

  it('counts what recovery without a vCPU would take', () => {
    const mixed = [log(true), touch(1, 0, 2), touch(0, 2, 6), touch(0, 512, 520), log(false)];
    const { last, summary } = ran(guest(), mixed, 'kvm-6.8', evaluator);
    expect(last.recovery).toEqual({
      regions: 2,
      withoutVcpu: 0,
      mixed: 1,
      retyped: { vcpu0: 2, inherit: 4, refault: 14 },
    });
    expect(summary.recovery).toEqual(last.recovery);
    const without = vm({ maxphyaddr: 36, slots: [{ gfn: 0, count: 512, pfn: 0 }], vcpus: [{}] });
    const coherent = ran(without, [log(true), touch(0, 0, 9), log(false)], 'kvm-6.8', evaluator);
    expect(coherent.last.recovery).toMatchObject({ regions: 1, withoutVcpu: 1, mixed: 0 });
  });
});

describe('entries of 1G', () => {
  const G = 2 ** 18;
  const runs = { ends: [2 * G], values: [6] };
  const slot = {
    gfn: 0,
    count: 2 * G,
    pfn: 0,
    readonly: false,
    maxLevel: 3,
    dirtyLog: true,
    mmio: [],
  } as const;
  /** A table with one, and what is noted of it from then on. */
  function mapped() {
    const notes: string[] = [];
    const note = (what: string) => (start: number, end: number, value: number, flag: boolean) => {
      expect(end).toBeGreaterThan(start);
      notes.push(`${what} ${start}-${end} ${value.toString(16)}${flag ? ', inherited' : ''}`);
    };
    const ept = new SharedEpt(2 * G, { lost: note('lost'), put: note('put') });
    ept.recover({ start: 0, end: G, level: 3, code: 6 });
    notes.length = 0;
    return { ept, notes };
  }

  it.each([
    [0, ['put 512-262144 26, inherited', 'put 0-512 16, inherited', 'lost 0-1 16', 'put 0-1 16']],
    [
      600,
      [
        'put 0-512 26, inherited',
        'put 1024-262144 26, inherited',
        'put 512-1024 16, inherited',
        'lost 600-601 16',
        'put 600-601 16',
      ],
    ],
    [
      G - 1,
      [
        'put 0-261632 26, inherited',
        'put 261632-262144 16, inherited',
        'lost 262143-262144 16',
        'put 262143-262144 16',
      ],
    ],
  ])('are split by a write to page %i into parts, none of them empty', (gfn, parts) => {
    const { ept, notes } = mapped();
    const toucher = {
      types: runs,
      own: runs,
      isWrite: true,
      largeWrite: 'split',
      levels: () => runs,
    } as const;
    const touched = { installed: 0, replaced: 0, foreign: 0 };
    ept.touch(slot, gfn, gfn + 1, { ...toucher, installed: () => undefined }, touched);
    expect(notes).toEqual(['lost 0-262144 36, inherited', ...parts]);
    expect(touched).toEqual({ installed: 1, replaced: 1, foreign: 0 });
  });

  it('are inherited from where they are split at once, and where they are recovered', () => {
    const { ept, notes } = mapped();
    expect(ept.split(0, 1)).toBe(1);
    expect(notes).toEqual(['lost 0-262144 36, inherited', 'put 0-262144 16, inherited']);
    notes.length = 0;
    ept.recover({ start: 0, end: 512, level: 2, code: 0 });
    expect(notes).toEqual(['lost 0-512 16, inherited', 'put 0-512 20, inherited']);
    notes.length = 0;
    const touched = { installed: 0, replaced: 0, foreign: 0 };
    const toucher = {
      types: runs,
      own: runs,
      isWrite: true,
      largeWrite: 'split',
      levels: () => runs,
    } as const;
    ept.touch(slot, 7, 8, { ...toucher, installed: () => undefined }, touched);
    expect(notes).toEqual([
      'lost 0-512 20, inherited',
      'put 0-512 10, inherited',
      'lost 7-8 10',
      'put 7-8 16',
    ]);
    notes.length = 0;
    ept.zap(0, 1);
    expect(notes).toEqual(['lost 0-1 10']);
  });

  it.each([
    [5, 5],
    [6, 5],
    [G, 0],
  ])('stay where the range %i to %i that is zapped is empty', (start, end) => {
    const { ept, notes } = mapped();
    expect(ept.zap(start, end)).toEqual({ entries: 0, pages: 0 });
    expect(notes).toEqual([]);
    expect(ept.zap(5, 6)).toEqual({ entries: 1, pages: G });
    expect(ept.isEmpty).toBe(true);
  });
});
