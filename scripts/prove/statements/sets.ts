/** Sets of rules or of registers: a bit each (64). */
import { band, bnot, equal, lshr, shl, sub, ult, zeroExtend } from '../bitvectors.ts';
import { and } from '../conditions.ts';
import { bits, type Term } from '../term.ts';

const long = (index: Term): Term => zeroExtend(index, 64);
export const bitAt = (index: Term): Term => shl(bits(1, 64), long(index));

export const isEmpty = (set: Term): Term => equal(set, bits(0, 64));
export const isIn = (index: Term, set: Term): Term =>
  equal(band(lshr(set, long(index)), bits(1, 64)), bits(1, 64));
export const isSubset = (part: Term, whole: Term): Term => isEmpty(band(part, bnot(whole)));
export const without = (index: Term, set: Term): Term => band(set, bnot(bitAt(index)));

/** Whether an index (32 bits) is the lowest of a set. */
export const isLowest = (index: Term, set: Term): Term =>
  and(ult(index, bits(64, 32)), isIn(index, set), isEmpty(band(set, sub(bitAt(index), bits(1, 64)))));

/** A set without its lowest, as a round computes it. */
export const withoutLowest = (set: Term): Term => band(set, sub(set, bits(1, set.width)));
