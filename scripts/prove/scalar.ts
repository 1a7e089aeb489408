/** The instructions on i32 and i64, and those between them and f64, as terms. */
import binaryen from 'binaryen';
import {
  add,
  ashr,
  band,
  bor,
  concat,
  equal,
  extract,
  fromBool,
  ite,
  lshr,
  mul,
  shl,
  signExtend,
  sle,
  slt,
  sub,
  ule,
  ult,
  xor,
  zeroExtend,
} from './bitvectors.ts';
import { not } from './conditions.ts';
import { bits, type Term } from './term.ts';

/** Wasm counts shifts modulo the width. */
function shiftCount(by: Term): Term {
  return band(by, bits(by.width - 1, by.width));
}

const rotated = (a: Term, by: Term): Term => {
  const count = shiftCount(by);
  return bor(shl(a, count), lshr(a, shiftCount(sub(bits(0, a.width), count))));
};

/** Index of the lowest or highest bit that is set, from that end; the width where none is. */
function zerosBefore(a: Term, order: (bit: number) => number): Term {
  let count = bits(a.width, a.width);
  for (let bit = a.width - 1; bit >= 0; bit--) {
    const at = order(bit);
    count = ite(equal(extract(a, at, at), bits(1, 1)), bits(bit, a.width), count);
  }
  return count;
}

const trailingZeros = (a: Term): Term => zerosBefore(a, (bit) => bit);
const leadingZeros = (a: Term): Term => zerosBefore(a, (bit) => a.width - 1 - bit);

function population(a: Term): Term {
  let count = bits(0, a.width);
  for (let bit = 0; bit < a.width; bit++) count = add(count, zeroExtend(extract(a, bit, bit), a.width));
  return count;
}

type Binary = (a: Term, b: Term) => Term;
const asInt =
  (compare: Binary): Binary =>
  (a, b) =>
    fromBool(compare(a, b), 32);
const different: Binary = (a, b) => not(equal(a, b));
const swapped =
  (compare: Binary): Binary =>
  (a, b) =>
    compare(b, a);

/** By what the operators of i32 and of i64 have in common. */
const BY_NAME: Readonly<Record<string, Binary>> = {
  Add: add,
  Sub: sub,
  Mul: mul,
  And: band,
  Or: bor,
  Xor: xor,
  Shl: (a, b) => shl(a, shiftCount(b)),
  ShrU: (a, b) => lshr(a, shiftCount(b)),
  ShrS: (a, b) => ashr(a, shiftCount(b)),
  RotL: rotated,
  Eq: asInt(equal),
  Ne: asInt(different),
  LtU: asInt(ult),
  LeU: asInt(ule),
  GtU: asInt(swapped(ult)),
  GeU: asInt(swapped(ule)),
  LtS: asInt(slt),
  LeS: asInt(sle),
  GtS: asInt(swapped(slt)),
  GeS: asInt(swapped(sle)),
};

const operations = binaryen as unknown as Readonly<Record<string, number>>;

export const SCALAR_BINARY: ReadonlyMap<number, Binary> = new Map(
  Object.entries(BY_NAME).flatMap(([name, apply]) =>
    ['Int32', 'Int64'].map((type) => [operations[`${name}${type}`]!, apply] as const),
  ),
);

const isZero = (a: Term): Term => fromBool(equal(a, bits(0, a.width)), 32);

/**
 * Floating point stands for whole numbers alone, as frame numbers cross the border: a term of 64 bits that holds the
 * number. Conversions to integers, of which there are no others, give it back.
 */
const sameNumber = (a: Term): Term => a;

export const SCALAR_UNARY: ReadonlyMap<number, (a: Term) => Term> = new Map([
  [binaryen.EqZInt32, isZero],
  [binaryen.EqZInt64, isZero],
  [binaryen.ClzInt32, leadingZeros],
  [binaryen.ClzInt64, leadingZeros],
  [binaryen.CtzInt32, trailingZeros],
  [binaryen.CtzInt64, trailingZeros],
  [binaryen.PopcntInt32, population],
  [binaryen.PopcntInt64, population],
  [binaryen.WrapInt64, (a) => extract(a, 31, 0)],
  [binaryen.ExtendUInt32, (a) => zeroExtend(a, 64)],
  [binaryen.ExtendSInt32, (a) => signExtend(a, 64)],
  [binaryen.ExtendS8Int32, (a) => signExtend(extract(a, 7, 0), 32)],
  [binaryen.ExtendS16Int32, (a) => signExtend(extract(a, 15, 0), 32)],
  [binaryen.TruncSatUFloat64ToInt64, sameNumber],
  [binaryen.TruncSatSFloat64ToInt64, sameNumber],
]);

/** A value of `bytes` as a load widens it to `width` bits. */
export function widened(value: Term, width: number, isSigned: boolean): Term {
  return isSigned ? signExtend(value, width) : concat(bits(0, width - value.width), value);
}
