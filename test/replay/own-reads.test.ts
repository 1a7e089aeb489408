/** What a guest reads by itself around what it does, and how that adds up with what it does. */
import { afterAll, describe, expect, it } from 'vitest';
import { createEvaluatorSync } from '../../src/engine/index.ts';
import { vm } from '../../src/index.ts';
import type { ReplayEvent } from '../../src/replay/index.ts';
import { ownReads, withReads } from '../../src/replay/own-reads.ts';
import { ran } from './run.ts';

const evaluator = createEvaluatorSync();
afterAll(() => evaluator.dispose());

const PAGES = [
  { start: 1, end: 2 },
  { start: 5, end: 9 },
];
const touch: ReplayEvent = { kind: 'touch', vcpu: 3, range: { start: 0, end: 1 }, access: 'write' };

describe('own reads', () => {
  it.each<[boolean, ReplayEvent]>([
    [true, touch],
    [true, { kind: 'wrmsr', vcpu: 3, msr: 0x2ff, value: 0n }],
    [true, { kind: 'wrmsr', vcpu: 3, msr: 0x2ff, value: 0n, by: 'guest' }],
    [false, { kind: 'wrmsr', vcpu: 3, msr: 0x2ff, value: 0n, by: 'vmm' }],
    [true, { kind: 'cr0cd', vcpu: 3, on: true }],
    [false, { kind: 'cr0cd', vcpu: 3, on: true, by: 'vmm' }],
    [true, { kind: 'cr0', vcpu: 3, wp: true }],
    [false, { kind: 'cr0', vcpu: 3, wp: true, by: 'vmm' }],
    [true, { kind: 'efer', vcpu: 3, nx: true }],
    [false, { kind: 'efer', vcpu: 3, nx: true, by: 'vmm' }],
    [false, { kind: 'reset', vcpu: 3 }],
    [false, { kind: 'smi', vcpu: 3 }],
    [false, { kind: 'hotplug', vcpu: 3 }],
    [false, { kind: 'dma', on: true }],
    [false, { kind: 'report' }],
  ])('%#: come: %s', (come, event) => {
    const reads = PAGES.map((range) => ({ kind: 'touch', vcpu: 3, range, access: 'read' }));
    expect(ownReads(event, PAGES)).toEqual(come ? reads : []);
    expect(ownReads(event, [])).toEqual([]);
  });

  it('are counted with what the event did, twice what they read again, but for what is foreign', () => {
    const read = (installed: number, replaced: number, foreign: number) => ({
      touched: { installed, replaced, foreign },
    });
    const zap = { reason: 'mtrr', ranges: [], lost: { entries: 1, pages: 1 } } as const;
    expect(withReads({ zap }, [read(1, 2, 3), {}], [read(10, 20, 30), {}])).toEqual({
      zap,
      touched: { installed: 11, replaced: 22, foreign: 3 },
    });
    expect(withReads(read(100, 200, 300), [read(1, 2, 3), read(1, 1, 1)], [read(10, 20, 30)])).toEqual(
      read(112, 223, 304),
    );
    const own = {};
    expect(withReads(own, [], [])).toBe(own);
  });

  it('happen before and after, in a replay', () => {
    const guest = vm({
      maxphyaddr: 36,
      noncoherentDma: true,
      slots: [{ gfn: 0, count: 16, pfn: 0, maxLevel: 1 }],
      vcpus: [{ msrs: { 0x2ff: 0x806n } }],
    });
    const events: ReplayEvent[] = [
      { kind: 'touch', vcpu: 0, range: { start: 0, end: 3 }, access: 'write' },
      { kind: 'wrmsr', vcpu: 0, msr: 0x2ff, value: 0x800n },
      { kind: 'wrmsr', vcpu: 0, msr: 0x277, value: 0n },
      { kind: 'wrmsr', vcpu: 0, msr: 0x2ff, value: 0x806n, by: 'vmm' },
    ];
    const { steps, summary } = ran(guest, events, 'kvm-5.16', evaluator, { guestPages: PAGES });
    expect(steps.map(({ touched }) => touched?.installed)).toEqual([7, 5, 0, undefined]);
    expect(steps.map(({ zap }) => zap?.lost.entries)).toEqual([undefined, 7, undefined, 5]);
    expect(summary).toMatchObject({ installed: 12, refaults: { entries: 5, pages: 5 } });
  });

  it('find what is foreign before the event takes it away', () => {
    const guest = vm({
      maxphyaddr: 36,
      noncoherentDma: true,
      slots: [{ gfn: 0, count: 16, pfn: 0, maxLevel: 1 }],
      vcpus: [{ msrs: { 0x2ff: 0x806n } }, { msrs: { 0x2ff: 0x800n } }],
    });
    const events: ReplayEvent[] = [
      { kind: 'touch', vcpu: 0, range: { start: 0, end: 3 }, access: 'write' },
      { kind: 'wrmsr', vcpu: 1, msr: 0x2ff, value: 0x804n },
    ];
    const { steps } = ran(guest, events, 'kvm-5.16', evaluator, { guestPages: PAGES });
    expect(steps.map(({ touched }) => touched)).toEqual([
      { installed: 7, replaced: 0, foreign: 0 },
      { installed: 5, replaced: 0, foreign: 5 },
    ]);
  });
});
