/** Which steps of a trace are judged, and of which pages. */
import { afterAll, describe, expect, it } from 'vitest';
import { createEvaluatorSync, vm } from '../../src/index.ts';
import { policyFromText } from '../../src/policy/index.ts';
import { followTrace, type ReplayEvent } from '../../src/replay/index.ts';
import { Lines } from './lines.ts';
import { begun, defType, large, small, told, touch } from './told.ts';

const evaluator = createEvaluatorSync();
afterAll(() => evaluator.dispose());

const WB = 6;

describe('a write that is refused', () => {
  const machine = vm({
    maxphyaddr: 40,
    noncoherentDma: true,
    policy: policyFromText('kvm-6.10'),
    slots: [{ gfn: 0, count: 16, pfn: 0x40000, maxLevel: 1 }],
    vcpus: [{ msrs: { 0x2ff: 0x806n } }],
  });
  const refused = defType(0x807n);

  it.each([
    ['stop', [refused, touch(1)], 1],
    ['stop', [touch(2), refused, touch(1)], 2],
    ['stop', [touch(2), touch(1)], 2],
    ['continue', [refused, touch(1)], 2],
    [undefined, [refused, touch(1)], 2],
  ] as const)('%#: %s', (onFault, events, count) => {
    const lines = new Lines();
    events.forEach((event: ReplayEvent, at) => {
      lines.step(at + 1);
      if (event.kind === 'touch') small(lines, event.range.start);
    });
    const { steps, departure, trouble } = followTrace(machine, events, lines.end().all, {
      evaluator,
      ...(onFault && { onFault }),
    });
    expect([departure, trouble]).toEqual([undefined, undefined]);
    expect(steps.length).toBe(count);
  });
});

describe('a page', () => {
  it('is judged that was in a slot before the step, and one that is in one afterwards', () => {
    const removed: ReplayEvent = { kind: 'slot-remove', gfn: 0x40000 };
    expect(told([touch(0x40000), removed], begun().step(2).end(), evaluator)).toEqual([
      '2 steps',
      'step 2',
      'left 0: 40000-40200 2:6, expected -, found 2:6',
    ]);
    const added: ReplayEvent = { kind: 'slot-add', slot: { gfn: 0x80000, count: 512, pfn: 0 } };
    const lines = large(new Lines().step(1), WB, 0x80000).end();
    expect(told([added], lines, evaluator)).toEqual([
      '1 steps',
      'step 1',
      'installed 0: 80000-80200 -, expected -, found 2:6, line 2',
    ]);
  });
});
