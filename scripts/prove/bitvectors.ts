/** Bit vectors, and choices between them: what the instructions of Wasm compute. */
import { and, given, not, or } from './conditions.ts';
import {
  bits,
  bool,
  FALSE,
  isConst,
  make,
  type Operator,
  ones,
  remembered,
  type Term,
  TRUE,
} from './term.ts';

function signed(value: bigint, width: number): bigint {
  return BigInt.asIntN(width, value);
}

/** What an operator gives for constants, both of `width` bits; a shift by the width or more gives no bit of the value. */
export function folded(op: Operator, a: bigint, b: bigint, width: number): bigint {
  switch (op) {
    case 'bvand':
      return a & b;
    case 'bvor':
      return a | b;
    case 'bvxor':
      return a ^ b;
    case 'bvadd':
      return BigInt.asUintN(width, a + b);
    case 'bvsub':
      return BigInt.asUintN(width, a - b);
    case 'bvmul':
      return BigInt.asUintN(width, a * b);
    case 'bvshl':
      return b >= BigInt(width) ? 0n : BigInt.asUintN(width, a << b);
    case 'bvlshr':
      return b >= BigInt(width) ? 0n : a >> b;
    case 'bvashr':
      return BigInt.asUintN(width, signed(a, width) >> (b >= BigInt(width) ? BigInt(width) : b));
    case '=':
      return a === b ? 1n : 0n;
    case 'bvult':
      return a < b ? 1n : 0n;
    case 'bvule':
      return a <= b ? 1n : 0n;
    case 'bvslt':
      return signed(a, width) < signed(b, width) ? 1n : 0n;
    case 'bvsle':
      return signed(a, width) <= signed(b, width) ? 1n : 0n;
    default:
      throw new Error(`no constants for ${op}`);
  }
}

export function ite(condition: Term, a: Term, b: Term): Term {
  if (isConst(condition)) return condition.value === 1n ? a : b;
  if (a === b) return a;
  if (condition.op === 'not') return ite(condition.args[0]!, b, a);
  if (a.width === 0) return or(and(condition, a), and(not(condition), b));
  if (a.op === 'ite' && a.args[0] === condition) return ite(condition, a.args[1]!, b);
  if (b.op === 'ite' && b.args[0] === condition) return ite(condition, a, b.args[2]!);
  return make('ite', a.width, [condition, a, b]);
}

/** Choices of constants, at most so many deep, are computed with choice by choice. */
const CHOICES_MOST = 24;

const leavesOf = new WeakMap<Term, number>();

/** How many leaves a choice of constants has; 0 where a leaf is none, or there are too many. */
function choices(term: Term): number {
  if (isConst(term)) return 1;
  if (term.op !== 'ite') return 0;
  let count = leavesOf.get(term);
  if (count === undefined) {
    const [a, b] = [choices(term.args[1]!), choices(term.args[2]!)];
    count = a === 0 || b === 0 || a + b > CHOICES_MOST ? 0 : a + b;
    leavesOf.set(term, count);
  }
  return count;
}

function mapChoices(term: Term, change: (leaf: Term) => Term): Term {
  if (isConst(term)) return change(term);
  const [condition, a, b] = term.args;
  return ite(condition!, mapChoices(a!, change), mapChoices(b!, change));
}

/** The operator carried into choices of constants, where both sides are constants or such choices. */
function carried(a: Term, b: Term, apply: (a: Term, b: Term) => Term): Term | undefined {
  const leaves = choices(a) * choices(b);
  if (leaves === 0 || leaves > CHOICES_MOST) return undefined;
  return mapChoices(a, (left) => mapChoices(b, (right) => apply(left, right)));
}

const COMMUTES: ReadonlySet<Operator> = new Set(['bvand', 'bvor', 'bvxor', 'bvadd', 'bvmul', '=']);

/** Constants stand behind, the rest in the order of creation. */
function ordered(op: Operator, a: Term, b: Term): [Term, Term] {
  if (!COMMUTES.has(op)) return [a, b];
  if (isConst(a) !== isConst(b)) return isConst(a) ? [b, a] : [a, b];
  return a.id <= b.id ? [a, b] : [b, a];
}

function binary(op: Operator, first: Term, second: Term, width: number): Term {
  const [a, b] = ordered(op, first, second);
  if (a.width !== b.width) throw new Error(`${op} of ${a.width} and ${b.width} bits`);
  return remembered(`${op} ${a.id} ${b.id}`, () => built(op, a, b, width));
}

