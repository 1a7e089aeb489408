/** Whoever has one evaluator can ask everything of it: each computation takes the same one, or a view of it. */
import { expect, it } from 'vitest';
import { check, memoryOfVm } from '../../src/check/index.ts';
import { compareColumns } from '../../src/diff/columns.ts';
import { compareViews } from '../../src/diff/index.ts';
import { createEvaluatorSync } from '../../src/engine/index.ts';
import { explain } from '../../src/explain/index.ts';
import { planRegisters, provePlan } from '../../src/fit/index.ts';
import { ownMap } from '../../src/fit/wanted.ts';
import { answerLine } from '../../src/oracle/answer.ts';
import { policy } from '../../src/policy/index.ts';
import { replay } from '../../src/replay/index.ts';
import { share } from '../../src/share/index.ts';
import { vcpuOf, vm } from '../../src/vm/index.ts';

const KVM = policy('kvm-6.6');
/** WB for the first vCPU; for the second the MTRRs are off. */
const GUEST = vm({ maxphyaddr: 36, noncoherentDma: true, vcpus: [{ msrs: { 0x2ff: 0x806n } }, {}] });

it('share, replay, explain, fit, check, diff and the oracle over one evaluator, whose views stay open', () => {
  using evaluator = createEvaluatorSync();
  const view = evaluator.view(vcpuOf(GUEST, 0), KVM);
  const other = evaluator.view(vcpuOf(GUEST, 1), KVM);

  expect(share(GUEST, { policy: KVM, evaluator }).disagree).toBe(2n ** 24n);
  const steps = [
    ...replay(GUEST, [{ kind: 'touch', vcpu: 0, range: { start: 0, end: 0x1000 }, access: 'read' }], {
      evaluator,
      policy: KVM,
    }),
  ];
  expect(steps).toHaveLength(1);
  expect(explain(view, 0x100).answer.type).toBe(6);
  const { map } = ownMap(evaluator.view(vcpuOf(GUEST, 0), policy('sdm')));
  expect(provePlan(planRegisters(map, { vcnt: 8 }), evaluator).lost).toEqual([]);
  const said = { isCountStated: true, isWidthFromMasks: false, isDefaultAssumed: false, isTom2Stated: true };
  const input = { vm: GUEST, memory: memoryOfVm(GUEST), isGuest: true, complaints: [], ...said };
  const open = (index: number) => evaluator.view(vcpuOf(GUEST, index), policy('sdm'));
  expect(check(input, evaluator, open).map(({ rule }) => rule)).toContain('cpus-differ');
  expect(compareViews(view, other, 'ept', {}, evaluator).pages).toBe(2n ** 24n);
  expect(compareColumns([view, other], 'ept', {}, 5, evaluator).groups).toEqual([[0], [1]]);
  const request = {
    id: 1,
    policy: 'sdm',
    maxphyaddr: 36,
    msrs: {},
    range: ['0x0', '0x10'],
    want: 'mtrr',
  };
  expect(answerLine(evaluator, JSON.stringify(request))).toContain('"spans"');

  // What they opened is theirs, and what was open before still answers.
  expect([view.typeAt(0x100), other.typeAt(0x100)]).toEqual([6, 0]);
});
