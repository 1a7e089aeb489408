/**
 * A VM through time: registers are written, pages touched, slots and devices come and go, and the one EPT that
 * all vCPUs share keeps what was installed until the release's rules zap it.
 */
import { requireInteger, requireIterable, requireKeys, requireWord } from '../arguments.ts';
import { type Evaluator, requireEvaluator } from '../engine/evaluator.ts';
import { InputRangeError } from '../errors.ts';
import { MSR_PAT } from '../msr/index.ts';
import { type Policy, type Quirk, requirePolicy } from '../policy/index.ts';
import type { GfnRange } from '../types.ts';
import { frameCount, requireVm, type Vm } from '../vm/index.ts';
import { Agreement } from './agreement.ts';
import { Demands, ofHost, requireKvm, type Surroundings } from './demands.ts';
import type { ReplayEvent, TouchEvent } from './event.ts';
import { Inventory } from './inventory.ts';
import { RegisterState, type Runs } from './registers.ts';
import { type ReplayReport, reportOf } from './report.ts';
import { type Lost, SharedEpt, type Touched } from './shared-ept.ts';
import { type Window, WindowLog, type WindowTotals } from './windows.ts';
import { type ZapRange, type ZapRules, zapOfWrmsr, zapRulesOf } from './zap-rules.ts';

/** Why entries were zapped. */
export type ZapReason = 'mtrr' | 'cr0cd' | 'dma' | 'slot' | 'dirty-log';

/** Entries that an event zapped, or would have if the range were not empty. */
export interface Zap {
  readonly reason: ZapReason;
  readonly ranges: readonly ZapRange[];
  /** Entries and pages that were mapped there. */
  readonly lost: Lost;
}

/**
 * How an event ended: `#GP`: the write was refused and changed nothing; `ignored`: the kernel takes the request
 * and does nothing; `refused`: it does not take it.
 */
export type EventOutcome = 'done' | '#GP' | 'ignored' | 'refused';

/** What came of an event. */
export interface ReplayStep {
  /** Position of the event, from 0. */
  readonly index: number;
  readonly event: ReplayEvent;
  readonly verdict: EventOutcome;
  readonly zap: Zap | undefined;
  readonly touched: Readonly<Touched> | undefined;
  /** Pages in slots on which the vCPUs disagree afterwards. */
  readonly disagree: number;
  /** Set where a report was due. */
  readonly report: ReplayReport | undefined;
}

/** Zaps of one reason. */
export interface ZapTotal {
  readonly reason: ZapReason;
  readonly count: number;
  /** Zaps of an empty range, or one that runs backwards: none of them zapped anything. */
  readonly empty: number;
  readonly entries: number;
  readonly pages: number;
}

/** What a replay came to. */
export interface ReplaySummary {
  readonly policy: Policy;
  /** Events that happened. */
  readonly events: number;
  /** Position of the refused write at which the replay stopped. */
  readonly stoppedAt: number | undefined;
  /** Register writes that were refused with #GP. */
  readonly faults: number;
  readonly zaps: readonly ZapTotal[];
  readonly installed: number;
  readonly replaced: number;
  /** Pages that were accessed through an entry that the accessing vCPU's state does not demand. */
  readonly foreignAccesses: number;
  readonly windows: readonly Window[];
  readonly windowTotals: WindowTotals;
  /** How things stand at the end. */
  readonly last: ReplayReport;
}

/** What {@link replay} takes besides the VM and the events. */
export interface ReplayOptions {
  readonly evaluator: Evaluator;
  /** Default: the VM's. */
  readonly policy?: Policy;
  /** A report after every so many events; 0, the default: only where an event asks for one. */
  readonly every?: number;
  /** What to do when a register write is refused with #GP. Default `continue`. */
  readonly onFault?: 'continue' | 'stop';
  /**
   * What KVM zaps when a slot is removed or moved: everything, or that slot (from 6.12 on with
   * KVM_X86_QUIRK_SLOT_ZAP_ALL off). Default: as the release does by default.
   */
  readonly slotZap?: 'all' | 'slot' | undefined;
}

const OPTION_KEYS: readonly string[] = ['evaluator', 'policy', 'every', 'onFault', 'slotZap'];

function requireOptions(vm: Vm, events: Iterable<ReplayEvent>, options: ReplayOptions): void {
  requireVm(vm);
  requireIterable('events', events, 'events');
  requireKeys('', options, OPTION_KEYS, 'options such as { evaluator }');
  const { evaluator, policy, every = 0, onFault = 'continue', slotZap = 'all' } = options;
  requireEvaluator(evaluator);
  if (policy !== undefined) requirePolicy('policy', policy);
  requireInteger('every', every, 0, Number.MAX_SAFE_INTEGER);
  requireWord('onFault', onFault, ['continue', 'stop']);
  requireWord('slotZap', slotZap, ['all', 'slot']);
}

