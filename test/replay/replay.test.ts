/** Events that cannot happen, windows, and that the same input gives the same steps. */

import { afterAll, describe, expect, it } from 'vitest';
import { createEvaluatorSync } from '../../src/engine/index.ts';
import { InputError, policy, vm } from '../../src/index.ts';
import { type ReplayEvent, type ReplaySummary, replay } from '../../src/replay/index.ts';
import { RangeMap } from '../../src/replay/range-map.ts';
import { Rng } from '../generators/rng.ts';

const engine = createEvaluatorSync({ engine: 'auto' });
afterAll(() => engine.dispose());

const guest = vm({
  maxphyaddr: 36,
  noncoherentDma: true,
  slots: [{ gfn: 0, count: 1024, pfn: 0 }],
  vcpus: [{ msrs: { 0x2ff: 0x806n } }, { msrs: { 0x2ff: 0x806n } }],
});

function summaryOf(events: readonly ReplayEvent[], onFault: 'continue' | 'stop' = 'continue'): ReplaySummary {
  const steps = replay(guest, events, { evaluator: engine, policy: policy('kvm-6.6'), onFault });
  for (;;) {
    const next = steps.next();
    if (next.done) return next.value;
  }
}

describe('events that cannot happen', () => {
  it.each<[string, ReplayEvent, string]>([
    ['no such vCPU', { kind: 'cr0cd', vcpu: 7, on: true }, 'events.1.vcpu'],
    ['a vCPU that is there', { kind: 'hotplug', vcpu: 1 }, 'events.1.vcpu'],
    ['an overlapping slot', { kind: 'slot-add', slot: { gfn: 1023, count: 2, pfn: 0 } }, 'events.1.range'],
    ['a slot moved over its end', { kind: 'slot-move', gfn: 0, to: 2 ** 24 - 1 }, 'events.1.to'],
    ['no such slot', { kind: 'slot-remove', gfn: 5 }, 'events.1.slot'],
    ['time going backwards', { kind: 'report', at: 4 }, 'events.1.at'],
    [
      'beyond the space',
      { kind: 'touch', vcpu: 0, range: { start: 0, end: 2 ** 24 + 1 }, access: 'read' },
      'events.1.range',
    ],
  ])('%s', (_, event, path) => {
    const attempt = () => summaryOf([{ kind: 'report', at: 5 }, event]);
    expect(attempt).toThrow(InputError);
    expect(attempt).toThrow(expect.objectContaining({ path }));
  });

  it('a policy that is no kernel has no rules for zapping', () => {
    const steps = replay(guest, [], { evaluator: engine, policy: policy('sdm') });
    expect(() => steps.next()).toThrow(/sdm has no rules/);
  });

  it('a refused write stops the replay where that is asked for', () => {
    const events: ReplayEvent[] = [
      { kind: 'wrmsr', vcpu: 0, msr: 0x2ff, value: 0x802n },
      { kind: 'cr0cd', vcpu: 0, on: true },
    ];
    expect(summaryOf(events, 'stop')).toMatchObject({ events: 1, stoppedAt: 0, faults: 1 });
    expect(summaryOf(events)).toMatchObject({ events: 2, stoppedAt: undefined, faults: 1 });
  });
});

describe('windows', () => {
  it('open when vCPUs begin to disagree, and close when they agree again', () => {
    const range = (vcpu: number): ReplayEvent[] => [
      { kind: 'wrmsr', vcpu, msr: 0x200, value: 0x100000n },
      { kind: 'wrmsr', vcpu, msr: 0x201, value: 0xfffff0800n },
    ];
    const touch: ReplayEvent = {
      kind: 'touch',
      vcpu: 1,
      range: { start: 0x100, end: 0x102 },
      access: 'read',
    };
    const first: ReplayEvent = { ...touch, vcpu: 0 };
    // 64 KiB at 1 MiB become UC on vCPU 0, then on vCPU 1.
    const mask = 0xfffff0800n;
    const events: ReplayEvent[] = [
      { kind: 'wrmsr', vcpu: 0, msr: 0x200, value: 0x100000n },
      { kind: 'wrmsr', vcpu: 0, msr: 0x201, value: mask },
      first,
      touch,
      ...range(1),
    ];
    const { windows, windowTotals } = summaryOf(events);
    expect(windows).toEqual([
      {
        from: 2,
        to: 6,
        fromTime: undefined,
        toTime: undefined,
        events: 4,
        peakPages: 16,
        pageEvents: 64,
        foreignAccesses: 2,
      },
    ]);
    expect(windowTotals).toEqual({ count: 1, events: 4, peakPages: 16, pageEvents: 64, foreignAccesses: 2 });
  });
});

