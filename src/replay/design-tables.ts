/** The entries of a VM under one design: whose types they have, what zaps them, and which root they are in. */
import { MSR_PAT } from '../msr/index.ts';
import type { ZapFlags } from '../policy/index.ts';
import { LEAF_FRAMES } from '../ranges.ts';
import type { DesignRules } from './design.ts';
import type { JournalOfRoot } from './entry-journal.ts';
import type { ReplayEvent, TouchEvent } from './event.ts';
import type { Change, Guest, StateWrite } from './guest.ts';
import type { ReplaySlot } from './inventory.ts';
import { largerRegions } from './larger-regions.ts';
import type { ReplayOptions } from './options.ts';
import type { StepEffects, Zap, ZapReason } from './outcome.ts';
import { recoveryOf } from './recovery.ts';
import { Refaults } from './refaults.ts';
import type { RegisterState } from './registers.ts';
import { Roots } from './roots.ts';
import { addLost, NOTHING_LOST, type Touched, type Toucher } from './shared-ept.ts';
import { changedRanges, type ZapRange, type ZapRules, zapOfWrmsr, zapRulesOf } from './zap-rules.ts';

const NOTHING: StepEffects = Object.freeze({});

/** See the head of the file. */
export class DesignTables {
  readonly roots: Roots;
  readonly refaults: Refaults;
  /** Entries that were installed with a type that is known without asking a vCPU. */
  installedWithoutVcpu = 0;
  readonly #rules: ZapRules;
  readonly #flags: ZapFlags;

  constructor(
    readonly guest: Guest,
    readonly design: DesignRules,
    options: Pick<ReplayOptions, 'slotZap' | 'eagerSplit'>,
    journalOf?: JournalOfRoot,
  ) {
    const { policy, frames } = guest;
    this.#rules = zapRulesOf(policy);
    const { slotZap, eagerSplit } = options;
    this.#flags = {
      ...policy.zaps!,
      ...(slotZap !== undefined && { slotZap }),
      ...(eagerSplit !== undefined && { dirtyLogStart: eagerSplit ? 'split' : 'write-protect' }),
    };
    this.roots = new Roots(frames, this.#flags.rootLifetime, journalOf);
    this.refaults = new Refaults(frames);
  }

  /** What names the root that a vCPU runs on. */
  keyOf(vcpu: number): string {
    const role = this.guest.roleOf(vcpu);
    return this.design.root === 'state' ? `${role}|${this.guest.stateOf(vcpu).stateKey}` : role;
  }

  /** What comes of an event that has happened to the guest. */
  apply(event: ReplayEvent, change: Change): StepEffects {
    if (event.kind === 'touch') return { touched: this.#touch(event) };
    if (change.write) return this.#written(change.write, change.unloads);
    if (change.unloads !== undefined) return this.#unloaded(change.unloads);
    if (change.dma) return this.#rules.onDma && this.#ignoresGuestPat() ? this.#zapAll('dma') : NOTHING;
    if (change.slotGone) return this.#slotGone(change.slotGone);
    if (change.dirtyLog) return this.#dirtyLog(change.dirtyLog.slot, change.dirtyLog.on);
    return NOTHING;
  }

  #zapped(reason: ZapReason, ranges: readonly ZapRange[]): StepEffects {
    const lost = ranges.map(({ start, end }) => this.roots.zap(start, end)).reduce(addLost, NOTHING_LOST);
    return { zap: { reason, ranges, lost } };
  }

