/**
 * Follows the trace of a running KVM through a scenario: what each event installs, zaps, splits and leaves, held against
 * the model, up to the first step at which the kernel departs.
 */
import { requireFlag } from '../../arguments.ts';
import { LEAF_FRAMES } from '../../ranges.ts';
import { frameCount, type Vcpu, type Vm } from '../../vm/index.ts';
import { designNamed } from '../design.ts';
import type { ReplayEvent } from '../event.ts';
import type { ReplaySlot } from '../inventory.ts';
import { type ReplayOptions, requireOptions } from '../options.ts';
import { Session } from '../session.ts';
import type { SharedEpt } from '../shared-ept.ts';
import { type Departure, departuresOf } from './departures.ts';
import type { Followed, FollowedLeaf, FollowedStep, ReplacedTable, TraceTrouble } from './followed.ts';
import { bitsDeparture, LeafBits } from './leaf-bits.ts';
import type { EntryChange, LiveLine, StepMark } from './live-line.ts';
import { LiveTable } from './live-table.ts';
import { type EntryRun, StepJournal } from './step-journal.ts';
import * as troubles from './troubles.ts';

/** How a trace is followed: a replay's options, but for those that change no entry, and KVM's own design. */
export interface FollowOptions extends Omit<ReplayOptions, 'every' | 'design'> {
  /** Whether the host runs with nx_huge_pages: large leaves have X, or have it not; undefined: nobody knows, and both will do. */
  readonly nxHugePages?: boolean | undefined;
}

/** KVM's address spaces: the guest, and the guest in SMM. */
const SPACES = [0, 1] as const;

/** A leaf of the step that is going on. */
interface NewLeaf {
  readonly change: EntryChange;
  readonly replacesTable: boolean;
}

/** The address space of a root, by the key that names it; undefined: a nested guest's, of which a trace shows nothing. */
function spaceOf(key: string): number | undefined {
  if (key.startsWith('nested')) return undefined;
  return key.startsWith('smm') ? 1 : 0;
}

function runsOf(ept: SharedEpt, start: number, end: number): readonly EntryRun[] {
  const runs: EntryRun[] = [];
  ept.each(start, end, (from, to, value) => runs.push({ start: from, end: to, value }));
  return runs;
}

/** See the head of the file. Lines are pushed one by one; once it is done, further ones change nothing. */
export class TraceFollower {
  readonly #session: Session;
  readonly #events: Iterator<ReplayEvent>;
  readonly #bits: LeafBits;
  readonly #stops: boolean;
  readonly #tables: readonly LiveTable[];
  #model: readonly StepJournal[] = SPACES.map(() => new StepJournal());
  #kernel: readonly StepJournal[] = SPACES.map(() => new StepJournal());
  #leavesOfStep: NewLeaf[] = [];
  #next: IteratorResult<ReplayEvent>;
  #current: StepMark | undefined;
  #lines = 0;
  #hasChanges = false;
  #isDone = false;
  // What becomes of the answer.
  readonly #steps: FollowedStep[] = [];
  readonly #replacedTables: ReplacedTable[] = [];
  #departure: FollowedStep | undefined;
  #trouble: TraceTrouble | undefined;
  #leaves = 0;
  #notExecutable = 0;
  #happened = 0;

