/**
 * Why two sides differ at a page: the fewest changes, of all those that lead from one side to the other, that
 * turn the first answer into the second. Computed by evaluating them, not looked up.
 */
import type { Evaluator, View } from '../engine/index.ts';
import {
  fixedRegisterOf,
  isMaskMsr,
  isMaskValid,
  LOW_BYTE,
  MASK_V,
  MSR_DEF_TYPE,
  msrName,
  variableIndex,
} from '../msr/index.ts';
import type { Answer, PatType, Want } from '../types.ts';
import { registerValues, withRegisters } from '../vm/index.ts';
import { answerAt, isSameAnswer } from './answer.ts';
import type { Change, Setup } from './change.ts';
import { changesBetween } from './setup.ts';

/** A change with what it means for one frame. */
export interface StatedChange extends Omit<Change, 'text'> {
  readonly text: string;
}

/** Why a page differs. */
export interface DifferenceCause {
  /** Changes that suffice together, none of which can be left out. Empty where the sides are one setup. */
  readonly changes: readonly StatedChange[];
  /** Registers that the difference hangs on, variable ranges as `#1`: without its say a side would answer otherwise. */
  readonly registers: readonly string[];
}

/** An answer, or undefined where a setup has none (a refused write, a want that the policy does not know). */
function tryAnswer(open: () => View, want: Want, gfn: number, pat: PatType): Answer | undefined {
  try {
    for (const span of open().spansOf(want, { range: { start: gfn, end: gfn + 1 }, pat })) {
      return answerAt(span, gfn);
    }
  } catch {
    // A mixture of two sides need not be a machine that exists; then it explains nothing.
  }
  return undefined;
}

function isSameOrNone(a: Answer | undefined, b: Answer | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && isSameAnswer(a, b));
}

/** Asks for causes between two setups; keeps the views that it opened. */
export class CauseFinder {
  readonly #evaluator: Evaluator;
  readonly #a: Setup;
  readonly #b: Setup;
  readonly #changes: readonly Change[];
  readonly #views = new Map<string, View>();
  readonly #want: Want;
  readonly #pat: PatType;

  constructor(evaluator: Evaluator, a: Setup, b: Setup, want: Want, pat: PatType) {
    this.#evaluator = evaluator;
    this.#a = a;
    this.#b = b;
    this.#want = want;
    this.#pat = pat;
    this.#changes = changesBetween(a, b, want);
  }

  /** All changes between the two sides. */
  get changes(): readonly Change[] {
    return this.#changes;
  }

  /**
   * Why the two sides differ at a frame.
   *
   * @param gfn - a frame
   * @returns the changes that alone make the difference, and the registers that matter where they are of rules
   */
  causeAt(gfn: number): DifferenceCause {
    const aim = this.#answer('b', () => this.#b, gfn);
    const single = this.#changes.find((_, index) => this.#reaches(aim, [index], gfn));
    const changes = single ? [single] : this.#fewest(aim, gfn);
    const usesRegisters = changes.some((change) => change.kind !== 'register' && change.kind !== 'memory');
    const stated = changes.map((change) => ({ ...change, text: change.text(gfn) }));
    return { changes: stated, registers: usesRegisters ? this.#registersThatMatter(gfn) : [] };
  }

  #answer(key: string, setup: () => Setup, gfn: number): Answer | undefined {
    const open = () => {
      const known = this.#views.get(key);
      if (known) return known;
      const made = setup();
      const view = this.#evaluator.view(made.vcpu, made.policy);
      this.#views.set(key, view);
      return view;
    };
    return tryAnswer(open, this.#want, gfn, this.#pat);
  }

  #reaches(aim: Answer | undefined, indexes: readonly number[], gfn: number): boolean {
    const setup = () => indexes.reduce((made, index) => this.#changes[index]!.apply(made), this.#a);
    const answer = this.#answer(`a+${indexes}`, setup, gfn);
    return answer !== undefined && isSameOrNone(answer, aim);
  }

  /** Leaves changes out one by one as long as the rest still suffices. */
  #fewest(aim: Answer | undefined, gfn: number): readonly Change[] {
    let kept = this.#changes.map((_, index) => index);
    for (const index of [...kept]) {
      const rest = kept.filter((other) => other !== index);
      if (this.#reaches(aim, rest, gfn)) kept = rest;
    }
    return kept.map((index) => this.#changes[index]!);
  }

  /** Registers that, without their say, would change the answer of one of the sides. */
  #registersThatMatter(gfn: number): readonly string[] {
    const names = new Set<string>();
    for (const [side, setup] of [
      ['a', this.#a],
      ['b', this.#b],
    ] as const) {
      const usual = this.#answer(side, () => setup, gfn);
      const values = registerValues(setup.vcpu);
      const fixed = fixedRegisterOf(gfn)?.msr;
      if (fixed !== undefined && !values.has(fixed)) values.set(fixed, 0n);
      for (const [msr, value] of values) {
        const silenced = silencedValues(msr, value, gfn);
        if (!silenced || names.has(silenced.name)) continue;
        const isHeard = silenced.values.some((other, index) => {
          const setupWithout = () => withRegister(setup, msr, other);
          return !isSameOrNone(usual, this.#answer(`${side} ${msr} ${index}`, setupWithout, gfn));
        });
        if (isHeard) names.add(silenced.name);
      }
    }
    return [...names].sort((x, y) => x.localeCompare(y, 'en', { numeric: true }));
  }

  /** Gives the views' memory back. */
  dispose(): void {
    for (const view of this.#views.values()) view.dispose();
    this.#views.clear();
  }
}

function withRegister(setup: Setup, msr: number, value: bigint): Setup {
  return { ...setup, vcpu: withRegisters(setup.vcpu, registerValues(setup.vcpu).set(msr, value)) };
}

const ALL_UC = 0n;
const ALL_WB = 0x0606060606060606n;

/**
 * What a register would hold if it did not say what it says: a range disabled, one or the other type in a fixed
 * register or as the default. Undefined for registers that have no say about the frame.
 */
function silencedValues(
  msr: number,
  value: bigint,
  gfn: number,
): { name: string; values: readonly bigint[] } | undefined {
  const index = variableIndex(msr);
  if (index !== undefined) {
    const isOn = isMaskMsr(msr) && isMaskValid(value);
    return isOn ? { name: `#${index}`, values: [value & ~MASK_V] } : undefined;
  }
  if (msr === fixedRegisterOf(gfn)?.msr) return { name: msrName(msr), values: [ALL_UC, ALL_WB] };
  if (msr !== MSR_DEF_TYPE) return undefined;
  const others = [ALL_UC, ALL_WB].map((types) => (value & ~LOW_BYTE) | (types & LOW_BYTE));
  return { name: 'default type', values: others };
}
