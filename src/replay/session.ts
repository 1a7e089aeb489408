/** A replay as it goes on: one guest, and the tables of each design. */
import { InputRangeError } from '../errors.ts';
import type { GfnRange } from '../types.ts';
import type { Vm } from '../vm/index.ts';
import { requireKvm } from './demands.ts';
import type { DesignRules } from './design.ts';
import { DesignTables } from './design-tables.ts';
import type { JournalOfRoot } from './entry-journal.ts';
import type { EventOutcome, ReplayEvent, TouchEvent } from './event.ts';
import { type Change, DONE, Guest } from './guest.ts';
import type { ReplayOptions } from './options.ts';
import type { EventsWith, ReplayStep, ReplaySummary, StepEffects } from './outcome.ts';
import { ownReads, withReads } from './own-reads.ts';
import { type ReplayReport, reportOf } from './report.ts';
import { Totals } from './totals.ts';
import { WindowLog } from './windows.ts';

/** Counts events after which something holds. */
class EventCounter {
  #events = 0;
  #first: number | undefined;

  note(index: number, holds: boolean): void {
    if (!holds) return;
    this.#events += 1;
    this.#first ??= index;
  }
  get counted(): EventsWith {
    return { events: this.#events, first: this.#first };
  }
}

/** One design's side of a replay. */
class Side {
  readonly totals = new Totals();
  readonly windows = new WindowLog();
  peakRoots = 0;
  peakTables = 0;
  constructor(readonly tables: DesignTables) {}

  report(events: number, at: number | undefined): ReplayReport {
    const { guest, roots } = this.tables;
    const keyOf = (vcpu: number) => this.tables.keyOf(vcpu);
    const report = reportOf({ guest, roots, keyOf }, events, at);
    this.peakTables = Math.max(this.peakTables, report.tables);
    this.peakRoots = Math.max(this.peakRoots, report.roots);
    return report;
  }
}

function rulesOf({ type, zap, root }: DesignRules): string {
  return `${type} ${zap} ${root}`;
}

/** See the head of the file. */
export class Session {
  readonly #guest: Guest;
  readonly #designs: readonly DesignRules[];
  /** One for all designs with the same rules. */
  readonly #sides: ReadonlyMap<string, Side>;
  readonly #every: number;
  readonly #guestPages: readonly GfnRange[];
  readonly #registersDiffer = new EventCounter();
  readonly #effectDiffers = new EventCounter();
  #happened = 0;
  #at: number | undefined;
  #stoppedAt: number | undefined;

  /** @param journalOf - who takes note of entries; of one design, else all write into the same */
  constructor(vm: Vm, options: ReplayOptions, designs: readonly DesignRules[], journalOf?: JournalOfRoot) {
    const policy = options.policy ?? vm.policy;
    requireKvm(policy, vm.host);
    this.#every = options.every ?? 0;
    this.#guestPages = options.guestPages ?? [];
    this.#guest = new Guest(vm, policy, options);
    this.#designs = designs;
    this.#sides = new Map(
      designs.map((design) => [
        rulesOf(design),
        new Side(new DesignTables(this.#guest, design, options, journalOf)),
      ]),
    );
    for (const { windows } of this.#sides.values())
      windows.note(0, undefined, this.#guest.agreement.disagree, 0);
  }

  /** The VM as it is. */
  get guest(): Guest {
    return this.#guest;
  }
  /** The entries of the first design. */
  get tables(): DesignTables {
    return this.#sides.get(rulesOf(this.#designs[0]!))!.tables;
  }

  /** What the guest reads by itself for an event, which has to be one that can happen. */
  #readsFor(event: ReplayEvent): readonly TouchEvent[] {
    const problem = this.#guest.inventory.problemOf(event);
    if (problem) throw new InputRangeError(`events.${this.#happened}.${problem.key}`, problem.message);
    return ownReads(event, this.#guestPages);
  }

  /** Lets an event happen to the guest. */
  #happen(event: ReplayEvent): Change {
    const guest = this.#guest;
    const index = this.#happened;
    this.#at = event.at ?? this.#at;
    guest.inventory.pass(event);
    const change = guest.apply(event);
    this.#happened += 1;
    this.#registersDiffer.note(index, guest.census.states > 1);
    this.#effectDiffers.note(index, guest.agreement.disagree > 0);
    return change;
  }

  /** What an event that has happened does to the entries of one design. */
  #effects(
    side: Side,
    event: ReplayEvent,
    change: Change,
    reads: readonly TouchEvent[],
    before: readonly StepEffects[],
  ): StepEffects {
    const own = side.tables.apply(event, change);
    // Whatever the event took from under the guest, it needs again to go on.
    const after = reads.map((read) => side.tables.apply(read, DONE));
    const effects = withReads(own, before, after);
    side.totals.note(change.verdict, effects);
    const { disagree } = this.#guest.agreement;
    side.windows.note(this.#happened, this.#at, disagree, effects.touched?.foreign ?? 0);
    side.peakRoots = Math.max(side.peakRoots, side.tables.roots.count);
    return effects;
  }

  #report(side: Side, event: ReplayEvent): ReplayReport | undefined {
    const isDue = event.kind === 'report' || (this.#every > 0 && this.#happened % this.#every === 0);
    return isDue ? side.report(this.#happened, this.#at) : undefined;
  }

  /** Lets an event happen under the first design. */
  step(event: ReplayEvent): ReplayStep {
    const reads = this.#readsFor(event);
    const side = this.#sides.get(rulesOf(this.#designs[0]!))!;
    const before = reads.map((read) => side.tables.apply(read, DONE));
    const change = this.#happen(event);
    const effects = this.#effects(side, event, change, reads, before);
    return {
      index: this.#happened - 1,
      event,
      verdict: change.verdict,
      ...effects,
      zap: effects.zap,
      touched: effects.touched,
      disagree: this.#guest.agreement.disagree,
      report: this.#report(side, event),
    };
  }

  /** Lets an event happen under all designs; returns how it ended. */
  advance(event: ReplayEvent): EventOutcome {
    const reads = this.#readsFor(event);
    const sides = [...this.#sides.values()];
    const before = sides.map((side) => reads.map((read) => side.tables.apply(read, DONE)));
    const change = this.#happen(event);
    for (const [index, side] of sides.entries()) {
      this.#effects(side, event, change, reads, before[index]!);
      this.#report(side, event);
    }
    return change.verdict;
  }

  /** The last event was refused, and the replay ends with it. */
  stop(): void {
    this.#stoppedAt = this.#happened - 1;
  }

  /** What it came to, by design. */
  summaries(): readonly ReplaySummary[] {
    const uniformity = { registers: this.#registersDiffer.counted, effect: this.#effectDiffers.counted };
    return this.#designs.map((design): ReplaySummary => {
      const side = this.#sides.get(rulesOf(design))!;
      const { totals, tables, windows } = side;
      const last = side.report(this.#happened, this.#at);
      return {
        policy: this.#guest.policy,
        design,
        events: this.#happened,
        stoppedAt: this.#stoppedAt,
        faults: totals.faults,
        zaps: totals.zaps,
        installed: totals.installed,
        replaced: totals.replaced,
        refaults: { entries: tables.refaults.entries, pages: tables.refaults.pages },
        installedWithoutVcpu: tables.installedWithoutVcpu,
        foreignAccesses: totals.foreignAccesses,
        peakRoots: side.peakRoots,
        peakTables: side.peakTables,
        uniformity,
        recovery: totals.recovery,
        windows: windows.windows,
        windowTotals: windows.totals,
        last,
      };
    });
  }
}