describe('vCPUs that disagree from the start', () => {
  const split = vm({
    maxphyaddr: 36,
    noncoherentDma: true,
    slots: [{ gfn: 0, count: 1024, pfn: 0 }],
    vcpus: [{ msrs: { 0x2ff: 0x806n } }, { msrs: { 0x2ff: 0x800n } }],
  });
  const agree: ReplayEvent = { kind: 'wrmsr', vcpu: 1, msr: 0x2ff, value: 0x806n, at: 7 };

  it('are in a window that began before the first event', () => {
    const options = { evaluator: engine, policy: policy('kvm-6.6') };
    const end = (events: readonly ReplayEvent[]): ReplaySummary => {
      const steps = replay(split, events, options);
      for (;;) {
        const next = steps.next();
        if (next.done) return next.value;
      }
    };
    const window = { from: 0, fromTime: undefined, peakPages: 1024, foreignAccesses: 0 };
    expect(end([]).windows).toEqual([
      { ...window, to: undefined, toTime: undefined, events: 1, pageEvents: 1024 },
    ]);
    expect(end([{ kind: 'report' }, agree]).windows).toEqual([
      { ...window, to: 2, toTime: 7, events: 2, pageEvents: 2048 },
    ]);
    expect(end([{ kind: 'report' }, agree])).toMatchObject({
      events: 2,
      windowTotals: { count: 1, events: 2, peakPages: 1024, pageEvents: 2048, foreignAccesses: 0 },
      uniformity: { registers: { events: 1, first: 0 }, effect: { events: 1, first: 0 } },
      last: { events: 2, at: 7, disagree: 0 },
    });
    const reported = [
      ...replay(split, [{ kind: 'report' }, agree, { kind: 'report' }], { ...options, every: 2 }),
    ];
    expect(reported.map(({ report }) => report && [report.events, report.at])).toEqual([
      [1, undefined],
      [2, 7],
      [3, 7],
    ]);
  });
});

describe('RangeMap', () => {
  it('equals an array, however it is changed, and never has two equal neighbours', () => {
    const rng = new Rng(5);
    const size = 3000;
    const map = new RangeMap(size, 0);
    const array = new Uint8Array(size);
    let most = 0;
    for (let step = 0; step < 6000; step++) {
      const start = rng.below(size);
      const end = Math.min(size, start + 1 + rng.below(rng.chance(0.998) ? 2 : 400));
      const value = rng.below(3);
      map.set(start, end, value);
      array.fill(value, start, end);
      most = Math.max(most, map.size);
      if (step % 100 !== 0) continue;
      const seen = new Uint8Array(size);
      let before = -1;
      let at = 0;
      map.each(0, size, (from, to, one) => {
        if (from !== at || one === before) expect.fail(`${from} follows on ${at}, ${one} on ${before}`);
        seen.fill(one, from, to);
        [at, before] = [to, one];
      });
      expect(at).toBe(size);
      expect(Buffer.compare(seen, array)).toBe(0);
    }
    // More than one chunk.
    expect(most).toBeGreaterThan(600);
  });

  it('equals an array at the edges of its chunks', () => {
    const rng = new Rng(6);
    const size = 6000;
    const map = new RangeMap(size, 0);
    const array = new Uint8Array(size);
    const put = (start: number, end: number, value: number): void => {
      map.set(start, end, value);
      array.fill(value, start, end);
    };
    for (let gfn = 0; gfn < size; gfn++) put(gfn, gfn + 1, gfn % 2);
    expect(map.size).toBe(size);
    // Chunks that grow at their end are halved at 513: they begin at multiples of 256. Some become empty, some are jumped.
    for (const [first, chunks] of [
      [2, 1],
      [5, 3],
      [20, 2],
    ] as const) {
      put(256 * first, 256 * (first + chunks) + 1, array[256 * first - 1]!);
      for (let gfn = 0; gfn < size; gfn += 7) if (map.at(gfn) !== array[gfn]) expect.fail(`${gfn}`);
      put(256 * first + 3, 256 * first + 4, 2);
    }
    for (let step = 0; step < 4000; step++) {
      const start = 256 * rng.below(23) + rng.below(25);
      const length = rng.chance(0.02) ? rng.pick([256, 512, 700]) : rng.between(1, 3);
      put(start, Math.min(size, start + length), rng.below(3));
      const gfn = Math.max(0, start - 2) + rng.below(6);
      if (map.at(gfn) !== array[gfn]) expect.fail(`${gfn} is ${map.at(gfn)} after ${step} steps`);
      const from = Math.max(0, start - 300);
      const seen: number[] = [];
      map.each(from, start + 4, (a, b, value) => {
        for (let k = a; k < b; k++) seen.push(value);
      });
      if (step % 20 === 0) expect(seen).toEqual([...array.subarray(from, start + 4)]);
    }
  });
});
