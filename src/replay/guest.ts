/**
 * The VM as it is at the moment, whatever the design: registers, paging, slots and devices, and what its vCPUs demand.
 * It says what each event changes; what becomes of entries is for the tables of each design.
 */
import type { Policy, Quirk } from '../policy/index.ts';
import type { GfnRange } from '../types.ts';
import { frameCount, type Vm } from '../vm/index.ts';
import { Agreement } from './agreement.ts';
import { Demands, ofHost, type Surroundings } from './demands.ts';
import type { Actor, EventOutcome, ReplayEvent } from './event.ts';
import { Inventory, type ReplaySlot } from './inventory.ts';
import type { ReplayOptions } from './options.ts';
import { differs, PAGING_OFF, PAGING_ON, type Paging, pagingAfter, pagingRole } from './paging.ts';
import { RegisterState } from './registers.ts';
import { isRunning, type VcpuEvent } from './run-states.ts';
import { StateCensus } from './state-census.ts';

/** A vCPU's registers, or its CR0.CD, were written. */
export interface StateWrite {
  readonly vcpu: number;
  /** The same object as `after` where nothing has changed. */
  readonly before: RegisterState;
  readonly after: RegisterState;
  /** The register; undefined where it is CR0. */
  readonly msr: number | undefined;
  readonly by: Actor;
  /** Whether any vCPU has CR0.CD=1. */
  readonly anyDisabledBefore: boolean;
  readonly anyDisabledAfter: boolean;
}

/** What an event changed; what it is not about is left out. */
export interface Change {
  readonly verdict: EventOutcome;
  readonly write?: StateWrite;
  /** Id of a vCPU that gives its root up. */
  readonly unloads?: number;
  /** Non-coherent DMA has started or stopped. */
  readonly dma?: true;
  /** A slot that was removed or moved, as it was. */
  readonly slotGone?: ReplaySlot;
  /** Dirty logging of a slot was switched. */
  readonly dirtyLog?: { readonly slot: ReplaySlot; readonly on: boolean };
}

/** Nothing has changed. */
export const DONE: Change = Object.freeze({ verdict: 'done' });

/** See the head of the file. */
export class Guest {
  readonly frames: number;
  readonly inventory: Inventory;
  readonly demands: Demands;
  /** Of the vCPUs that run. */
  readonly agreement: Agreement;
  /** Registers of the vCPUs that run. */
  readonly census = new StateCensus();
  readonly #states = new Map<number, RegisterState>();
  readonly #paging = new Map<number, Paging>();
  #quirks: readonly Quirk[];
  #disabled = 0;
  #first: number | undefined;

  constructor(
    readonly vm: Vm,
    readonly policy: Policy,
    { evaluator, start }: Pick<ReplayOptions, 'evaluator' | 'start'>,
  ) {
    this.frames = frameCount(vm.maxphyaddr);
    this.inventory = new Inventory(vm, start);
    this.#quirks = vm.quirks ?? policy.defaultQuirks;
    this.demands = new Demands(evaluator, policy, this.#surroundings());
    this.agreement = new Agreement(this.frames, this.#mapped());
    const paging = start?.paging === false ? PAGING_OFF : PAGING_ON;
    for (const { id, state } of vm.vcpus) {
      const registers = new Map(state.msrs.map(({ msr, value }) => [msr, value]));
      this.#join(id, new RegisterState(registers, state.cr0cd, state.guestHasMtrr, state.vcnt), paging);
    }
    this.#restart();
  }

  get quirks(): readonly Quirk[] {
    return this.#quirks;
  }
  /** Whether any vCPU has CR0.CD=1. */
  get anyDisabled(): boolean {
    return this.#disabled > 0;
  }
  /** The lowest id that there is. */
  get first(): number {
    this.#first ??= Math.min(...this.#states.keys());
    return this.#first;
  }
  /** Ids of the vCPUs that run. */
  get running(): readonly number[] {
    return [...this.#states.keys()].filter((id) => this.#runs(id));
  }

  stateOf(vcpu: number): RegisterState {
    return this.#states.get(vcpu)!;
  }

  /** Whether the vCPU is in a nested guest, whose entries are shadow pages. */
  isNested(vcpu: number): boolean {
    return this.inventory.vcpus.get(vcpu)!.nested;
  }

  /** What names the root of a vCPU by the release's role. */
  roleOf(vcpu: number): string {
    const { smm, nested } = this.inventory.vcpus.get(vcpu)!;
    if (nested) return 'nested';
    const paging = this.policy.zaps?.rootRole === 'paging' ? pagingRole(this.#paging.get(vcpu)!) : '';
    return smm ? `smm ${paging}` : paging;
  }

  #runs(vcpu: number): boolean {
    const state = this.inventory.vcpus.get(vcpu);
    return state !== undefined && isRunning(state);
  }

  #surroundings(): Surroundings {
    const { maxphyaddr, host } = this.vm;
    return {
      maxphyaddr,
      noncoherentDma: this.inventory.noncoherentDma,
      ...ofHost(host),
      quirks: this.#quirks,
      mmio: this.inventory.mmio,
      slots: this.inventory.slots,
    };
  }

  #mapped(): readonly GfnRange[] {
    return this.inventory.slots.map(({ gfn, count }) => ({ start: gfn, end: gfn + count }));
  }

  /** What the VM around the vCPUs is has changed. */
  #restart(): void {
    this.demands.surroundings = this.#surroundings();
    this.agreement.restart(this.running.map((id) => this.demands.types(this.stateOf(id))));
  }

