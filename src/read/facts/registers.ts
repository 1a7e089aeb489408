/** Comparing and joining what two lines say of one register. */

import { bitLength } from '../words.ts';
import type { RegisterFact } from './facts.ts';

/**
 * Whether two statements about a register can both be true: they agree on every bit that both know. A mask
 * that was made from a size has no upper end, so it is compared below the other's highest bit only.
 */
export function agreeing(a: RegisterFact, b: RegisterFact): boolean {
  let common = a.known & b.known;
  if (a.sized !== b.sized) {
    const exact = a.sized ? b : a;
    common &= (1n << BigInt(Math.max(12, bitLength(exact.value)))) - 1n;
  }
  return (a.value & common) === (b.value & common);
}

/**
 * One statement out of two: `first`'s bits, and `second`'s where `first` is silent; exact masks over sized.
 * Where they cannot both be true it is `first` alone.
 */
export function joined(first: RegisterFact, second: RegisterFact): RegisterFact {
  if (!agreeing(first, second)) return first;
  if (first.sized && !second.sized) return joined(second, first);
  const known = first.known | second.known;
  if (known === first.known) return first;
  return {
    ...first,
    sized: first.sized || second.sized,
    value: (first.value & first.known) | (second.value & second.known & ~first.known),
    known,
    at: first.at.file === second.at.file && second.at.line < first.at.line ? second.at : first.at,
  };
}
