/** A machine as rules are held against it: each state of its CPUs, under each policy that a rule names. */

import { CheckContext } from '../check/context.ts';
import type { Cause } from '../check/finding.ts';
import type { CheckInput } from '../check/input.ts';
import type { Evaluator, View } from '../engine/index.ts';
import { type Policy, policy as policyNamed } from '../policy/index.ts';
import type { VcpuGroup } from '../vm/index.ts';
import type { LayoutRange, MachineLayout } from './areas.ts';
import type { Assertion, Breach, Verdict } from './assertion.ts';

/** What rules are held against. */
export interface AssertInput extends CheckInput {
  /** Every stretch that the machine's map names. */
  readonly named: readonly LayoutRange[];
  /** Whether its map lists devices. */
  readonly listsDevices: boolean;
  /** Whether the fixed ranges, or some of them, are assumed. */
  readonly isFixedAssumed: boolean;
  /** Whether it is assumed that the MTRRs are on. */
  readonly isEnableAssumed: boolean;
  /** Whether variable ranges may be missing: the text was cut or filtered. */
  readonly areRangesTorn?: boolean;
}

/** Opens a vCPU of the VM, by its position, under a policy. */
export type PolicyOpener = (index: number, policy: Policy) => View;

/** What a judge says; the rest follows from the rule. */
export interface Ruling {
  /** `unknown`: it takes something that the input does not say; `none`: there is nothing to judge. */
  readonly outcome: 'holds' | 'broken' | 'unknown' | 'none';
  readonly message: string;
  readonly notes?: readonly string[];
  readonly pages?: bigint;
  readonly wrongPages?: bigint;
  readonly breaches?: readonly Breach[];
  readonly isCutShort?: boolean;
  readonly causes?: readonly Cause[];
  readonly remedy?: string;
  readonly vcpus?: readonly number[];
}

/** Ranges may be missing from the text: how many there are cannot be said. */
export const TORN_RANGES: Ruling = {
  outcome: 'unknown',
  message: 'the dump was cut or filtered inside the variable ranges: bring all of it (dmesg, or rdmsr)',
};

/** The verdict on a rule. */
export function verdictOf(
  outcome: Ruling['outcome'],
  { isWarning, whenMissing }: Pick<Assertion, 'isWarning' | 'whenMissing'>,
): Verdict {
  const broken = isWarning ? 'WARN' : 'FAIL';
  if (outcome === 'holds') return 'PASS';
  if (outcome === 'broken') return broken;
  return outcome === 'unknown' && whenMissing === 'fail' ? broken : 'SKIP';
}

/** States that are kept open at a time; machines with more are walked through in order. */
const MOST_OPEN = 64;

/** The machine. Dispose of it when done. */
export class AssertMachine {
  readonly input: AssertInput;
  readonly evaluator: Evaluator;
  readonly layout: MachineLayout;
  /** vCPUs by state, the largest group first. */
  readonly groups: readonly VcpuGroup[];
  readonly #open: PolicyOpener;
  readonly #first: CheckContext;
  readonly #contexts = new Map<number, CheckContext>();
  readonly #views = new Map<string, View>();

  constructor(input: AssertInput, evaluator: Evaluator, open: PolicyOpener) {
    this.input = input;
    this.evaluator = evaluator;
    this.#open = open;
    const first = new CheckContext(input, evaluator, (index) => this.openManual(index));
    this.#first = first;
    this.groups = first.groups;
    this.#contexts.set(0, first);
    this.layout = {
      memory: first.input.memory,
      named: input.named,
      listsDevices: input.listsDevices,
      isGuest: input.isGuest,
      frames: first.registers.frames,
    };
  }

  /** A vCPU under the manual's rules, in a view of its own: dispose of it when done. */
  openManual(index: number): View {
    return this.#open(index, policyNamed('sdm'));
  }

  /** A group's state under the manual's rules. Its view is good until many others were asked for. */
  context(group: number): CheckContext {
    const known = this.#contexts.get(group);
    if (known) return known;
    const index = this.groups[group]!.indexes[0]!;
    const like = { context: this.#first, index };
    const context = new CheckContext(this.input, this.evaluator, (one) => this.openManual(one), like);
    const [oldest] = this.#contexts;
    if (oldest && this.#contexts.size >= MOST_OPEN) {
      oldest[1].view.dispose();
      this.#contexts.delete(oldest[0]);
    }
    this.#contexts.set(group, context);
    return context;
  }

  /** A group's state under a policy; good as long as {@link context}'s. */
  view(group: number, policy: Policy | undefined): View {
    if (!policy || policy.row === 'sdm') return this.context(group).view;
    const key = `${group} ${policy.name}`;
    const known = this.#views.get(key);
    if (known) return known;
    const view = this.#open(this.groups[group]!.indexes[0]!, policy);
    const [oldest] = this.#views;
    if (oldest && this.#views.size >= MOST_OPEN) {
      oldest[1].dispose();
      this.#views.delete(oldest[0]);
    }
    this.#views.set(key, view);
    return view;
  }

  /** Ids of a group's vCPUs; empty where it is the only group. */
  idsOf(group: number): readonly number[] {
    if (this.groups.length === 1) return [];
    return this.groups[group]!.indexes.map((index) => this.input.vm.vcpus[index]!.id);
  }

  dispose(): void {
    for (const context of this.#contexts.values()) context.view.dispose();
    for (const view of this.#views.values()) view.dispose();
  }
}