  #slotsChanged(): void {
    this.agreement.mapped = this.#mapped();
    this.#restart();
  }

  #join(vcpu: number, state: RegisterState, paging: Paging): void {
    this.#states.set(vcpu, state);
    this.#paging.set(vcpu, paging);
    this.#first = undefined;
    if (state.cr0cd) this.#disabled += 1;
    if (this.#runs(vcpu)) this.census.add(state.stateKey, 1);
  }

  /** Lets an event happen that the inventory has no objection to. */
  apply(event: ReplayEvent): Change {
    switch (event.kind) {
      case 'wrmsr':
        return this.#wrmsr(event);
      case 'quirk':
        return { verdict: this.#quirk(event.quirk, event.on) };
      case 'dma': {
        const before = this.inventory.noncoherentDma;
        this.inventory.apply(event);
        // Only the first device that comes and the last that goes make a difference.
        if (before === this.inventory.noncoherentDma) return DONE;
        this.#restart();
        return { verdict: 'done', dma: true };
      }
      case 'slot-add':
        this.inventory.apply(event);
        this.#slotsChanged();
        return DONE;
      case 'slot-move':
      case 'slot-remove': {
        // KVM_SET_USER_MEMORY_REGION that changes nothing does nothing (seen live on 6.12).
        if (event.kind === 'slot-move' && event.to === event.gfn) return DONE;
        const slotGone = this.inventory.slotStartingAt(event.gfn)!;
        this.inventory.apply(event);
        this.#slotsChanged();
        return { verdict: 'done', slotGone };
      }
      case 'dirty-log': {
        const slot = this.inventory.slotStartingAt(event.gfn)!;
        this.inventory.apply(event);
        return slot.dirtyLog === event.on ? DONE : { verdict: 'done', dirtyLog: { slot, on: event.on } };
      }
      case 'hotplug':
        return this.#hotplug(event);
      case 'unplug':
        return this.#unplug(event);
      case 'touch':
      case 'report':
        return DONE;
      default:
        return this.#vcpuEvent(event);
    }
  }

  #wrmsr({ vcpu, msr, value, by = 'guest' }: Extract<ReplayEvent, { kind: 'wrmsr' }>): Change {
    const before = this.stateOf(vcpu);
    if (this.demands.isRefused(before, msr, value)) return { verdict: '#GP' };
    return { verdict: 'done', write: this.#written(vcpu, before.written(msr, value), msr, by) };
  }

  #written(vcpu: number, after: RegisterState, msr: number | undefined, by: Actor): StateWrite {
    const before = this.stateOf(vcpu);
    const anyDisabledBefore = this.anyDisabled;
    if (before !== after) {
      if (this.#runs(vcpu)) {
        // Before the states are exchanged: a state that no engine opens must not be taken over.
        this.agreement.change(this.demands.types(before), this.demands.types(after));
        this.census.add(before.stateKey, -1);
        this.census.add(after.stateKey, 1);
      } else this.demands.types(after);
      this.#states.set(vcpu, after);
      this.#disabled += Number(after.cr0cd) - Number(before.cr0cd);
    }
    return { vcpu, before, after, msr, by, anyDisabledBefore, anyDisabledAfter: this.anyDisabled };
  }

  /** Events that change CR0, EFER, or what the vCPU is doing. */
  #vcpuEvent(event: VcpuEvent): Change {
    const { vcpu } = event;
    const before = this.#paging.get(vcpu)!;
    const state = this.stateOf(vcpu);
    const wasWaiting = this.inventory.vcpus.get(vcpu)!.waits;
    const ran = this.#runs(vcpu);
    this.inventory.apply(event);
    this.#ranAndRuns(vcpu, ran);
    const after = pagingAfter(before, event, state.cr0cd);
    this.#paging.set(vcpu, after);
    const by = actorOf(event);
    const cd = cacheDisableAfter(state.cr0cd, event, before);
    const write = this.#written(vcpu, state.withCacheDisable(cd), undefined, by);
    const isReset = event.kind === 'reset' || event.kind === 'init';
    const isSmm = event.kind === 'smi' || event.kind === 'rsm';
    // KVM_SET_SREGS resets the MMU for any other bit of CR0, a MOV CR0 for paging and WP.
    const unloads =
      isReset || isSmm || differs(before, after) || (by === 'vmm' && write.before !== write.after);
    return {
      verdict: event.kind === 'sipi' && !wasWaiting ? 'ignored' : 'done',
      write,
      ...(unloads && { unloads: vcpu }),
    };
  }

  /** A vCPU that begins to run, or stops, joins or leaves those whose demands count. */
  #ranAndRuns(vcpu: number, ran: boolean): void {
    const runs = this.#runs(vcpu);
    if (ran === runs) return;
    const state = this.stateOf(vcpu);
    this.agreement.add(this.demands.types(state), runs ? 1 : -1);
    this.census.add(state.stateKey, runs ? 1 : -1);
  }

  #hotplug(event: Extract<ReplayEvent, { kind: 'hotplug' }>): Change {
    this.inventory.apply(event);
    const { guestHasMtrr, vcnt } = this.stateOf(this.first);
    const state = new RegisterState(new Map(), true, guestHasMtrr, vcnt);
    if (this.#runs(event.vcpu)) this.agreement.add(this.demands.types(state), 1);
    this.#join(event.vcpu, state, PAGING_OFF);
    return DONE;
  }

  #unplug(event: Extract<ReplayEvent, { kind: 'unplug' }>): Change {
    const { vcpu } = event;
    const state = this.stateOf(vcpu);
    if (this.#runs(vcpu)) {
      this.agreement.add(this.demands.types(state), -1);
      this.census.add(state.stateKey, -1);
    }
    if (state.cr0cd) this.#disabled -= 1;
    this.#states.delete(vcpu);
    this.#paging.delete(vcpu);
    this.#first = undefined;
    this.inventory.apply(event);
    return { verdict: 'done', unloads: vcpu };
  }

  #quirk(quirk: Quirk, on: boolean): EventOutcome {
    const { ignorePat } = this.policy.flags;
    if (this.#quirks.includes(quirk) === on) return 'done';
    const isPatQuirk = quirk === 'ignore-guest-pat';
    if (isPatQuirk && ignorePat !== 'quirk') return 'ignored';
    // Without self-snoop the request is taken and nothing comes of it.
    if (isPatQuirk && !this.vm.host.selfSnoop) return 'ignored';
    // Since the quirk exists, one that was disabled stays so.
    if (on && ignorePat === 'quirk') return 'refused';
    this.#quirks = on ? [...this.#quirks, quirk] : this.#quirks.filter((one) => one !== quirk);
    this.#restart();
    return 'done';
  }
}

/** Who changes CR0 by an event: RESET and INIT do not pass the guest's MOV CR0, RSM does. */
function actorOf(event: VcpuEvent): Actor {
  if (event.kind === 'reset' || event.kind === 'init') return 'vmm';
  return 'by' in event && event.by === 'vmm' ? 'vmm' : 'guest';
}

function cacheDisableAfter(before: boolean, event: VcpuEvent, { saved }: Paging): boolean {
  switch (event.kind) {
    case 'cr0cd':
      return event.on;
    case 'cr0':
      return event.cd ?? before;
    case 'reset':
      return true;
    case 'rsm':
      return saved?.cd ?? before;
    default:
      return before;
  }
}