  /**
   * @param vm - as it is before the first event, nothing mapped
   * @param events - of the scenario, in order
   * @param options - evaluator, policy, and how the vCPUs stand at first
   * @throws as `replay` does
   * @example
   * const guest = vm({ maxphyaddr: 36, policy: policy('kvm-6.6'), slots: [{ gfn: 0, count: 512, pfn: 0 }], vcpus: [{}] });
   * const touch = { kind: 'touch', vcpu: 0, range: { start: 0, end: 1 }, access: 'write' };
   * const follower = new TraceFollower(guest, [touch], { evaluator: createEvaluatorSync() });
   * follower.push({ kind: 'step', step: 1, line: 1 });
   * follower.finish().departure.departures[0].kind; // 'not-installed'
   */
  constructor(vm: Vm, events: Iterable<ReplayEvent>, options: FollowOptions) {
    requireOptions(vm, events, options, ['nxHugePages']);
    requireFlag('nxHugePages', options.nxHugePages, false);
    const policy = options.policy ?? vm.policy;
    this.#session = new Session(vm, options, [designNamed('first-fault')], (key) => {
      const space = spaceOf(key);
      // A journal of its own for each step: roots live longer.
      return space === undefined
        ? undefined
        : {
            lost: (...note) => this.#model[space]!.lost(...note),
            put: (...note) => this.#model[space]!.put(...note),
          };
    });
    this.#bits = new LeafBits(options.evaluator, policy, options.nxHugePages);
    this.#stops = options.onFault === 'stop';
    this.#tables = SPACES.map(() => new LiveTable(frameCount(vm.maxphyaddr)));
    this.#events = events[Symbol.iterator]();
    this.#next = this.#events.next();
  }

  /** Whether no further line changes anything: the scenario is through, the kernel departs, or the trace is of no use. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /**
   * Takes the next line.
   *
   * @param line - of the trace, in its order
   */
  push(line: LiveLine): void {
    if (line.kind === 'change') this.#hasChanges = true;
    if (this.#isDone) return;
    switch (line.kind) {
      case 'step':
        this.#mark(line);
        return;
      case 'end':
        this.#end(line.line);
        return;
      case 'lost':
        this.#give(troubles.lostEvents(line, this.#current));
        return;
      case 'odd':
        this.#give(troubles.oddLine(line, this.#current));
        return;
      case 'split':
        this.#lines += 1;
        for (const [space, table] of this.#tables.entries()) table.split(line, this.#kernel[space]!);
        return;
      case 'change':
        this.#change(line);
    }
  }

  #give(trouble: TraceTrouble): void {
    this.#trouble = trouble;
    this.#isDone = true;
  }

  #change(line: EntryChange): void {
    this.#lines += 1;
    const table = this.#tables[line.space];
    if (!table) return;
    const event = this.#next.done ? undefined : this.#next.value;
    const recovers = event?.kind === 'dirty-log' && !event.on;
    const outcome = table.change(line, this.#kernel[line.space]!, recovers);
    if (outcome === 'unknown' && this.#isInSlot(line.gfn)) {
      this.#give(troubles.unknownEntry(line, this.#current));
    }
    if (outcome !== 'installed' && outcome !== 'replaced-table') return;
    this.#leavesOfStep.push({ change: line, replacesTable: outcome === 'replaced-table' });
  }

  #isInSlot(gfn: number, slots: readonly ReplaySlot[] = this.#session.guest.inventory.slots): boolean {
    return slots.some((slot) => slot.gfn <= gfn && gfn < slot.gfn + slot.count);
  }

  #mark(mark: StepMark): void {
    const before = this.#current;
    if (mark.step !== (before?.step ?? 0) + 1) {
      this.#give(troubles.outOfOrder(mark, before));
      return;
    }
    const early = this.#leavesOfStep.find(({ change }) => this.#isInSlot(change.gfn));
    if (before) this.#close(before);
    else if (early) this.#give(troubles.startedBefore(early.change));
    else this.#begin();
    if (this.#isDone) return;
    if (this.#next.done) {
      this.#give(troubles.tooManySteps(mark, this.#steps.length));
      return;
    }
    this.#current = mark;
  }

  #end(line: number): void {
    const { step } = this.#current ?? { step: 0 };
    if (this.#current) this.#close(this.#current);
    if (this.#isDone) return;
    if (!this.#next.done) this.#give(troubles.endedEarly(line, step));
    this.#isDone = true;
  }

  /** Lines count for the step that begins. */
  #begin(): void {
    this.#model = SPACES.map(() => new StepJournal());
    this.#kernel = SPACES.map(() => new StepJournal());
    this.#leavesOfStep = [];
    this.#lines = 0;
  }

  /** Lets the event happen in the model, and holds what the trace has shown against it. */
  #close(mark: StepMark): void {
    const event = this.#next.value as ReplayEvent;
    const { guest, tables } = this.#session;
    const slots = guest.inventory.slots;
    const replayed = this.#session.step(event);
    this.#happened += 1;
    const vcpu = this.#actingVcpu(event);
    const { leaves, wrong } = this.#judgeBits(vcpu);
    this.#bits.close();
    if (this.#isDone) return;
    const counts = (gfn: number) => this.#isInSlot(gfn) || this.#isInSlot(gfn, slots);
    const departures = SPACES.flatMap((space) => {
      const roots = [...tables.roots.all].filter(({ key }) => spaceOf(key) === space);
      const model = {
        journal: this.#model[space]!,
        runs: (start: number, end: number) => roots.map(({ ept }) => runsOf(ept, start, end)),
      };
      const table = this.#tables[space]!;
      const kernel = {
        journal: this.#kernel[space]!,
        runs: (start: number, end: number) => table.runs(start, end),
      };
      return departuresOf(space, model, kernel, counts);
    }).map((one) => this.#withLine(one));
    const step: FollowedStep = {
      step: mark.step,
      event,
      replayed,
      expected: sumOf(this.#model),
      found: sumOf(this.#kernel),
      line: mark.line,
      leaves,
      lines: this.#lines,
      departures: [...departures, ...wrong],
      vcpu,
    };
    this.#steps.push(step);
    this.#next = this.#events.next();
    if (step.departures.length > 0) {
      this.#departure = step;
      this.#isDone = true;
    } else if (replayed.verdict === '#GP' && this.#stops) {
      this.#isDone = true;
    }
    this.#begin();
  }

  /** The first line of the step that installed what is found, if any. */
  #withLine(departure: Departure): Departure {
    const { start, end, space } = departure;
    const shown = this.#leavesOfStep.find(({ change }) => {
      const frames = LEAF_FRAMES[change.level]!;
      return change.space === space && change.gfn < end && start < change.gfn + frames;
    });
    return shown && departure.found.length > 0 ? { ...departure, line: shown.change.line } : departure;
  }

  #actingVcpu(event: ReplayEvent): Vcpu {
    const { guest } = this.#session;
    const isThere = 'vcpu' in event && guest.inventory.vcpus.get(event.vcpu) !== undefined;
    return guest.demands.vcpuOf(guest.stateOf(isThere ? event.vcpu : guest.first));
  }

  #judgeBits(vcpu: Vcpu): { readonly leaves: readonly FollowedLeaf[]; readonly wrong: readonly Departure[] } {
    const leaves: FollowedLeaf[] = [];
    const wrong: Departure[] = [];
    for (const { change, replacesTable } of this.#leavesOfStep) {
      if (!this.#isInSlot(change.gfn)) continue;
      const verdict = this.#bits.judge(change, vcpu, replacesTable);
      this.#leaves += 1;
      if (verdict.kind === 'other-kernel') {
        this.#give(troubles.otherKernel(change, this.#session.guest.policy.name, verdict));
        return { leaves, wrong: [] };
      }
      const { line, gfn, level, after: entry } = change;
      leaves.push({ line, gfn, level, entry, bits: verdict.kind, replacesTable });
      if (verdict.kind === 'replaced-table') this.#replacedTables.push({ line, gfn, level, entry });
      else if (verdict.kind === 'not-executable') this.#notExecutable += 1;
      else if (verdict.kind === 'wrong') {
        wrong.push(bitsDeparture(change, LEAF_FRAMES[change.level]!, verdict.expected));
      }
    }
    return { leaves, wrong };
  }

  /**
   * Ends with the last line.
   *
   * @returns the steps that could be judged, the first departure, and why it is not more
   */
  finish(): Followed {
    if (!this.#isDone) this.#conclude();
    if (this.#departure && !this.#hasChanges) this.#recordedNothing();
    return {
      policy: this.#session.guest.policy,
      events: this.#happened,
      steps: this.#steps,
      departure: this.#departure,
      trouble: this.#trouble,
      leaves: this.#leaves,
      replacedTables: this.#replacedTables,
      notExecutable: this.#notExecutable,
    };
  }

  /** Not one entry comes or goes: nothing was recorded, and the kernel is not to blame. */
  #recordedNothing(): void {
    this.#departure = undefined;
    this.#steps.pop();
    this.#trouble = troubles.noChanges();
  }

  #conclude(): void {
    const mark = this.#current;
    if (!mark) {
      this.#give(this.#hasChanges ? troubles.noMarks() : troubles.noChanges());
      return;
    }
    // Only the last step can be whole where the file ends.
    const event = this.#next.value as ReplayEvent;
    const after = this.#events.next();
    if (!after.done) {
      this.#give(troubles.endedEarly(undefined, mark.step));
      return;
    }
    this.#next = { done: false, value: event };
    this.#close(mark);
    this.#isDone = true;
  }
}

