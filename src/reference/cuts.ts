/**
 * Long ranges without visiting every page: an aligned block is halved until nothing can tell its pages apart,
 * then the per-page rule is asked once for all of it. No rule lives here, only the knowledge of what a rule
 * looks at.
 */
import { type GfnRange, type Level, UC } from '../types.ts';
import { LEAF_FRAMES } from './level.ts';
import type { VariableRange } from './registers.ts';
import { matchesAddress } from './sdm.ts';
import { countBefore } from './slots.ts';

/** What an answer depends on. */
export interface Dependencies {
  /** Frames at which an interval that matters begins or ends, ascending. */
  readonly edges: readonly number[];
  /** Registers that are compared with the address under their mask. */
  readonly compares: readonly VariableRange[];
  /** Whether the order of the registers that match counts, and not only which types they have. */
  readonly orderCounts: boolean;
  /** Whether the answer is that of a leaf, which covers an aligned region and is one for all of it. */
  readonly asksForLeaf: boolean;
}

/** A stretch of frames with one answer; neighbours may have the same. */
export interface Block<A> extends GfnRange {
  readonly answer: A;
}

/** How many frames of a range have each answer, in no order. */
export type Tally<A> = readonly { readonly answer: A; readonly frames: number }[];

/** What the compared registers make of an aligned block. */
interface Matches {
  /** Registers that match every page of it; one of each type where their order does not count. */
  readonly always: readonly VariableRange[];
  /** Registers that match some of its pages and can still add a type. */
  readonly sometimes: readonly VariableRange[];
}

/** An aligned block whose size is a power of two. */
interface Aligned {
  readonly start: number;
  readonly size: number;
  readonly matches: Matches;
}

/** Whether a register's type is among those of others. */
function hasTypeOf(range: VariableRange, others: readonly VariableRange[]): boolean {
  return others.some((other) => other.type === range.type);
}

/**
 * Narrows the matches down to an aligned block. A register is out once it misses on the bits above the block;
 * it matches always once its mask has no bit below the block's size. Where only the set of matching types counts
 * (Intel SDM vol. 3A, 13.11.4.1), a type that is always there need not be found twice; UC decides in any case.
 */
function narrow(matches: Matches, start: number, size: number, orderCounts: boolean): Matches {
  const address = BigInt(start) << 12n;
  const offsetBits = (BigInt(size) - 1n) << 12n;
  const always = [...matches.always];
  const undecided: VariableRange[] = [];
  for (const range of matches.sometimes) {
    const above = { ...range, mask: range.mask & ~offsetBits };
    if (!matchesAddress(above, address)) continue;
    if ((range.mask & offsetBits) !== 0n) undecided.push(range);
    else if (orderCounts || !hasTypeOf(range, always)) always.push(range);
  }
  if (always.some((range) => range.type === UC)) return { always, sometimes: [] };
  const sometimes = orderCounts ? undecided : undecided.filter((range) => !hasTypeOf(range, always));
  return { always, sometimes };
}

/**
 * Divides ranges of frames into blocks of one answer.
 *
 * @typeParam A - an answer about one page; `level` where it is a leaf's
 */
export class Partition<A extends { readonly level?: Level }> {
  readonly #dependencies: Dependencies;
  readonly #answerAt: (gfn: number) => A;
  readonly #isSame: (a: A, b: A) => boolean;
  /** The one answer of blocks of one signature, null where they have several. */
  readonly #oneAnswers = new Map<string, A | null>();

  /**
   * @param answerAt - the per-page rule
   * @param isSame - whether two answers are one
   */
  constructor(dependencies: Dependencies, answerAt: (gfn: number) => A, isSame: (a: A, b: A) => boolean) {
    this.#dependencies = dependencies;
    this.#answerAt = answerAt;
    this.#isSame = isSame;
  }

  /** Blocks of a range in ascending order, clipped to it. */
  *blocks(range: GfnRange): Generator<Block<A>> {
    const waiting = [this.#around(range)];
    for (let block = waiting.pop(); block !== undefined; block = waiting.pop()) {
      const start = Math.max(block.start, range.start);
      const end = Math.min(block.start + block.size, range.end);
      if (start >= end) continue;
      const answer = this.#oneAnswer(block);
      if (answer !== null) {
        yield { start, end, answer };
      } else {
        const [lower, upper] = this.#halves(block);
        waiting.push(upper, lower);
      }
    }
  }

  /**
   * Counts the answers of a range.
   *
   * @param countsAs - whether two answers are counted together; it holds wherever `isSame` does
   */
  tally(range: GfnRange, countsAs: (a: A, b: A) => boolean): Tally<A> {
    return this.#tallyOf(this.#around(range), range, countsAs, new Map());
  }

  /** The smallest aligned block around a range, and no smaller than the largest leaf if leaves are asked for. */
  #around(range: GfnRange): Aligned {
    let size = this.#dependencies.asksForLeaf ? LEAF_FRAMES[3] : 1;
    while (range.start - (range.start % size) + size < range.end) size *= 2;
    const start = range.start - (range.start % size);
    const { compares, orderCounts } = this.#dependencies;
    return {
      start,
      size,
      matches: narrow({ always: [], sometimes: compares }, start, size, orderCounts),
    };
  }

