/** The VM as it is at the moment: its registers, slots and devices, the EPT, and what its vCPUs demand. */
import { MSR_PAT } from '../msr/index.ts';
import type { Policy, Quirk } from '../policy/index.ts';
import type { GfnRange } from '../types.ts';
import { frameCount, type Vm } from '../vm/index.ts';
import { Agreement } from './agreement.ts';
import { Demands, ofHost, type Surroundings } from './demands.ts';
import type { Actor, ReplayEvent, TouchEvent } from './event.ts';
import { Inventory } from './inventory.ts';
import type { ReplayOptions } from './options.ts';
import type { EventOutcome, ReplayStep, Zap, ZapReason } from './outcome.ts';
import { RegisterState, type Runs } from './registers.ts';
import { SharedEpt, type Touched } from './shared-ept.ts';
import { type ZapRange, type ZapRules, zapOfWrmsr, zapRulesOf } from './zap-rules.ts';

type MachineOptions = Pick<ReplayOptions, 'evaluator' | 'slotZap' | 'start'>;

/** See the head of the file. */
export class Machine {
  readonly inventory: Inventory;
  readonly ept: SharedEpt;
  readonly agreement: Agreement;
  readonly #frames: number;
  readonly #demands: Demands;
  readonly #rules: ZapRules;
  readonly #states = new Map<number, RegisterState>();
  #quirks: readonly Quirk[];

  constructor(
    readonly vm: Vm,
    readonly policy: Policy,
    readonly options: MachineOptions,
  ) {
    this.#frames = frameCount(vm.maxphyaddr);
    this.inventory = new Inventory(vm, options.start);
    this.ept = new SharedEpt(this.#frames);
    this.#quirks = vm.quirks ?? policy.defaultQuirks;
    this.#rules = zapRulesOf(policy);
    this.#demands = new Demands(options.evaluator, policy, this.#surroundings());
    this.agreement = new Agreement(this.#frames, this.#mapped());
    for (const { id, state } of vm.vcpus) {
      const registers = new Map(state.msrs.map(({ msr, value }) => [msr, value]));
      this.#states.set(id, new RegisterState(registers, state.cr0cd, state.guestHasMtrr, state.vcnt));
    }
    this.#restart();
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
    this.#demands.surroundings = this.#surroundings();
    this.agreement.restart([...this.#states.values()].map((state) => this.#demands.types(state)));
  }

  #slotsChanged(): void {
    this.agreement.mapped = this.#mapped();
    this.#restart();
  }

  #hasQuirk(quirk: Quirk): boolean {
    return this.#quirks.includes(quirk);
  }

  #changeState(vcpu: number, after: RegisterState): void {
    const before = this.#states.get(vcpu)!;
    if (before === after) return;
    // Before the states are exchanged: a state that no engine opens must not be taken over.
    const [old, now]: [Runs, Runs] = [this.#demands.types(before), this.#demands.types(after)];
    this.#states.set(vcpu, after);
    this.agreement.change(old, now);
  }

  #zapped(reason: ZapReason, range: ZapRange): Zap {
    return { reason, ranges: [range], lost: this.ept.zap(range.start, range.end) };
  }

  #zapEverything(reason: ZapReason): Zap {
    return this.#zapped(reason, { start: 0, end: this.#frames });
  }

