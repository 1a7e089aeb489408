/**
 * Digests of layouts, as batches add them up. A layout's pages are weighed by their answers and (where its masks are
 * contiguous, so that it has few stretches) by where they lie; the sum is mixed with the layout's index.
 */
import { type Answer, type GfnRange, UNDEFINED } from '../types.ts';
import type { BatchWant, MatrixCell } from '../vm/index.ts';

const word = (value: bigint): bigint => BigInt.asUintN(64, value);
/** A type that is undefined, in a code. */
const CODE_UNDEFINED = 7;

/** Frames with one answer on each side. */
export interface PairStretch extends GfnRange {
  readonly a: Answer;
  /** Undefined where one side alone is asked. */
  readonly b: Answer | undefined;
}

/** The finaliser of SplitMix64: Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators" (2014). */
function mixed(value: bigint): bigint {
  const first = word(value + 0x9e3779b97f4a7c15n);
  const second = word((first ^ (first >> 30n)) * 0xbf58476d1ce4e5b9n);
  const third = word((second ^ (second >> 27n)) * 0x94d049bb133111ebn);
  return third ^ (third >> 31n);
}

/** Bits 2:0 type, 7 where it is undefined; bit 3 IPAT. */
function codeOf({ type = UNDEFINED, ipat = 0 }: Answer): number {
  return (type === UNDEFINED ? CODE_UNDEFINED : type) | (ipat << 3);
}

function weightOf(a: Answer, b: Answer | undefined): bigint {
  return mixed(BigInt(codeOf(a) | ((b === undefined ? 0 : codeOf(b)) << 4))) | 1n;
}

/** Weighs each page with 2 gfn + 1 times the weight of its answers. */
export function weighedStretches(stretches: Iterable<PairStretch>): bigint {
  let sum = 0n;
  for (const { start, end, a, b } of stretches) {
    const [from, to] = [BigInt(start), BigInt(end)];
    sum = word(sum + (to * to - from * from) * weightOf(a, b));
  }
  return sum;
}

/**
 * Weighs each page with the weight of its answers alone.
 *
 * @param isPair - whether there are two sides
 */
export function weighedCells(matrix: readonly MatrixCell<BatchWant>[], isPair: boolean): bigint {
  return matrix.reduce((sum, { a, b, pages }) => word(sum + pages * weightOf(a, isPair ? b : undefined)), 0n);
}

/** What a layout adds to a digest. */
export function layoutDigest(index: bigint, weighed: bigint): bigint {
  return mixed(weighed ^ mixed(index));
}