  #halves({ start, size, matches }: Aligned): readonly [Aligned, Aligned] {
    const { orderCounts } = this.#dependencies;
    const half = size / 2;
    return [
      { start, size: half, matches: narrow(matches, start, half, orderCounts) },
      { start: start + half, size: half, matches: narrow(matches, start + half, half, orderCounts) },
    ];
  }

  #edgesUpTo(gfn: number): number {
    const { edges } = this.#dependencies;
    return countBefore(edges.length, (i) => edges[i]! <= gfn);
  }

  #hasEdgeInside({ start, size }: Aligned): boolean {
    return this.#edgesUpTo(start) !== this.#edgesUpTo(start + size - 1);
  }

  /**
   * Blocks of one size between the same two edges, to which the same registers can do the same, hold the same
   * answers: masks with holes repeat such blocks without end. A block inside a larger leaf never gets here,
   * since that leaf answered for it.
   */
  #signature({ start, size, matches }: Aligned): string {
    const { compares, orderCounts } = this.#dependencies;
    const always = matches.always.map((range) => (orderCounts ? compares.indexOf(range) : range.type));
    const sometimes = matches.sometimes.map((range) => compares.indexOf(range));
    return `${size} ${this.#edgesUpTo(start)} ${always.sort((a, b) => a - b)} ${sometimes}`;
  }

  /** The answer that all pages of a block have, null where there are several or it must be halved to know. */
  #oneAnswer(block: Aligned): A | null {
    const hasEdge = this.#hasEdgeInside(block);
    if (!hasEdge && block.matches.sometimes.length === 0) return this.#answerAt(block.start);
    const leafAnswer = this.#answerOfLeafAround(block);
    if (leafAnswer !== null) return leafAnswer;
    if (hasEdge) return null;
    const signature = this.#signature(block);
    const known = this.#oneAnswers.get(signature);
    if (known !== undefined) return known;
    const answer = this.#commonAnswer(block);
    this.#oneAnswers.set(signature, answer);
    return answer;
  }

  #commonAnswer(block: Aligned): A | null {
    const [lower, upper] = this.#halves(block);
    const answer = this.#oneAnswer(lower);
    if (answer === null) return null;
    const other = this.#oneAnswer(upper);
    return other !== null && this.#isSame(answer, other) ? answer : null;
  }

  /** The answer of the one leaf that covers exactly this block, if there is such a leaf. */
  #answerOfLeafAround({ start, size }: Aligned): A | null {
    const level = size === LEAF_FRAMES[3] ? 3 : size === LEAF_FRAMES[2] ? 2 : undefined;
    if (!this.#dependencies.asksForLeaf || level === undefined) return null;
    const answer = this.#answerAt(start);
    return answer.level === level ? answer : null;
  }

  #tallyOf(
    block: Aligned,
    range: GfnRange,
    countsAs: (a: A, b: A) => boolean,
    known: Map<string, Tally<A>>,
  ): Tally<A> {
    const start = Math.max(block.start, range.start);
    const end = Math.min(block.start + block.size, range.end);
    if (start >= end) return [];
    const answer = this.#oneAnswer(block);
    if (answer !== null) return [{ answer, frames: end - start }];
    const isRepeatable = end - start === block.size && !this.#hasEdgeInside(block);
    const signature = isRepeatable ? this.#signature(block) : undefined;
    const before = signature === undefined ? undefined : known.get(signature);
    if (before) return before;
    const [lower, upper] = this.#halves(block).map((half) => this.#tallyOf(half, range, countsAs, known));
    const tally = added(lower!, upper!, countsAs);
    if (signature !== undefined) known.set(signature, tally);
    return tally;
  }
}

function added<A>(a: Tally<A>, b: Tally<A>, countsAs: (a: A, b: A) => boolean): Tally<A> {
  const sum = [...a];
  for (const part of b) {
    const at = sum.findIndex((item) => countsAs(item.answer, part.answer));
    if (at < 0) sum.push(part);
    else sum[at] = { answer: part.answer, frames: sum[at]!.frames + part.frames };
  }
  return sum;
}