function built(op: Operator, a: Term, b: Term, width: number): Term {
  const result = (value: bigint): Term => (width === 0 ? bool(value === 1n) : bits(value, width));
  if (isConst(a) && isConst(b)) return result(folded(op, a.value, b.value, a.width));
  return (
    simplified(op, a, b, width) ?? carried(a, b, (x, y) => binary(op, x, y, width)) ?? make(op, width, [a, b])
  );
}

/** What a binary operator comes to without being written down, where that can be seen at once. */
function simplified(op: Operator, a: Term, b: Term, width: number): Term | undefined {
  const zero = b.op === 'const' && b.value === 0n;
  const full = b.op === 'const' && b.value === ones(b.width);
  switch (op) {
    case 'bvand':
      if (zero) return b;
      if (full || a === b) return a;
      return masked(a, b);
    case 'bvor':
      if (zero || a === b) return a;
      return full ? b : undefined;
    case 'bvxor':
      if (a === b) return bits(0, width);
      return zero ? a : undefined;
    case 'bvadd':
      if (zero) return a;
      return isConst(b) ? added(a, b) : undefined;
    case 'bvsub':
      if (a === b) return bits(0, width);
      return isConst(b) ? add(a, bits(-b.value, width)) : distance(a, b);
    case 'bvmul':
      if (zero) return b;
      return b.op === 'const' && b.value === 1n ? a : undefined;
    case 'bvshl':
    case 'bvlshr':
      if (zero) return a;
      return isConst(b) ? shifted(op, a, b.value) : shiftedByFew(op, a, b);
    case 'bvashr':
      return zero ? a : undefined;
    case '=':
      if (a === b) return TRUE;
      return isConst(b) ? equalToConst(a, b) : undefined;
    case 'bvult':
      if (a === b) return FALSE;
      if (isConst(a) && a.value === 0n) return not(equal(b, bits(0, b.width)));
      return lessByBounds(a, b);
    case 'bvule':
      if (a === b || full) return TRUE;
      return zero ? equal(a, b) : opposite(lessByBounds(b, a));
    default:
      return a === b && op === 'bvsle' ? TRUE : undefined;
  }
}

/** Least and greatest value, as far as constant upper bits show. */
function boundsOf(term: Term): readonly [bigint, bigint] {
  if (isConst(term)) return [term.value, term.value];
  if (term.op !== 'concat' || !isConst(term.args[0]!)) return [0n, ones(term.width)];
  const base = term.args[0]!.value << BigInt(term.args[1]!.width);
  return [base, base | ones(term.args[1]!.width)];
}

/** `a - b` where they differ in a constant that they end in. */
function distance(a: Term, b: Term): Term | undefined {
  const cut = Math.min(constantTail(a), constantTail(b));
  if (cut === 0 || extract(a, a.width - 1, cut) !== extract(b, b.width - 1, cut)) return undefined;
  return bits(extract(a, cut - 1, 0).value - extract(b, cut - 1, 0).value, a.width);
}

/** Bits of the constant that a term ends in; 0 where it ends in none. */
function constantTail(term: Term): number {
  if (term.op !== 'concat') return 0;
  const low = term.args[1]!;
  return isConst(low) ? low.width : constantTail(low);
}

/** Whether `b` is `a` with a constant added that does not carry out. */
function isMoreOf(a: Term, b: Term): boolean {
  if (b.op !== 'bvadd' || b.args[0] !== a || !isConst(b.args[1]!)) return false;
  return boundsOf(a)[1] + b.args[1]!.value <= ones(a.width);
}

/** Whether one value is less than another, where their bounds or their upper parts say so. */
function lessByBounds(a: Term, b: Term): Term | undefined {
  if (isMoreOf(a, b)) return TRUE;
  if (isMoreOf(b, a)) return FALSE;
  const cut = Math.max(constantTail(a), constantTail(b));
  if (cut > 0) {
    const [highA, highB] = [a, b].map((term) => extract(term, term.width - 1, cut)) as [Term, Term];
    if (highA === highB) return ult(extract(a, cut - 1, 0), extract(b, cut - 1, 0));
    if (lessByBounds(highA, highB) === TRUE) return TRUE;
    if (lessByBounds(highB, highA) === TRUE) return FALSE;
  }
  const [[leastA, mostA], [leastB, mostB]] = [boundsOf(a), boundsOf(b)];
  if (mostA < leastB) return TRUE;
  return leastA >= mostB ? FALSE : undefined;
}

function opposite(condition: Term | undefined): Term | undefined {
  return condition && not(condition);
}

