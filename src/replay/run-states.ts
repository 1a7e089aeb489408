/** Which vCPUs there are, and what each is doing: it runs, waits for SIPI, was stopped by the VMM, is in SMM or a nested guest. */
import { MAX_VCPUS, type Vm } from '../vm/index.ts';
import type { EventProblem, ReplayEvent } from './event.ts';
import type { StartState } from './options.ts';

/** An event of one vCPU. */
export type VcpuEvent = Extract<ReplayEvent, { readonly vcpu: number }>;

/** What one vCPU is doing. */
export interface RunState {
  /** It waits for SIPI: only the VMM does anything for it. */
  readonly waits: boolean;
  /** The VMM does not run it. */
  readonly stopped: boolean;
  readonly smm: boolean;
  /** It is in a nested guest. */
  readonly nested: boolean;
}

const RUNNING: RunState = Object.freeze({ waits: false, stopped: false, smm: false, nested: false });

/** Whether a vCPU runs, so that it can fault. */
export function isRunning({ waits, stopped }: RunState): boolean {
  return !waits && !stopped;
}

/** See the head of the file. */
export class RunStates {
  readonly #states: Map<number, RunState>;
  readonly #hasSmm: boolean;

  constructor(vm: Vm, { waiting = [], smm = true }: StartState = {}) {
    const waits = new Set(waiting);
    this.#states = new Map(
      vm.vcpus.map(({ id }) => [id, waits.has(id) ? { ...RUNNING, waits: true } : RUNNING]),
    );
    this.#hasSmm = smm;
  }

  get(vcpu: number): RunState | undefined {
    return this.#states.get(vcpu);
  }

  /** Why an event of a vCPU cannot happen, or undefined. */
  problemOf(event: VcpuEvent): EventProblem | undefined {
    if (event.kind === 'hotplug') return this.#hotplugProblem(event.vcpu);
    const state = this.#states.get(event.vcpu);
    if (!state) return this.#noVcpu(event.vcpu);
    switch (event.kind) {
      case 'unplug':
        return this.#states.size > 1 ? undefined : { key: 'vcpu', message: 'expected a vCPU to be left' };
      case 'wrmsr':
      case 'cr0cd':
      case 'cr0':
      case 'efer':
        return event.by === 'vmm'
          ? undefined
          : idleProblem(event.vcpu, state, 'by: vmm says that the VMM does it');
      case 'touch':
        return idleProblem(event.vcpu, state);
      case 'smi':
        return this.#smiProblem(event.vcpu, state);
      case 'rsm':
        if (!state.smm)
          return { key: 'vcpu', message: `vCPU ${event.vcpu} is not in SMM: an smi comes first` };
        return idleProblem(event.vcpu, state);
      case 'nested':
        return nestedProblem(event, state);
      case 'stop':
        return state.stopped ? { key: 'vcpu', message: `vCPU ${event.vcpu} is stopped already` } : undefined;
      case 'start':
        return state.stopped ? undefined : { key: 'vcpu', message: `vCPU ${event.vcpu} is not stopped` };
      default:
        return undefined;
    }
  }

  #noVcpu(vcpu: number): EventProblem {
    const ids = [...this.#states.keys()].sort((a, b) => a - b);
    const known = ids.length <= 16 ? ids.join(', ') : `${ids[0]} to ${ids.at(-1)}`;
    return { key: 'vcpu', message: `no vCPU ${vcpu}: there are ${known}` };
  }

  #hotplugProblem(vcpu: number): EventProblem | undefined {
    if (!Number.isInteger(vcpu) || vcpu < 0 || vcpu > 0xffffffff) {
      return { key: 'vcpu', message: `expected an id 0..2^32-1, got ${vcpu}` };
    }
    if (this.#states.has(vcpu)) return { key: 'vcpu', message: `vCPU ${vcpu} is there already` };
    if (this.#states.size < MAX_VCPUS) return undefined;
    return { key: 'vcpu', message: `expected at most ${MAX_VCPUS} vCPUs` };
  }

  #smiProblem(vcpu: number, state: RunState): EventProblem | undefined {
    if (!this.#hasSmm)
      return { key: 'vcpu', message: 'the VM has no SMM (smm: false), so that no SMI comes' };
    if (state.smm) return { key: 'vcpu', message: `vCPU ${vcpu} is in SMM already: an rsm comes first` };
    return idleProblem(vcpu, state);
  }

  /** Takes note of an event that has no problem. */
  apply(event: VcpuEvent): void {
    switch (event.kind) {
      case 'hotplug':
        this.#states.set(event.vcpu, event.waits ? { ...RUNNING, waits: true } : RUNNING);
        return;
      case 'unplug':
        this.#states.delete(event.vcpu);
        return;
      default: {
        const state = this.#states.get(event.vcpu);
        const part = changeBy(event);
        if (state && part) this.#states.set(event.vcpu, { ...state, ...part });
      }
    }
  }
}

/** What an event changes of what a vCPU is doing. */
function changeBy(event: VcpuEvent): Partial<RunState> | undefined {
  switch (event.kind) {
    case 'reset':
    case 'init':
      return { waits: event.waits ?? false, smm: false, nested: false };
    case 'sipi':
      return { waits: false };
    case 'stop':
    case 'start':
      return { stopped: event.kind === 'stop' };
    case 'smi':
      return { smm: true, nested: false };
    case 'rsm':
      return { smm: false };
    case 'nested':
      return { nested: event.on };
    default:
      return undefined;
  }
}

function idleProblem(vcpu: number, { waits, stopped }: RunState, remedy?: string): EventProblem | undefined {
  if (!waits && !stopped) return undefined;
  const why = stopped ? 'the VMM has stopped it, and start lets it run' : 'it waits for SIPI';
  const how = remedy === undefined ? '' : `; ${remedy}`;
  return { key: 'vcpu', message: `vCPU ${vcpu} does not run: ${why}${how}` };
}

function nestedProblem(
  { vcpu, on }: Extract<ReplayEvent, { kind: 'nested' }>,
  state: RunState,
): EventProblem | undefined {
  if (on && state.smm)
    return { key: 'vcpu', message: `vCPU ${vcpu} is in SMM, where no nested guest is entered` };
  if (on === state.nested) {
    return {
      key: 'vcpu',
      message: `vCPU ${vcpu} is ${on ? 'in a nested guest already' : 'in no nested guest'}`,
    };
  }
  return idleProblem(vcpu, state);
}