  get #everything(): ZapRange {
    return { start: 0, end: this.guest.frames };
  }
  #zapAll(reason: ZapReason): StepEffects {
    return this.#zapped(reason, [this.#everything]);
  }

  /** A vCPU's MMU is reset: with the last that holds it a root can go. */
  #unloaded(vcpu: number): StepEffects {
    const lost = this.roots.unload(vcpu);
    if (lost.entries === 0) return NOTHING;
    const zap: Zap = { reason: 'root', ranges: [this.#everything], lost };
    return { zap };
  }

  #written(write: StateWrite, unloads: number | undefined): StepEffects {
    const ranges = this.#rangesOf(write);
    const zapped = ranges && this.#zapped(write.msr === undefined ? 'cr0cd' : 'mtrr', ranges);
    const moves = this.design.root === 'state' && write.before.stateKey !== write.after.stateKey;
    const unloaded = unloads !== undefined || moves ? this.#unloaded(write.vcpu) : NOTHING;
    if (!zapped?.zap || !unloaded.zap) return zapped ?? unloaded;
    const withRoot = unloaded.zap.lost;
    return { zap: { ...zapped.zap, lost: addLost(zapped.zap.lost, withRoot), withRoot } };
  }

  /** Whose registers give the types, before and after a write. */
  #decided({ vcpu, before, after, anyDisabledBefore, anyDisabledAfter }: StateWrite): {
    readonly before: RegisterState;
    readonly after: RegisterState;
  } {
    if (this.design.type === 'max-cd') {
      return {
        before: before.withCacheDisable(anyDisabledBefore),
        after: after.withCacheDisable(anyDisabledAfter),
      };
    }
    return this.design.type === 'vcpu0' && vcpu !== this.guest.first
      ? { before, after: before }
      : { before, after };
  }

  /** What a write zaps; undefined: nothing. */
  #rangesOf(write: StateWrite): readonly ZapRange[] | undefined {
    const { zap } = this.design;
    if (zap === 'none' || (zap === 'vcpu0' && write.vcpu !== this.guest.first)) return undefined;
    if (!this.guest.inventory.noncoherentDma) return undefined;
    // The zap is in kvm_post_set_cr0(), which RESET and KVM_SET_SREGS do not pass.
    const isByVmm = write.msr === undefined && write.by === 'vmm';
    if (isByVmm) return undefined;
    if (zap === 'fine') {
      const { before, after } = this.#decided(write);
      const { demands } = this.guest;
      const ranges = changedRanges(demands.types(before), demands.types(after));
      return ranges.length > 0 ? ranges : undefined;
    }
    return write.msr === undefined ? this.#cacheDisableRanges(write) : this.#mtrrRanges(write, write.msr);
  }

  #mtrrRanges({ after }: StateWrite, msr: number): readonly ZapRange[] | undefined {
    if (!this.#rules.onMtrr || msr === MSR_PAT) return undefined;
    if (this.design.zap === 'cd-toggle' && after.cr0cd) return undefined;
    const range = zapOfWrmsr(after, msr, this.guest.vm.maxphyaddr, this.guest.frames);
    return range && [range];
  }

  #cacheDisableRanges(write: StateWrite): readonly ZapRange[] | undefined {
    if (!this.#rules.onCacheDisable) return undefined;
    const toggles =
      this.design.type === 'max-cd'
        ? write.anyDisabledBefore !== write.anyDisabledAfter
        : write.before.cr0cd !== write.after.cr0cd;
    const isQuirked = this.design.zap !== 'cd-toggle' && this.guest.quirks.includes('cd-nw-cleared');
    return toggles && !isQuirked ? [this.#everything] : undefined;
  }

  /** Whether the guest's PAT counts for nothing without non-coherent DMA: else DMA changes no entry. */
  #ignoresGuestPat(): boolean {
    const { ignorePat } = this.guest.policy.flags;
    if (ignorePat === 'always' || !this.guest.vm.host.selfSnoop) return true;
    return ignorePat === 'quirk' && this.guest.quirks.includes('ignore-guest-pat');
  }

  #slotGone({ gfn, count }: ReplaySlot): StepEffects {
    if (this.#flags.slotZap === 'slot') return this.#zapped('slot', [{ start: gfn, end: gfn + count }]);
    return { zap: { reason: 'slot', ranges: [this.#everything], lost: this.roots.clear() } };
  }

  #dirtyLog(slot: ReplaySlot, on: boolean): StepEffects {
    const range = { start: slot.gfn, end: slot.gfn + slot.count };
    let resized = 0;
    if (on) {
      if (this.#flags.dirtyLogStart === 'write-protect') return NOTHING;
      for (const { ept } of this.roots.all) resized += ept.split(range.start, range.end);
      return { split: resized };
    }
    const recovery = recoveryOf(this.roots, slot, this.guest);
    if (this.#flags.dirtyLogEnd === 'zap') {
      const lost = this.roots.sum(({ ept }) => ept.zapRegions(largerRegions(ept, slot)));
      return { zap: { reason: 'dirty-log', ranges: [range], lost }, recovery };
    }
    for (const { ept } of this.roots.all) {
      for (const region of largerRegions(ept, slot)) {
        ept.recover(region);
        resized += 1;
      }
    }
    return { recovered: resized, recovery };
  }

  /** Whose registers a fault of a vCPU is answered by. */
  #decider(vcpu: number): RegisterState {
    const { guest } = this;
    if (this.design.type === 'vcpu0') return guest.stateOf(guest.first);
    const own = guest.stateOf(vcpu);
    return this.design.type === 'max-cd' ? own.withCacheDisable(guest.anyDisabled) : own;
  }

  #touch({ vcpu, range, access }: TouchEvent): Touched {
    const { guest } = this;
    const key = this.keyOf(vcpu);
    const { ept } = guest.isNested(vcpu) ? this.roots.shadow(key) : this.roots.load(vcpu, key);
    const touched: Touched = { installed: 0, replaced: 0, foreign: 0 };
    const decider = this.#decider(vcpu);
    const isWrite = access === 'write';
    const toucher: Toucher = {
      types: guest.demands.types(decider),
      own: guest.demands.types(guest.stateOf(vcpu)),
      isWrite,
      largeWrite: this.#flags.largeWrite,
      levels: () => guest.demands.levels(decider),
      installed: (slot, start, end, level) => this.#installed(slot, start, end, level),
    };
    for (const slot of guest.inventory.slots) {
      const start = Math.max(range.start, slot.gfn);
      const end = Math.min(range.end, slot.gfn + slot.count);
      // A write to a read-only slot leaves for the VMM, like an access to no slot at all.
      if (start >= end || (isWrite && slot.readonly)) continue;
      ept.touch(slot, start, end, toucher, touched);
    }
    this.roots.settle(key);
    return touched;
  }

  #installed({ mmio }: ReplaySlot, start: number, end: number, level: 1 | 2 | 3): void {
    this.refaults.installed(start, end, level);
    const isKnown = !this.guest.demands.asksVcpu || mmio.some((one) => one.start <= start && start < one.end);
    if (isKnown) this.installedWithoutVcpu += (end - start) / LEAF_FRAMES[level];
  }
}
