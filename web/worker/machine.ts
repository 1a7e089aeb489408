/** One opened machine: its lanes as views, opened when they are first asked and kept while they are in use. */
import type { Evaluator, Policy, View } from '../../src/index.ts';
import { type OpenedConfig, openView, vcpuIndex, withSettings } from '../../src/open/index.ts';
import { policyFromText } from '../../src/policy/index.ts';
import { idsText } from '../../src/write/index.ts';
import type { Lane } from './protocol.ts';

/** A lane that was opened. */
export interface OpenLane {
  readonly opened: OpenedConfig;
  /** Position of the vCPU. */
  readonly index: number;
  readonly policy: Policy;
  readonly view: View;
  readonly title: string;
}

/** Views that are kept: as many lanes as anybody looks at, and some to come back to. */
const MOST_LANES = 64;

/** `kvm-6.8, vCPU 3, cr0cd=true`; the vCPU where there is more than one state. */
function titleOf(opened: OpenedConfig, index: number, policy: Policy, { vcpu, set = [] }: Lane): string {
  const { vm } = opened;
  const ids = vm.vcpus.filter(({ state }) => state === vm.vcpus[index]!.state).map(({ id }) => id);
  const who = vcpu === undefined || ids.length === vm.vcpus.length ? [] : [`vCPU ${idsText(ids)}`];
  return [policy.name, ...who, ...set].join(', ');
}

/** A machine and its lanes, all of one evaluator, so that they can be held against each other. */
export class OpenMachine {
  readonly opened: OpenedConfig;
  readonly #evaluator: Evaluator;
  readonly #lanes = new Map<string, OpenLane>();

  constructor(opened: OpenedConfig, evaluator: Evaluator) {
    this.opened = opened;
    this.#evaluator = evaluator;
  }

  /**
   * The machine with the changes of a lane.
   *
   * @throws InputError where a path or value is none
   */
  changed(set: readonly string[] | undefined): OpenedConfig {
    return set?.length ? withSettings(this.opened, set) : this.opened;
  }

  /**
   * Opens a lane.
   *
   * @throws ConfigError or InputError where a register write is refused, or the policy or vCPU is none
   */
  lane(lane: Lane): OpenLane {
    const key = JSON.stringify([lane.policy, lane.vcpu, lane.set]);
    const known = this.#lanes.get(key);
    if (known) {
      // Behind the others: those that nobody asks are the first to go.
      this.#lanes.delete(key);
      this.#lanes.set(key, known);
      return known;
    }
    const made = this.#open(lane);
    this.#lanes.set(key, made);
    this.#dropOldest();
    return made;
  }

  #open(lane: Lane): OpenLane {
    const opened = this.changed(lane.set);
    const policy = policyFromText(lane.policy);
    const index = vcpuIndex(opened.vm, lane.vcpu === undefined ? undefined : String(lane.vcpu));
    const view = openView(this.#evaluator, opened, index, policy);
    return { opened, index, policy, view, title: titleOf(opened, index, policy, lane) };
  }

  #dropOldest(): void {
    for (const [key, { view }] of this.#lanes) {
      if (this.#lanes.size <= MOST_LANES) return;
      view.dispose();
      this.#lanes.delete(key);
    }
  }

  dispose(): void {
    for (const { view } of this.#lanes.values()) view.dispose();
    this.#lanes.clear();
  }
}