function sumOf(journals: readonly StepJournal[]) {
  const sum = { installed: 0, dropped: 0, split: 0, recovered: 0 };
  for (const { effects } of journals) {
    sum.installed += effects.installed;
    sum.dropped += effects.dropped;
    sum.split += effects.split;
    sum.recovered += effects.recovered;
  }
  return sum;
}

/**
 * Follows a trace whose lines are at hand.
 *
 * @param vm - as it is before the first event, nothing mapped
 * @param events - of the scenario, in order
 * @param lines - of the trace, in its order
 * @param options - evaluator, policy, and how the vCPUs stand at first
 * @returns the steps that could be judged, the first departure, and why it is not more
 * @throws as `replay` does
 * @example
 * const guest = vm({ maxphyaddr: 36, policy: policy('kvm-6.6'), slots: [{ gfn: 0, count: 1, pfn: 0 }], vcpus: [{}] });
 * const touch = { kind: 'touch', vcpu: 0, range: { start: 0, end: 1 }, access: 'write' };
 * const lines = [
 *   { kind: 'step', step: 1, line: 1 },
 *   { kind: 'change', line: 2, space: 0, gfn: 0, level: 1, before: 0n, after: 0x600000012345b77n },
 *   { kind: 'end', line: 3 },
 * ];
 * followTrace(guest, [touch], lines, { evaluator: createEvaluatorSync() }).departure; // undefined
 */
export function followTrace(
  vm: Vm,
  events: Iterable<ReplayEvent>,
  lines: Iterable<LiveLine>,
  options: FollowOptions,
): Followed {
  const follower = new TraceFollower(vm, events, options);
  for (const line of lines) follower.push(line);
  return follower.finish();
}