  /** Lets an event happen that the inventory has no objection to. */
  apply(event: ReplayEvent): Pick<ReplayStep, 'verdict' | 'zap' | 'touched'> {
    const done = (zap?: Zap, verdict: EventOutcome = 'done') => ({ verdict, zap, touched: undefined });
    switch (event.kind) {
      case 'touch':
        return { verdict: 'done', zap: undefined, touched: this.#touch(event) };
      case 'wrmsr':
        return this.#wrmsr(event.vcpu, event.msr, event.value);
      case 'cr0cd':
        return done(this.#cacheDisable(event.vcpu, event.on, event.by));
      case 'cr0':
        return done(event.cd === undefined ? undefined : this.#cacheDisable(event.vcpu, event.cd, event.by));
      case 'reset':
        this.inventory.apply(event);
        return done(this.#cacheDisable(event.vcpu, true, 'vmm'));
      case 'dma':
        return done(this.#dma(event));
      case 'quirk':
        return done(undefined, this.#quirk(event.quirk, event.on));
      case 'hotplug': {
        this.inventory.apply(event);
        const [first] = this.#states.values();
        const { guestHasMtrr, vcnt } = first!;
        const state = new RegisterState(new Map(), true, guestHasMtrr, vcnt);
        this.agreement.add(this.#demands.types(state), 1);
        this.#states.set(event.vcpu, state);
        return done();
      }
      case 'unplug':
        this.inventory.apply(event);
        this.agreement.add(this.#demands.types(this.#states.get(event.vcpu)!), -1);
        this.#states.delete(event.vcpu);
        return done();
      case 'slot-add':
        this.inventory.apply(event);
        this.#slotsChanged();
        return done();
      case 'slot-move':
      case 'slot-remove':
        return done(this.#slotGone(event));
      case 'dirty-log':
        return done(this.#dirtyLog(event));
      default:
        this.inventory.apply(event);
        return done();
    }
  }

  #wrmsr(vcpu: number, msr: number, value: bigint): Pick<ReplayStep, 'verdict' | 'zap' | 'touched'> {
    const before = this.#states.get(vcpu)!;
    if (this.#demands.isRefused(before, msr, value)) {
      return { verdict: '#GP', zap: undefined, touched: undefined };
    }
    const after = before.written(msr, value);
    this.#changeState(vcpu, after);
    const zaps = this.#rules.onMtrr && this.inventory.noncoherentDma && msr !== MSR_PAT;
    const range = zaps ? zapOfWrmsr(after, msr, this.vm.maxphyaddr, this.#frames) : undefined;
    return { verdict: 'done', zap: range && this.#zapped('mtrr', range), touched: undefined };
  }

  #cacheDisable(vcpu: number, on: boolean, by: Actor = 'guest'): Zap | undefined {
    const before = this.#states.get(vcpu)!;
    if (before.cr0cd === on) return undefined;
    this.#changeState(vcpu, before.withCacheDisable(on));
    // The zap is in kvm_post_set_cr0(), which RESET and KVM_SET_SREGS do not pass.
    if (by === 'vmm') return undefined;
    const { noncoherentDma } = this.inventory;
    const zaps = this.#rules.onCacheDisable && noncoherentDma && !this.#hasQuirk('cd-nw-cleared');
    return zaps ? this.#zapEverything('cr0cd') : undefined;
  }

  #dma(event: ReplayEvent): Zap | undefined {
    const before = this.inventory.noncoherentDma;
    this.inventory.apply(event);
    // Only the first device that comes and the last that goes make a difference.
    if (before === this.inventory.noncoherentDma) return undefined;
    this.#restart();
    return this.#rules.onDma && this.#ignoresGuestPat() ? this.#zapEverything('dma') : undefined;
  }

  /** Whether the guest's PAT counts for nothing without non-coherent DMA: else DMA changes no entry. */
  #ignoresGuestPat(): boolean {
    const { ignorePat } = this.policy.flags;
    if (ignorePat === 'always' || !this.vm.host.selfSnoop) return true;
    return ignorePat === 'quirk' && this.#hasQuirk('ignore-guest-pat');
  }

  #quirk(quirk: Quirk, on: boolean): EventOutcome {
    const { ignorePat } = this.policy.flags;
    if (this.#hasQuirk(quirk) === on) return 'done';
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

  #slotGone(event: Extract<ReplayEvent, { kind: 'slot-move' | 'slot-remove' }>): Zap {
    const { gfn, count } = this.inventory.slotStartingAt(event.gfn)!;
    this.inventory.apply(event);
    this.#slotsChanged();
    const slotZap = this.options.slotZap ?? this.policy.zaps?.slotZap;
    return slotZap === 'slot'
      ? this.#zapped('slot', { start: gfn, end: gfn + count })
      : this.#zapEverything('slot');
  }

  #dirtyLog(event: Extract<ReplayEvent, { kind: 'dirty-log' }>): Zap | undefined {
    const slot = this.inventory.slotStartingAt(event.gfn)!;
    this.inventory.apply(event);
    if (event.on || !slot.dirtyLog) return undefined;
    const range = { start: slot.gfn, end: slot.gfn + slot.count };
    const lost = this.ept.zapCollapsible(slot, range.start, range.end);
    return { reason: 'dirty-log', ranges: [range], lost };
  }

  #touch({ vcpu, range, access }: TouchEvent): Touched {
    const touched: Touched = { installed: 0, replaced: 0, foreign: 0 };
    const state = this.#states.get(vcpu)!;
    const toucher = {
      types: this.#demands.types(state),
      levels: () => this.#demands.levels(state),
    };
    const isWrite = access === 'write';
    for (const slot of this.inventory.slots) {
      const start = Math.max(range.start, slot.gfn);
      const end = Math.min(range.end, slot.gfn + slot.count);
      // A write to a read-only slot leaves for the VMM, like an access to no slot at all.
      if (start >= end || (isWrite && slot.readonly)) continue;
      this.ept.touch(slot, start, end, isWrite, toucher, touched);
    }
    return touched;
  }
}
