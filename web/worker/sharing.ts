/** How the vCPUs of a machine share an EPT, as `eptsweep share` tells it. */
import { assumedSentences } from '../../src/answer/index.ts';
import { type Evaluator, frameCount, share, vcpuOf } from '../../src/index.ts';
import { openView, restingOn } from '../../src/open/index.ts';
import { policyFromText } from '../../src/policy/index.ts';
import { DESIGNS, type Design } from '../../src/share/index.ts';
import { basisOf, type JsonObject, shareJsonLines } from '../../src/write/index.ts';
import type { OpenMachine } from './machine.ts';
import type { Documented, Questions } from './protocol.ts';

/** On which pages vCPUs disagree, and what designs make of it. */
export function shared(
  evaluator: Evaluator,
  machine: OpenMachine,
  ask: Questions['share']['ask'],
): Documented {
  const { vm } = machine.opened;
  const policy = ask.policy === undefined ? vm.policy : policyFromText(ask.policy);
  const { opened, said } = restingOn(machine.opened, [policy], ['leaf']);
  const { designs, limit = Number.POSITIVE_INFINITY, range } = ask;
  const sharing = share(vm, {
    policy,
    range: range ?? { start: 0, end: frameCount(vm.maxphyaddr) },
    ...(designs && { designs: DESIGNS.filter((one: Design) => designs.includes(one)) }),
    open: (index, under) => openView(evaluator, opened, index, under),
  });
  const lines = shareJsonLines(sharing, basisOf(vm, policy, opened), limit);
  const document = JSON.parse([...lines].join('\n')) as JsonObject;
  return { document, said: [...said, ...assumedSentences([{ vcpu: vcpuOf(vm, 0), policy }])] };
}
