/** One opened machine: its lanes as views, opened when they are first asked and kept while they are in use. */
import type { Evaluator, Policy, View } from '../../src/index.ts';
import { type OpenedConfig, openView, vcpuIndex } from '../../src/open/index.ts';
import { policyFromText } from '../../src/policy/index.ts';
import { idsText } from '../../src/write/index.ts';
import type { Lane, ReadingOptions } from './protocol.ts';

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

/** Reads a text otherwise. */
export type Reopen = (change: ReadingOptions) => Promise<OpenedConfig>;

/** A machine and its lanes, all of one evaluator, so that they can be held against each other. */
export class OpenMachine {
  readonly opened: OpenedConfig;
  /** The same text read once more, as another of its states or boots. */
  readonly reopen: Reopen;
  readonly #evaluator: Evaluator;
  /** By what they are of; a lane that is being opened is opened once. */
  readonly #lanes = new Map<string, Promise<OpenLane>>();

  constructor(opened: OpenedConfig, evaluator: Evaluator, reopen: Reopen) {
    this.opened = opened;
    this.reopen = reopen;
    this.#evaluator = evaluator;
  }

  /**
   * The machine with changes.
   *
   * @throws InputError where a path or value is none
   */
  async changed(set: readonly string[] | undefined): Promise<OpenedConfig> {
    if (!set?.length) return this.opened;
    const { withSettings } = await import('./settings.ts');
    return withSettings(this.opened, set);
  }

  /**
   * Opens a lane.
   *
   * @throws ConfigError or InputError where a register write is refused, or the policy or vCPU is none
   */
  lane(lane: Lane): Promise<OpenLane> {
    const key = JSON.stringify([lane.policy, lane.vcpu, lane.set]);
    const made = this.#lanes.get(key) ?? this.#open(lane);
    // Behind the others: those that nobody asks are the first to go.
    this.#lanes.delete(key);
    this.#lanes.set(key, made);
    this.#dropOldest();
    return made;
  }

  async #open(lane: Lane): Promise<OpenLane> {
    const opened = await this.changed(lane.set);
    const policy = policyFromText(lane.policy);
    const index = vcpuIndex(opened.vm, lane.vcpu === undefined ? undefined : String(lane.vcpu));
    const view = openView(this.#evaluator, opened, index, policy);
    return { opened, index, policy, view, title: titleOf(opened, index, policy, lane) };
  }

  #dropOldest(): void {
    for (const [key, lane] of this.#lanes) {
      if (this.#lanes.size <= MOST_LANES) return;
      this.#lanes.delete(key);
      disposeOf(lane);
    }
  }

  dispose(): void {
    for (const lane of this.#lanes.values()) disposeOf(lane);
    this.#lanes.clear();
  }
}

/** One that could not be opened has nothing to dispose of. */
function disposeOf(lane: Promise<OpenLane>): void {
  lane.then(
    ({ view }) => view.dispose(),
    () => undefined,
  );
}
