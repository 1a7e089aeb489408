/** The policies that a trace is held against: one that is named, or a row for each KVM and the manual's. */
import type { Evaluator } from '../engine/index.ts';
import { type Policy, policy } from '../policy/index.ts';
import { frameCount, type Slot, type Vcpu } from '../vm/index.ts';
import { Candidate, type StateViews } from './candidate.ts';

/** Names that between them have every set of rules that KVM has had since 4.7, with the releases they speak for. */
const RELEASES: Readonly<Record<string, string>> = {
  'kvm-4.7': '4.7..5.12',
  'kvm-5.13': '5.13..5.19',
  'kvm-6.0': '6.0..6.6',
  'kvm-6.7': '6.7..6.9',
  'kvm-6.10': '6.10',
  'kvm-6.11-rc': '6.11-rc1..rc7',
  'kvm-6.11': '6.11..6.15',
  'kvm-6.16': '6.16..7.1, 6.12.78 and later 6.12',
  'kvm-7.2': '7.2 and later',
};

/** All of them, and the manual's. */
export function allPolicies(): readonly Policy[] {
  return [...Object.keys(RELEASES), 'sdm'].map(policy);
}

/** Releases that a name of {@link allPolicies} speaks for; empty where it is no kernel's. */
export function releasesOf(name: string): string {
  return RELEASES[name] ?? '';
}

/** One slot over the whole space, as where nothing is said of slots. */
function wholeSlot(vcpu: Vcpu): Slot {
  return { gfn: 0, count: frameCount(vcpu.maxphyaddr), pfn: 0, readonly: false, maxLevel: 3 };
}

/** Whether the config says where memory is; without slots everything is taken for mapped. */
export function statesSlots({ slots, maxphyaddr }: Pick<Vcpu, 'slots' | 'maxphyaddr'>): boolean {
  const [only, second] = slots;
  if (!only || second) return true;
  const { gfn, count, pfn, readonly, maxLevel } = only;
  return !(gfn === 0 && count === frameCount(maxphyaddr) && pfn === 0 && !readonly && maxLevel === 3);
}

/**
 * Opens vCPUs under a policy.
 *
 * @param open - opens a view, and says in its own way what is wrong where it cannot
 */
function opened(
  vcpus: readonly Vcpu[],
  rules: Policy,
  open: (index: number, vcpu: Vcpu, policy: Policy) => StateViews['types'],
): readonly StateViews[] {
  return vcpus.map((vcpu, index) => {
    const levels = open(index, vcpu, rules);
    if (!statesSlots(vcpu)) return { types: levels, levels };
    const whole = Object.freeze({ ...vcpu, slots: Object.freeze([Object.freeze(wholeSlot(vcpu))]) });
    return { types: open(index, whole, rules), levels };
  });
}

/** Whether two policies give every page the same type, IPAT and level, whichever vCPU takes the fault. */
function answerAlike(evaluator: Evaluator, a: readonly StateViews[], b: readonly StateViews[]): boolean {
  if (!evaluator.canCompare) return false;
  return a.every((one, state) => {
    const other = b[state]!;
    return (
      evaluator.compare(one.types, other.types, 'ept').pages === 0n &&
      evaluator.compare(one.levels, other.levels, 'levels').pages === 0n
    );
  });
}

function dispose(states: readonly StateViews[]): void {
  for (const { types, levels } of states) {
    types.dispose();
    levels.dispose();
  }
}

/**
 * Candidates, policies that answer alike put together.
 *
 * @param policies - to hold the trace against
 * @param vcpus - one of each state
 * @param open - see {@link Evaluator.view}
 * @throws what `open` throws for a register that the first policy refuses; others that refuse one are left out
 */
export function candidatesOf(
  evaluator: Evaluator,
  policies: readonly Policy[],
  vcpus: readonly Vcpu[],
  open: (index: number, vcpu: Vcpu, policy: Policy) => StateViews['types'],
): readonly Candidate[] {
  const frames = frameCount(vcpus[0]!.maxphyaddr);
  const groups: { policies: Policy[]; states: readonly StateViews[] }[] = [];
  let refused: unknown;
  for (const rules of policies) {
    let states: readonly StateViews[];
    try {
      states = opened(vcpus, rules, open);
    } catch (error) {
      refused ??= error;
      continue;
    }
    const known = groups.find(
      (group) => group.policies[0]!.traits === rules.traits && answerAlike(evaluator, group.states, states),
    );
    if (known) {
      known.policies.push(rules);
      dispose(states);
    } else groups.push({ policies: [rules], states });
  }
  if (groups.length === 0) throw refused;
  return groups.map((group) => new Candidate(group.policies, group.states, frames));
}
