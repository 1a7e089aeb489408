/**
 * Why two sides differ at a page: the fewest changes, of all those that lead from one side to the other, that
 * turn the first answer into the second. Computed by evaluating them, not looked up.
 */
import type { PatType, Want } from '../types.ts';
import type { Answer, Engine, EngineView } from '../vm/index.ts';
import { answerAt, isSameAnswer } from './answer.ts';
import { registerValues, withRegisters } from './raw-registers.ts';
import { ENABLE_BIT, PHYSBASE0, registerName } from './registers.ts';
import { type Change, changesBetween, type Setup } from './setup.ts';

/** Why a page differs. */
export interface Cause {
  /** Changes that suffice together, none of which can be left out. Empty where the sides are one setup. */
  readonly changes: readonly Change[];
  /** Variable ranges that the difference hangs on: without any of them the page would be answered otherwise. */
  readonly registers: readonly string[];
}

/** An answer, or undefined where a setup has none (a refused write, a want that the policy does not know). */
function tryAnswer(open: () => EngineView, want: Want, gfn: number, pat: PatType): Answer | undefined {
  try {
    for (const span of open().spans(want, { range: { start: gfn, end: gfn + 1 }, pat })) {
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
  readonly #engine: Engine;
  readonly #a: Setup;
  readonly #b: Setup;
  readonly #changes: readonly Change[];
  readonly #views = new Map<string, EngineView>();
  readonly #want: Want;
  readonly #pat: PatType;

  constructor(engine: Engine, a: Setup, b: Setup, want: Want, pat: PatType) {
    this.#engine = engine;
    this.#a = a;
    this.#b = b;
    this.#want = want;
    this.#pat = pat;
    this.#changes = changesBetween(a, b);
  }

  /** All changes between the two sides. */
  get changes(): readonly Change[] {
    return this.#changes;
  }

  /** Why the two sides differ at a frame. */
  causeAt(gfn: number): Cause {
    const aim = this.#answer('b', () => this.#b, gfn);
    const single = this.#changes.find((_, index) => this.#reaches(aim, [index], gfn));
    const changes = single ? [single] : this.#fewest(aim, gfn);
    const usesRegisters = changes.some((change) => change.kind !== 'register' && change.kind !== 'memory');
    return { changes, registers: usesRegisters ? this.#rangesThatMatter(gfn) : [] };
  }

  #answer(key: string, setup: () => Setup, gfn: number): Answer | undefined {
    const open = () => {
      const known = this.#views.get(key);
      if (known) return known;
      const made = setup();
      const view = this.#engine.open(made.vcpu, made.policy);
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

  #rangesThatMatter(gfn: number): readonly string[] {
    const names = new Set<string>();
    for (const [side, setup] of [
      ['a', this.#a],
      ['b', this.#b],
    ] as const) {
      const usual = this.#answer(side, () => setup, gfn);
      for (const [msr, value] of registerValues(setup.vcpu)) {
        const isMask = msr > PHYSBASE0 && msr < PHYSBASE0 + 80 && msr % 2 === 1;
        if (!isMask || (value & ENABLE_BIT) === 0n) continue;
        const without = this.#answer(`${side}-${msr}`, () => disabled(setup, msr, value), gfn);
        if (!isSameOrNone(usual, without)) names.add(registerName(msr).replace('Mask', ''));
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

/** A setup with one variable range's V bit cleared. */
function disabled(setup: Setup, maskMsr: number, mask: bigint): Setup {
  const msrs = registerValues(setup.vcpu).set(maskMsr, mask & ~ENABLE_BIT);
  return { ...setup, vcpu: withRegisters(setup.vcpu, msrs) };
}