/** `(x + c) + d` is `x + (c + d)`. */
function added(a: Term, b: Term): Term | undefined {
  // Pointers, of 32 bits, stay sums: a table is found by the constant in them.
  const tail = a.width === 32 ? 0 : constantTail(a);
  if (tail > 0) {
    const sum = extract(a, tail - 1, 0).value + b.value;
    return concat(
      add(extract(a, a.width - 1, tail), bits(sum >> BigInt(tail), a.width - tail)),
      bits(sum, tail),
    );
  }
  if (a.op !== 'bvadd' || !isConst(a.args[1]!)) return undefined;
  return add(a.args[0]!, bits(a.args[1]!.value + b.value, b.width));
}

/** Masks of more runs of equal bits than this stay masks. */
const RUNS_MOST = 5;

/** A constant mask takes some bits and leaves zeros: these are put together. */
function masked(a: Term, b: Term): Term | undefined {
  if (!isConst(b)) return undefined;
  const runs = [...b.value.toString(2).padStart(b.width, '0').matchAll(/1+|0+/g)];
  if (runs.length > RUNS_MOST) return undefined;
  return runs
    .map(({ 0: run, index }) => {
      const high = b.width - 1 - index;
      return run.startsWith('0') ? bits(0, run.length) : extract(a, high, high - run.length + 1);
    })
    .reduce(concat);
}

/** A shift by a constant moves bits: no operator of arithmetic is needed. */
function shifted(op: 'bvshl' | 'bvlshr', a: Term, by: bigint): Term {
  if (by >= BigInt(a.width)) return bits(0, a.width);
  const count = Number(by);
  if (op === 'bvlshr') return zeroExtend(extract(a, a.width - 1, count), a.width);
  return concat(extract(a, a.width - count - 1, 0), bits(0, count));
}

/** Bits of a count from which on a shift of a constant stays a shift. */
const COUNT_BITS_MOST = 3;

/** A constant shifted by a count of few bits: a choice of constants. */
function shiftedByFew(op: 'bvshl' | 'bvlshr', a: Term, by: Term): Term | undefined {
  if (!isConst(a) || by.op !== 'concat' || by.args[0]!.value !== 0n || !isConst(by.args[0]!))
    return undefined;
  const count = by.args[1]!;
  if (count.width > COUNT_BITS_MOST) return undefined;
  let result = shifted(op, a, 0n);
  for (let one = 1n; one <= ones(count.width); one++) {
    result = ite(equal(count, bits(one, count.width)), shifted(op, a, one), result);
  }
  return result;
}

/** An equality with a constant, part by part where a value is put together. */
function equalToConst(a: Term, b: Term): Term | undefined {
  if (a.op === 'concat') {
    const [high, low] = a.args;
    return and(equal(high!, extract(b, a.width - 1, low!.width)), equal(low!, extract(b, low!.width - 1, 0)));
  }
  if (a.op === 'bvnot') return equal(a.args[0]!, bits(~b.value, b.width));
  // Words that control a way, whose zeros are its conditions; bytes of vectors are left as they are.
  if (a.op !== 'ite' || a.width < 32 || !(isConst(a.args[1]!) || isConst(a.args[2]!))) return undefined;
  return ite(a.args[0]!, equal(a.args[1]!, b), equal(a.args[2]!, b));
}

export const band = (a: Term, b: Term): Term => binary('bvand', a, b, a.width);
export const bor = (a: Term, b: Term): Term => binary('bvor', a, b, a.width);
export const xor = (a: Term, b: Term): Term => binary('bvxor', a, b, a.width);
export const add = (a: Term, b: Term): Term => binary('bvadd', a, b, a.width);
export const sub = (a: Term, b: Term): Term => binary('bvsub', a, b, a.width);
export const mul = (a: Term, b: Term): Term => binary('bvmul', a, b, a.width);
export const shl = (a: Term, b: Term): Term => binary('bvshl', a, b, a.width);
export const lshr = (a: Term, b: Term): Term => binary('bvlshr', a, b, a.width);
export const ashr = (a: Term, b: Term): Term => binary('bvashr', a, b, a.width);
export const ult = (a: Term, b: Term): Term => binary('bvult', a, b, 0);
export const ule = (a: Term, b: Term): Term => binary('bvule', a, b, 0);
export const slt = (a: Term, b: Term): Term => binary('bvslt', a, b, 0);
export const sle = (a: Term, b: Term): Term => binary('bvsle', a, b, 0);

