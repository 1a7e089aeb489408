/** One guest's log against the model: verdicts, leaves, and step by step what each event does to the entries. */
import type { Evaluator } from '../../src/engine/index.ts';
import type { Policy } from '../../src/policy/index.ts';
import { LEAF_FRAMES } from '../../src/ranges.ts';
import { type ReplayEvent, type ReplayStep, replay } from '../../src/replay/index.ts';
import type { Level } from '../../src/types.ts';
import { addressText, eptText, levelText } from '../../src/words.ts';
import type { LoggedGuest } from '../log/serial-log.ts';
import type { LabCase } from '../scenario/lab-case.ts';
import { EntryTable, kindOfLeaf, type TableEffects } from './entry-table.ts';
import type { Agreement, Departure, GuestFinding, LeafAnswer, Question, VerdictAnswer } from './finding.ts';
import { holdLeaf } from './hold-leaf.ts';
import { MachineState } from './machine-state.ts';

/** What a comparison needs to know. */
export interface HoldOptions {
  readonly evaluator: Evaluator;
  readonly policy: Policy;
  /** Told of each leaf that a first fault installed and that agrees. */
  readonly onLeaf?: (leaf: LeafAnswer, state: MachineState) => void;
  /** Told of each verdict that agrees. */
  readonly onVerdict?: (verdict: VerdictAnswer) => void;
}

interface Difference {
  readonly question: Question;
  readonly expected: string;
  readonly found: string;
  readonly gfn?: number;
}

function entries(count: number): string {
  return `${count} ${count === 1 ? 'entry' : 'entries'}`;
}

function kindText(kind: string): string {
  const [level, type, ipat] = kind.split(' ').map(Number);
  return `${levelText(level as Level)} ${eptText(type!, ipat!)}`;
}

/** One guest as it is compared. */
class Holding {
  readonly #table = new EntryTable();
  readonly #state: MachineState;
  readonly verdicts: Agreement = { compared: 0, agreed: 0 };
  readonly leaves: Agreement = { compared: 0, agreed: 0 };
  readonly steps: Agreement = { compared: 0, agreed: 0 };
  readonly replacements: string[] = [];
  departure: Departure | undefined;
  stepsAfter = 0;

  constructor(
    readonly one: LabCase,
    readonly logged: LoggedGuest,
    readonly options: HoldOptions,
  ) {
    this.#state = new MachineState(one.vm, options.policy, options.evaluator);
  }