interface MutableTotal {
  count: number;
  empty: number;
  entries: number;
  pages: number;
}

/** The VM as it is at the moment. */
class Machine {
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
    readonly options: ReplayOptions,
  ) {
    this.#frames = frameCount(vm.maxphyaddr);
    this.inventory = new Inventory(vm);
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
        return done(this.#cacheDisable(event.vcpu, event.on));
      case 'reset':
        return done(this.#cacheDisable(event.vcpu, true));
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

  #cacheDisable(vcpu: number, on: boolean): Zap | undefined {
    const before = this.#states.get(vcpu)!;
    if (before.cr0cd === on) return undefined;
    this.#changeState(vcpu, before.withCacheDisable(on));
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

/** Steps of a replay, each after it has happened; its return value is the summary. */
export type Replay = Generator<ReplayStep, ReplaySummary, undefined>;

class Totals {
  readonly zaps = new Map<ZapReason, MutableTotal>();
  faults = 0;
  installed = 0;
  replaced = 0;
  foreignAccesses = 0;

  note({ verdict, zap, touched }: Pick<ReplayStep, 'verdict' | 'zap' | 'touched'>): void {
    if (verdict === '#GP') this.faults += 1;
    if (touched) {
      this.installed += touched.installed;
      this.replaced += touched.replaced;
      this.foreignAccesses += touched.foreign;
    }
    if (!zap) return;
    const total = this.zaps.get(zap.reason) ?? { count: 0, empty: 0, entries: 0, pages: 0 };
    total.count += 1;
    if (zap.ranges.every(({ start, end }) => end <= start)) total.empty += 1;
    total.entries += zap.lost.entries;
    total.pages += zap.lost.pages;
    this.zaps.set(zap.reason, total);
  }
}

/**
 * Lets events happen to a VM.
 *
 * @param vm - as it is before the first event, nothing mapped
 * @param events - in order; any number, taken one by one
 * @param options - evaluator, policy, how often to report, what a refused write does
 * @returns a generator: a step an event, the summary at its end. The same input gives the same steps
 * @throws InputTypeError, InputRangeError for options that cannot be, and with path `events.N.KEY` for an event that cannot happen (no such vCPU, an overlapping
 * slot, time going backwards); WrmsrFault where the VM's own registers are refused
 * @example
 * const guest = vm({ maxphyaddr: 36, noncoherentDma: true, policy: policy('kvm-6.6'), vcpus: [{}] });
 * const touch = { kind: 'touch', vcpu: 0, range: { start: 0, end: 512 }, access: 'read' };
 * const steps = [...replay(guest, [touch], { evaluator: createEvaluatorSync() })];
 * steps.length; // 1
 */
export function replay(vm: Vm, events: Iterable<ReplayEvent>, options: ReplayOptions): Replay {
  requireOptions(vm, events, options);
  return steps(vm, events, options);
}

function* steps(vm: Vm, events: Iterable<ReplayEvent>, options: ReplayOptions): Replay {
  const policy = options.policy ?? vm.policy;
  requireKvm(policy, vm.host);
  const { every = 0, onFault = 'continue' } = options;
  const machine = new Machine(vm, policy, options);
  const totals = new Totals();
  const windows = new WindowLog();
  let index = 0;
  let at: number | undefined;
  let stoppedAt: number | undefined;
  windows.note(0, at, machine.agreement.disagree, 0);
  for (const event of events) {
    const problem = machine.inventory.problemOf(event);
    if (problem) throw new InputRangeError(`events.${index}.${problem.key}`, problem.message);
    at = event.at ?? at;
    machine.inventory.pass(event);
    const outcome = machine.apply(event);
    totals.note(outcome);
    const { disagree } = machine.agreement;
    const happened = index + 1;
    windows.note(happened, at, disagree, outcome.touched?.foreign ?? 0);
    const isDue = event.kind === 'report' || (every > 0 && happened % every === 0);
    const report = isDue ? reportOf(machine.ept, machine.agreement, happened, at) : undefined;
    const { verdict, zap, touched } = outcome;
    yield { index, event, verdict, zap, touched, disagree, report };
    index = happened;
    if (outcome.verdict === '#GP' && onFault === 'stop') {
      stoppedAt = index - 1;
      break;
    }
  }
  return {
    policy,
    events: index,
    stoppedAt,
    faults: totals.faults,
    zaps: [...totals.zaps].map(([reason, total]) => ({ reason, ...total })),
    installed: totals.installed,
    replaced: totals.replaced,
    foreignAccesses: totals.foreignAccesses,
    windows: windows.windows,
    windowTotals: windows.totals,
    last: reportOf(machine.ept, machine.agreement, index, at),
  };
}