/** Whether two terms of one width are the same value. */
export function equal(a: Term, b: Term): Term {
  if (a.width !== 0) return binary('=', a, b, 0);
  return or(and(a, b), and(not(a), not(b)));
}

export function bnot(a: Term): Term {
  if (isConst(a)) return bits(~a.value, a.width);
  return a.op === 'bvnot' ? a.args[0]! : make('bvnot', a.width, [a]);
}

/** `high` in the upper bits, `low` in the lower ones. */
export function concat(high: Term, low: Term): Term {
  if (high.width === 0) return low;
  if (low.width === 0) return high;
  const width = high.width + low.width;
  if (isConst(high) && isConst(low)) return bits((high.value << BigInt(low.width)) | low.value, width);
  if (high.op === 'extract' && low.op === 'extract' && high.args[0] === low.args[0]) {
    if (high.low === low.low + low.width) return extract(high.args[0]!, high.low + high.width - 1, low.low);
  }
  if (high.op === 'ite' && low.op === 'ite' && high.args[0] === low.args[0]) {
    return ite(high.args[0]!, concat(high.args[1]!, low.args[1]!), concat(high.args[2]!, low.args[2]!));
  }
  const chosen = carried(high, low, concat);
  if (chosen) return chosen;
  // To the right, so that neighbours meet: (a b) c is a (b c).
  if (high.op === 'concat') return concat(high.args[0]!, concat(high.args[1]!, low));
  if (low.op === 'concat') {
    const met = concat(high, low.args[0]!);
    if (met.op !== 'concat' || met.args[0] !== high) return concat(met, low.args[1]!);
  }
  return make('concat', width, [high, low]);
}

/** Bits `high` to `low` of a term. */
export function extract(a: Term, high: number, low: number): Term {
  if (high - low + 1 === a.width) return a;
  return remembered(`extract ${high} ${low} ${a.id}`, () => taken(a, high, low));
}

function taken(a: Term, high: number, low: number): Term {
  const width = high - low + 1;
  if (isConst(a)) return bits(a.value >> BigInt(low), width);
  if (a.op === 'extract') return extract(a.args[0]!, a.low + high, a.low + low);
  if (a.op === 'concat') {
    const [upper, lower] = a.args;
    const cut = lower!.width;
    if (low >= cut) return extract(upper!, high - cut, low - cut);
    if (high < cut) return extract(lower!, high, low);
    return concat(extract(upper!, high - cut, 0), extract(lower!, cut - 1, low));
  }
  if (a.op === 'ite') return ite(a.args[0]!, extract(a.args[1]!, high, low), extract(a.args[2]!, high, low));
  if (a.op === 'bvand' || a.op === 'bvor' || a.op === 'bvxor') {
    return binary(a.op, extract(a.args[0]!, high, low), extract(a.args[1]!, high, low), width);
  }
  if (a.op === 'bvnot') return bnot(extract(a.args[0]!, high, low));
  // The low bits of a sum depend on the low bits alone.
  if (low === 0 && (a.op === 'bvadd' || a.op === 'bvsub' || a.op === 'bvmul')) {
    return binary(a.op, extract(a.args[0]!, high, 0), extract(a.args[1]!, high, 0), width);
  }
  return make('extract', width, [a], { low });
}

export function zeroExtend(a: Term, width: number): Term {
  return a.width === width ? a : concat(bits(0, width - a.width), a);
}

export function signExtend(a: Term, width: number): Term {
  if (a.width === width) return a;
  const sign = extract(a, a.width - 1, a.width - 1);
  const more = width - a.width;
  return concat(ite(equal(sign, bits(1, 1)), bits(-1, more), bits(0, more)), a);
}

/** A Bool as a number of `width` bits, and back: not zero. */
export function fromBool(a: Term, width: number): Term {
  return ite(a, bits(1, width), bits(0, width));
}

export function toBool(a: Term): Term {
  return not(equal(a, bits(0, a.width)));
}

/** A choice without the branches that are not taken where other conditions are known to hold. */
export function chosen(known: ReadonlySet<Term>, value: Term, seen = new Map<Term, Term>()): Term {
  if (value.op !== 'ite') return value;
  let found = seen.get(value);
  if (found === undefined) {
    const [condition, a, b] = value.args;
    const holds = given(known, condition!, seen);
    if (isConst(holds)) found = chosen(known, holds === TRUE ? a! : b!, seen);
    else found = ite(holds, chosen(known, a!, seen), chosen(known, b!, seen));
    seen.set(value, found);
  }
  return found;
}
