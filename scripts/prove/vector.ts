/** The instructions on v128 that `direct` uses, lane by lane: lane 0 in the lowest bits. */
import binaryen from 'binaryen';
import { add, band, bnot, bor, concat, equal, extract, ite, sle, slt, sub, ule, xor } from './bitvectors.ts';
import { not } from './conditions.ts';
import { bits, type Term } from './term.ts';

function lanesOf(vector: Term, width: number): Term[] {
  return Array.from({ length: 128 / width }, (_, lane) =>
    extract(vector, lane * width + width - 1, lane * width),
  );
}

function vectorOf(lanes: readonly Term[]): Term {
  return lanes.reduce((low, lane) => concat(lane, low));
}

type Lanes = (a: Term, b: Term) => Term;

function byLane(width: number, apply: Lanes): Lanes {
  return (a, b) => {
    const right = lanesOf(b, width);
    return vectorOf(lanesOf(a, width).map((lane, index) => apply(lane, right[index]!)));
  };
}

/** A comparison fills its lane with ones or zeros. */
function mask(compare: Lanes): Lanes {
  return (a, b) => ite(compare(a, b), bits(-1, a.width), bits(0, a.width));
}

/** A signed 16-bit lane as the nearest signed byte. */
function saturated(lane: Term): Term {
  const [least, most] = [bits(-128, 16), bits(127, 16)];
  return extract(ite(slt(lane, least), least, ite(sle(lane, most), lane, most)), 7, 0);
}

const narrowed: Lanes = (a, b) => vectorOf([...lanesOf(a, 16), ...lanesOf(b, 16)].map(saturated));

/** Byte by index, 0 where the index is above 15. */
const swizzled: Lanes = (table, indices) => {
  const bytes = lanesOf(table, 8);
  return vectorOf(
    lanesOf(indices, 8).map((index) =>
      bytes.reduce((rest, byte, at) => ite(equal(index, bits(at, 8)), byte, rest), bits(0, 8)),
    ),
  );
};

export const VECTOR_BINARY: ReadonlyMap<number, Lanes> = new Map([
  [binaryen.AndVec128, band],
  [binaryen.OrVec128, bor],
  [binaryen.XorVec128, xor],
  [binaryen.EqVecI8x16, byLane(8, mask(equal))],
  [binaryen.EqVecI16x8, byLane(16, mask(equal))],
  [binaryen.LeUVecI16x8, byLane(16, mask(ule))],
  [binaryen.AddVecI8x16, byLane(8, add)],
  [binaryen.AddVecI16x8, byLane(16, add)],
  [binaryen.AddVecI64x2, byLane(64, add)],
  [binaryen.SubVecI8x16, byLane(8, sub)],
  [binaryen.SubVecI16x8, byLane(16, sub)],
  [binaryen.NarrowSVecI16x8ToVecI8x16, narrowed],
  [binaryen.SwizzleVecI8x16, swizzled],
  [binaryen.MinUVecI8x16, byLane(8, (a, b) => ite(ule(a, b), a, b))],
]);

function splat(width: number): (a: Term) => Term {
  return (a) => vectorOf(Array.from({ length: 128 / width }, () => extract(a, width - 1, 0)));
}

/** Whether no lane is 0. */
function allTrue(width: number): (a: Term) => Term {
  return (a) => {
    const one = lanesOf(a, width).map((lane) => not(equal(lane, bits(0, width))));
    return ite(
      one.reduce((all, next) => ite(all, next, all)),
      bits(1, 32),
      bits(0, 32),
    );
  };
}

export const VECTOR_UNARY: ReadonlyMap<number, (a: Term) => Term> = new Map([
  [binaryen.SplatVecI8x16, splat(8)],
  [binaryen.SplatVecI16x8, splat(16)],
  [binaryen.SplatVecI32x4, splat(32)],
  [binaryen.SplatVecI64x2, splat(64)],
  [binaryen.AllTrueVecI64x2, allTrue(64)],
  [
    binaryen.BitmaskVecI8x16,
    (a) => concat(bits(0, 16), vectorOf(lanesOf(a, 8).map((lane) => extract(lane, 7, 7)))),
  ],
]);

/** Widths of lanes by the instruction that replaces one, and by that which takes one. */
export const REPLACED_WIDTHS: ReadonlyMap<number, number> = new Map([
  [binaryen.ReplaceLaneVecI8x16, 8],
  [binaryen.ReplaceLaneVecI64x2, 64],
]);
export const EXTRACTED_WIDTHS: ReadonlyMap<number, number> = new Map([[binaryen.ExtractLaneVecI64x2, 64]]);

export function withLane(vector: Term, width: number, index: number, value: Term): Term {
  const lanes = lanesOf(vector, width);
  lanes[index] = extract(value, width - 1, 0);
  return vectorOf(lanes);
}

export function laneOf(vector: Term, width: number, index: number): Term {
  return lanesOf(vector, width)[index]!;
}

/** Bits of `a` where `chosen` has ones, of `b` elsewhere. */
export function bitselect(a: Term, b: Term, chosen: Term): Term {
  return bor(band(a, chosen), band(b, bnot(chosen)));
}

export function shuffled(a: Term, b: Term, indices: readonly number[]): Term {
  const bytes = [...lanesOf(a, 8), ...lanesOf(b, 8)];
  return vectorOf(indices.map((index) => bytes[index]!));
}
