/** All rules of an assertions file over one machine. */

import type { Evaluator } from '../engine/index.ts';
import type { GfnRange } from '../types.ts';
import { frameCount } from '../vm/index.ts';
import type { Area, Assertion, Judged } from './assertion.ts';
import { judgeCpus, judgeFinding, judgeSeverity } from './check.ts';
import { judgeLevel } from './level.ts';
import { type AssertInput, AssertMachine, type PolicyOpener, type Ruling, verdictOf } from './machine.ts';
import { judgeDefault, judgeMaxVariable, judgeMinFree, judgeOverlaps, judgeSwitch } from './registers.ts';
import { judgeTypes } from './types.ts';

/** A rule about addresses that the machine does not have. */
export interface Beyond {
  readonly assertion: Assertion;
  readonly range: GfnRange;
}

function areasOf({ requirement }: Assertion): readonly Area[] {
  return requirement.kind === 'types' || requirement.kind === 'level'
    ? [requirement.extent.area, ...requirement.extent.except]
    : [];
}

/**
 * Rules that speak of addresses beyond a machine's address bits: none of them can be judged.
 *
 * @param assertions - the rules
 * @param maxphyaddr - the machine's address bits
 * @returns the rules, each with the first range that it cannot have
 * @example
 * beyondSpace([], 36); // []
 */
export function beyondSpace(assertions: readonly Assertion[], maxphyaddr: number): readonly Beyond[] {
  const frames = frameCount(maxphyaddr);
  return assertions.flatMap((assertion) =>
    areasOf(assertion).flatMap((area) => {
      const ranges = area.kind === 'addresses' ? area.ranges : [];
      const range = ranges.find(({ end }) => end > frames);
      return range ? [{ assertion, range }] : [];
    }),
  );
}

function rulingOf(machine: AssertMachine, { requirement }: Assertion): Ruling {
  switch (requirement.kind) {
    case 'types':
      return judgeTypes(machine, requirement);
    case 'level':
      return judgeLevel(machine, requirement);
    case 'default':
      return judgeDefault(machine, requirement);
    case 'overlaps':
      return judgeOverlaps(machine, requirement);
    case 'max-variable':
      return judgeMaxVariable(machine, requirement);
    case 'min-free-variable':
      return judgeMinFree(machine, requirement);
    case 'switch':
      return judgeSwitch(machine, requirement);
    case 'cpus':
      return judgeCpus(machine, requirement);
    case 'finding':
      return judgeFinding(machine, requirement);
    case 'severity':
      return judgeSeverity(machine, requirement);
  }
}

/**
 * Holds a machine against the rules of an assertions file. A rule about types or levels has to hold on every CPU.
 *
 * @param input - the machine with what lies in its memory
 * @param assertions - rules, none of which is {@link beyondSpace}
 * @param evaluator - evaluates; needs `compare` for rules about CPUs
 * @param open - opens a vCPU by its position under a policy
 * @returns a verdict for each, in their order
 * @throws WrmsrFault, or what `open` makes of it, where a CPU cannot hold a register's value
 * @example
 * const machine = vm({ maxphyaddr: 46, vcpus: [{ msrs: { 0x2ff: 0x806n } }] });
 * const said = { isCountStated: true, isWidthFromMasks: false, isDefaultAssumed: false, isTom2Stated: true };
 * const named = { named: [], listsDevices: false, isFixedAssumed: false, isEnableAssumed: false };
 * const input = { vm: machine, memory: memoryOfVm(machine), isGuest: true, complaints: [], ...said, ...named };
 * const requirement = { kind: 'switch', which: 'mtrrs', on: true };
 * const rule = { key: 'mtrrs', title: 'MTRRs are on', requirement, isWarning: false, whenMissing: 'skip' };
 * const evaluator = createEvaluatorSync();
 * const open = (index, policy) => evaluator.view(vcpuOf(machine, index), policy);
 * judge(input, [rule], evaluator, open)[0].verdict; // 'PASS'
 */
export function judge(
  input: AssertInput,
  assertions: readonly Assertion[],
  evaluator: Evaluator,
  open: PolicyOpener,
): readonly Judged[] {
  const machine = new AssertMachine(input, evaluator, open);
  try {
    return assertions.map((assertion) => {
      const { outcome, ...ruling } = rulingOf(machine, assertion);
      return {
        assertion,
        verdict: verdictOf(outcome, assertion),
        notes: [],
        pages: 0n,
        wrongPages: 0n,
        breaches: [],
        isCutShort: false,
        causes: [],
        remedy: '',
        vcpus: [],
        ...ruling,
      };
    });
  } finally {
    machine.dispose();
  }
}