  #verdict(number: number, event: ReplayEvent, step: ReplayStep): Difference | undefined {
    if (event.kind !== 'wrmsr') return undefined;
    const found = this.logged.verdicts.get(number);
    if (!found) return { question: 'verdict', expected: step.verdict, found: 'no verdict' };
    this.verdicts.compared += 1;
    if ((found === 'gp') === (step.verdict === '#GP')) {
      this.verdicts.agreed += 1;
      const { msr, value } = event;
      this.options.onVerdict?.({ guest: this.one.name, step: number, msr, value, refused: found === 'gp' });
      return undefined;
    }
    return {
      question: 'verdict',
      expected: step.verdict === '#GP' ? 'refused with #GP' : 'taken',
      found: found === 'gp' ? 'refused with #GP' : 'taken',
    };
  }

  #leaves(number: number, event: ReplayEvent, { installed }: TableEffects): Difference | undefined {
    if (event.kind !== 'touch') {
      const [leaf] = installed;
      return (
        leaf && {
          question: 'leaf',
          expected: 'no fault',
          found: `an entry at ${addressText(leaf.gfn)}`,
          gfn: leaf.gfn,
        }
      );
    }
    let first: Difference | undefined;
    for (const leaf of installed) {
      const { vcpu } = event;
      const { agrees, replaces, expected, found } = holdLeaf(this.#state, vcpu, leaf, this.one.nxHugePages);
      if (replaces) {
        this.replacements.push(
          `${this.one.name} step ${number} ${addressText(leaf.gfn)}: ${found}, a first fault ${expected}`,
        );
        continue;
      }
      this.leaves.compared += 1;
      if (agrees) {
        this.leaves.agreed += 1;
        if (this.#isFirstFault(leaf)) {
          const { gfn, level, entry } = leaf;
          this.options.onLeaf?.({ guest: this.one.name, step: number, vcpu, gfn, level, entry }, this.#state);
        }
      } else
        first ??= {
          question: 'leaf',
          expected,
          found: `${found} at ${addressText(leaf.gfn)}`,
          gfn: leaf.gfn,
        };
    }
    return first;
  }

  /** Whether a request of the oracle, which knows neither dirty logging nor NX huge pages, asks for such a leaf. */
  #isFirstFault({ gfn, overTable }: TableEffects['installed'][number]): boolean {
    return !overTable && !this.one.nxHugePages && this.#state.slotAt(gfn)?.dirtyLog === false;
  }

  #installs(event: ReplayEvent, step: ReplayStep, effects: TableEffects): Difference | undefined {
    if (event.kind !== 'touch') return undefined;
    const { installed = 0, replaced = 0 } = step.touched ?? {};
    const found = effects.installed.length;
    const gave = effects.displaced.length + effects.split.length + effects.zapped.length;
    if (found === installed && gave === replaced) return undefined;
    const text = (count: number, others: number): string =>
      `installs ${entries(count)}${others > 0 ? `, ${entries(others)} replaced` : ''}`;
    return { question: 'installs', expected: text(installed, replaced), found: text(found, gave) };
  }

  #zaps(event: ReplayEvent, step: ReplayStep, { zapped }: TableEffects): Difference | undefined {
    if (event.kind === 'touch') return undefined;
    const { lost, ranges = [] } = step.zap ?? { lost: { entries: 0 } };
    const outside = zapped.find(({ gfn, level }) => {
      const end = gfn + LEAF_FRAMES[level]!;
      return !ranges.some((range) => range.start < end && gfn < range.end);
    });
    if (zapped.length === lost.entries && !outside) return undefined;
    const where = outside ? `, ${addressText(outside.gfn)} among them` : '';
    return {
      question: 'zap',
      expected: `zaps ${entries(lost.entries)}`,
      found: `zaps ${entries(zapped.length)}${where}`,
      ...(outside && { gfn: outside.gfn }),
    };
  }

  #splits(event: ReplayEvent, step: ReplayStep, effects: TableEffects): Difference | undefined {
    if (event.kind === 'touch') return undefined;
    const expected = step.split ?? 0;
    if (effects.split.length === expected) return undefined;
    return {
      question: 'split',
      expected: `splits ${entries(expected)}`,
      found: `splits ${entries(effects.split.length)}`,
    };
  }

  /** What is mapped after the step, by level, type and IPAT: what was stale stays among it. */
  #mapped(step: ReplayStep): Difference | undefined {
    const expected = new Map(
      step.report!.entries.map(({ level, type, ipat, entries: count }) => [
        `${level} ${type} ${ipat}`,
        count,
      ]),
    );
    const found = this.#table.counts();
    for (const kind of new Set([...expected.keys(), ...found.keys()])) {
      const [want, got] = [expected.get(kind) ?? 0, found.get(kind) ?? 0];
      if (want === got) continue;
      return {
        question: 'mapped',
        expected: `${want} of ${kindText(kind)} mapped`,
        found: `${got} of ${kindText(kind)} mapped`,
        ...this.#someOf(kind),
      };
    }
    return undefined;
  }

  #someOf(kind: string): { readonly gfn?: number } {
    for (const { gfn, level, entry } of this.#table.leaves) {
      if (kindOfLeaf(level, entry) === kind) return { gfn };
    }
    return {};
  }

  /** Compares one step; whether the log has it. */
  step(step: ReplayStep): void {
    const number = step.index + 1;
    const { event } = step;
    const logged = this.logged.steps.get(number);
    const verdict = this.#verdict(number, event, step);
    this.#state.apply(event, step.verdict !== '#GP');
    const effects = this.#table.apply(logged?.changes ?? []);
    const leaf = this.#leaves(number, event, effects);
    if (this.departure) {
      this.stepsAfter += 1;
      return;
    }
    const difference =
      verdict ??
      leaf ??
      this.#installs(event, step, effects) ??
      this.#zaps(event, step, effects) ??
      this.#splits(event, step, effects) ??
      this.#mapped(step);
    this.steps.compared += 1;
    if (!difference) this.steps.agreed += 1;
    else this.departure = { guest: this.one.name, step: number, ...difference };
  }

  dispose(): void {
    this.#state.dispose();
  }
}

/** Why a guest's log says less than it should. */
function cutOf(one: LabCase, logged: LoggedGuest): string | undefined {
  const [error] = logged.errors;
  if (error) return `step ${error}`;
  if (logged.lost > 0) return `the trace buffer overflowed: ${logged.lost} lines are lost`;
  if (!logged.complete) return 'the log breaks off';
  const unmarked = one.events.findIndex((_, index) => !logged.steps.has(index + 1));
  return unmarked < 0 ? undefined : `step ${unmarked + 1} is not in the trace`;
}

/**
 * Holds what a guest's log says against the model.
 *
 * @param one - the guest
 * @param logged - its log. Of one that is cut off the steps that are whole are compared; of one whose trace lost
 * lines, whose loss may be anywhere, none is
 */
export function holdGuest(one: LabCase, logged: LoggedGuest, options: HoldOptions): GuestFinding {
  const holding = new Holding(one, logged, options);
  const cut = cutOf(one, logged);
  const marked = [...logged.steps.keys()];
  const last = logged.complete ? one.events.length : Math.max(0, ...marked) - 1;
  const isUsable = logged.lost === 0;
  try {
    const { evaluator, policy } = options;
    const { eagerSplit } = one;
    const steps = replay(one.vm, one.events, { evaluator, policy, every: 1, eagerSplit });
    for (const step of steps) {
      if (!isUsable || step.index >= last) break;
      holding.step(step);
    }
  } finally {
    holding.dispose();
  }
  const { verdicts, leaves, steps, replacements, departure, stepsAfter } = holding;
  return { name: one.name, verdicts, leaves, steps, replacements, departure, stepsAfter, cut };
}
