/**
 * A guest of an AMD processor against the model, which says what a leaf of a nested page table is, and follows no entries
 * there: each leaf that an access installs is compared by its level and its architectural bits.
 */
import type { Evaluator, View } from '../../src/engine/index.ts';
import type { Policy } from '../../src/policy/index.ts';
import { type EntryChange, Inventory, type ReplayEvent, type ReplaySlot } from '../../src/replay/index.ts';
import { type Vm, vcpu } from '../../src/vm/index.ts';
import { addressText, hexText } from '../../src/words.ts';
import { eventText } from '../../src/write/replay/words.ts';
import type { LoggedGuest, SerialLog } from '../log/serial-log.ts';
import type { LabCase } from '../scenario/lab-case.ts';
import type { Agreement, Departure, GuestFinding } from './finding.ts';
import { brokenOff, heldGuests } from './logged-guests.ts';

/** AMD64 APM vol. 2, 5.4: P, W, U, PWT, PCD, A, D, PS or PAT, G; NX. Bits 9-11 and 52-62 are software's, 12 of a large leaf is PAT. */
const ARCHITECTURAL = 0x80000000000001ffn;
const LARGE_PAT = 1n << 12n;
const PRESENT = 1n;
/** KVM's, from 5.13 on: its entry for an access that it emulates is present, with a reserved bit, and without this one. */
const MMU_PRESENT = 1n << 11n;
const LARGE = 1n << 7n;
/** W and D: dirty logging takes W away. */
const LOGGED = 0x42n;
const FRAMES = 0x000ffffffffff000n;

/** Whether an entry of a nested page table is a leaf. */
function isLeaf(entry: bigint, level: number): boolean {
  if ((entry & MMU_PRESENT) === 0n) return false;
  return (entry & PRESENT) !== 0n && (level === 1 || (level <= 3 && (entry & LARGE) !== 0n));
}

/** Whether a change installs a leaf: not where one changes its permissions. */
function installs({ level, before, after }: EntryChange): boolean {
  return isLeaf(after, level) && !(isLeaf(before, level) && (before & FRAMES) === (after & FRAMES));
}

interface Leaf {
  readonly level: number;
  readonly bits: bigint;
}

function shown({ level, bits }: Leaf): string {
  return `level ${level}, ${hexText(bits)}`;
}

/** What is told of each guest. */
export interface NptOptions {
  readonly evaluator: Evaluator;
  readonly policy: Policy;
  /** Told of each leaf that agrees. */
  readonly onLeaf?: (one: LabCase, slot: ReplaySlot, leaf: Leaf) => void;
}

function viewOf(
  { maxphyaddr, host }: Vm,
  slots: readonly ReplaySlot[],
  { evaluator, policy }: NptOptions,
): View {
  const machine = vcpu({
    maxphyaddr,
    vendor: host.vendor,
    slots: slots.map(({ gfn, count, pfn, readonly, maxLevel }) => ({ gfn, count, pfn, readonly, maxLevel })),
    mmio: slots.flatMap(({ mmio }) => mmio),
  });
  return evaluator.view(machine, policy);
}

function expectedLeaf(view: View, slot: ReplaySlot, gfn: number): Leaf {
  if (slot.dirtyLog) return { level: 1, bits: view.entryAt(gfn) };
  const [span] = view.spansOf('leaf', { range: { start: gfn, end: gfn + 1 } });
  return { level: span!.level, bits: span!.entry ?? 0n };
}

function leafOf(leaf: Leaf, slot: ReplaySlot): Leaf {
  const compared = ARCHITECTURAL | (leaf.level > 1 ? LARGE_PAT : 0n);
  return { level: leaf.level, bits: leaf.bits & (slot.dirtyLog ? compared & ~LOGGED : compared) };
}

/** One guest as it is compared. */
class NptGuest {
  readonly verdicts: Agreement = { compared: 0, agreed: 0 };
  readonly leaves: Agreement = { compared: 0, agreed: 0 };
  readonly steps: Agreement = { compared: 0, agreed: 0 };
  departure: Departure | undefined;
  readonly #inventory: Inventory;

  constructor(
    readonly one: LabCase,
    readonly logged: LoggedGuest,
    readonly options: NptOptions,
  ) {
    this.#inventory = new Inventory(one.vm);
  }

  #leaf(step: number, event: ReplayEvent, change: EntryChange, view: View): void {
    const { gfn, level, after } = change;
    const slot = this.#inventory.slots.find((one) => one.gfn <= gfn && gfn < one.gfn + one.count);
    if (!slot) return;
    const expected = leafOf(expectedLeaf(view, slot, gfn), slot);
    const found = leafOf({ level, bits: after }, slot);
    this.leaves.compared += 1;
    if (expected.level === found.level && expected.bits === found.bits) {
      this.leaves.agreed += 1;
      this.options.onLeaf?.(this.one, slot, { level, bits: after });
      return;
    }
    this.departure ??= {
      guest: this.one.name,
      step,
      event: eventText(event),
      question: expected.level === found.level ? 'bits' : 'level',
      what: `the leaf at ${addressText(gfn)} is another (${hexText(after)})`,
      expected: shown(expected),
      found: shown(found),
      gfn,
    };
  }

  /** Compares what an access installs; a step is one that installs something. */
  #touch(step: number, event: ReplayEvent): void {
    const lines = this.logged.steps.get(step)?.lines ?? [];
    const changes = lines.filter((line): line is EntryChange => line.kind === 'change' && installs(line));
    if (changes.length === 0) return;
    const wrong = this.leaves.compared - this.leaves.agreed;
    const view = viewOf(this.one.vm, this.#inventory.slots, this.options);
    for (const change of changes) this.#leaf(step, event, change, view);
    view.dispose();
    this.steps.compared += 1;
    if (this.leaves.compared - this.leaves.agreed === wrong) this.steps.agreed += 1;
  }

  /** Lets events happen up to a step. */
  run(last: number): void {
    for (const [index, event] of this.one.events.slice(0, last).entries()) {
      if (this.#inventory.problemOf(event)) return;
      this.#inventory.apply(event);
      if (event.kind === 'touch') this.#touch(index + 1, event);
    }
  }
}

function holdNptGuest(one: LabCase, logged: LoggedGuest, options: NptOptions): GuestFinding {
  const guest = new NptGuest(one, logged, options);
  const marked = Math.max(0, ...logged.steps.keys());
  if (logged.lost === 0) guest.run(logged.complete ? one.events.length : marked - 1);
  const { verdicts, leaves, steps, departure } = guest;
  const common = { name: one.name, verdicts, leaves, steps, departure, cut: brokenOff(logged) };
  return { ...common, replacements: [], departing: undefined, stepsAfter: 0 };
}

/** Holds each guest that the log knows of. */
export function holdNptRun(
  cases: readonly LabCase[],
  log: SerialLog,
  options: NptOptions,
): readonly GuestFinding[] {
  return heldGuests(cases, log, (one, logged) => holdNptGuest(one, logged, options));
}
