/** What each reason zaps: the frames that it names, and what was mapped there. */
import { afterAll, describe, expect, it } from 'vitest';
import { createEvaluatorSync, vm } from '../../src/index.ts';
import type { ReplayEvent } from '../../src/replay/index.ts';
import { ran } from './run.ts';

const evaluator = createEvaluatorSync();
afterAll(() => evaluator.dispose());

const machine = vm({
  maxphyaddr: 36,
  noncoherentDma: true,
  slots: [
    { gfn: 0, count: 1024, pfn: 0 },
    { gfn: 4096, count: 8, pfn: 4096, maxLevel: 1 },
  ],
  vcpus: [{ msrs: { 0x2ff: 0x806n } }],
});
const EVERYTHING = { start: 0, end: 2 ** 24 };
const touch = (start: number, end: number): ReplayEvent => ({
  kind: 'touch',
  vcpu: 0,
  range: { start, end },
  access: 'write',
});

describe('a zap', () => {
  it.each<[string, string, readonly ReplayEvent[], Record<string, unknown>]>([
    ['root', 'kvm-5.16', [{ kind: 'init', vcpu: 0 }], { range: EVERYTHING, entries: 10, pages: 1032 }],
    [
      'slot',
      'kvm-6.6',
      [{ kind: 'slot-remove', gfn: 4096 }],
      { range: EVERYTHING, entries: 10, pages: 1032 },
    ],
    [
      'cr0cd',
      'kvm-6.6',
      [
        { kind: 'quirk', quirk: 'cd-nw-cleared', on: false },
        { kind: 'cr0cd', vcpu: 0, on: true },
      ],
      { range: EVERYTHING, entries: 10, pages: 1032 },
    ],
    ['dma', 'kvm-6.14', [{ kind: 'dma', on: false }], { range: EVERYTHING, entries: 10, pages: 1032 }],
    [
      'dirty-log',
      'kvm-5.16',
      [{ kind: 'dirty-log', gfn: 0, on: true }, touch(5, 6), { kind: 'dirty-log', gfn: 0, on: false }],
      { range: { start: 0, end: 1024 }, entries: 1, pages: 1 },
    ],
  ])('for %s names its frames (%s)', (reason, release, events, { range, ...lost }) => {
    const { last } = ran(machine, [touch(0, 1024), touch(4096, 4104), ...events], release, evaluator);
    expect(last.zap).toEqual({ reason, ranges: [range], lost });
  });
});
