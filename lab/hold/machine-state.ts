/** The registers, slots and devices of a guest as its events leave them, to ask an engine with. */
import type { Evaluator, View } from '../../src/engine/index.ts';
import type { Policy, Quirk } from '../../src/policy/index.ts';
import { Inventory, type ReplayEvent, type ReplaySlot } from '../../src/replay/index.ts';
import { type MsrWrite, type Vcpu, type Vm, vcpu } from '../../src/vm/index.ts';

interface Registers {
  msrs: readonly MsrWrite[];
  cr0cd: boolean;
}

/** See the head of the file. */
export class MachineState {
  readonly #inventory: Inventory;
  readonly #registers = new Map<number, Registers>();
  readonly #views = new Map<string, View>();
  #quirks: readonly Quirk[];

  constructor(
    readonly vm: Vm,
    readonly policy: Policy,
    readonly evaluator: Evaluator,
  ) {
    this.#inventory = new Inventory(vm);
    this.#quirks = vm.quirks ?? policy.defaultQuirks;
    for (const { id, state } of vm.vcpus) {
      this.#registers.set(id, { msrs: state.msrs, cr0cd: state.cr0cd });
    }
  }

  slotAt(gfn: number): ReplaySlot | undefined {
    return this.#inventory.slots.find((slot) => slot.gfn <= gfn && gfn < slot.gfn + slot.count);
  }

  /** What an engine reads of a vCPU. */
  vcpu(id: number): Vcpu {
    const { msrs, cr0cd } = this.#registers.get(id)!;
    return vcpu({
      maxphyaddr: this.vm.maxphyaddr,
      msrs,
      cr0cd,
      noncoherentDma: this.#inventory.noncoherentDma,
      quirks: this.#quirks,
      slots: this.#inventory.slots.map(({ gfn, count, pfn, readonly, maxLevel }) => ({
        gfn,
        count,
        pfn,
        readonly,
        maxLevel,
      })),
      mmio: this.#inventory.mmio,
    });
  }

  /** A view of a vCPU as it is now. */
  view(id: number): View {
    const now = this.vcpu(id);
    const key = JSON.stringify(now, (_, value) => (typeof value === 'bigint' ? `${value}n` : value));
    const known = this.#views.get(key);
    if (known) return known;
    const view = this.evaluator.view(now, this.policy);
    this.#views.set(key, view);
    return view;
  }

  #quirk(quirk: Quirk, on: boolean): void {
    // From the release on that has the PAT quirk, one that is off stays off.
    if (on && this.policy.flags.ignorePat === 'quirk') return;
    const others = this.#quirks.filter((one) => one !== quirk);
    this.#quirks = on ? [...others, quirk] : others;
  }

  /** Lets an event happen; `taken`: a register write was not refused. */
  apply(event: ReplayEvent, taken: boolean): void {
    const registers = 'vcpu' in event ? this.#registers.get(event.vcpu) : undefined;
    if (event.kind === 'wrmsr' && taken) {
      const { msr, value } = event;
      registers!.msrs = [...registers!.msrs.filter((one) => one.msr !== msr), { msr, value }];
    } else if (event.kind === 'cr0cd') registers!.cr0cd = event.on;
    else if (event.kind === 'cr0') registers!.cr0cd = event.cd ?? registers!.cr0cd;
    else if (event.kind === 'reset') registers!.cr0cd = true;
    else if (event.kind === 'quirk') this.#quirk(event.quirk, event.on);
    else this.#inventory.apply(event);
  }

  dispose(): void {
    for (const view of this.#views.values()) view.dispose();
    this.#views.clear();
  }
}
