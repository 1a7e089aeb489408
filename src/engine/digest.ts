/** Digests of ranges that follow on each other; see EngineView.digest for what they are. */
import { wrongKind, wrongValue } from '../arguments.ts';
import { DIGEST_MULTIPLIER } from '../vm/index.ts';

const MODULUS_BITS = 64;

/** base^exponent modulo 2^64. */
function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = base;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = BigInt.asUintN(MODULUS_BITS, result * square);
    square = BigInt.asUintN(MODULUS_BITS, square * square);
  }
  return result;
}

/**
 * The digest of two ranges as one, so that shards can be evaluated apart and checked together.
 *
 * @param left - digest of the first range
 * @param right - digest of the range that follows on it
 * @param rightPages - pages of the second range
 * @returns the digest of both, 64 bits
 * @throws {@link InputTypeError}, {@link InputRangeError}
 * @example
 * const view = createEvaluatorSync().view(vcpu({ maxphyaddr: 36 }), policy('sdm'));
 * const left = view.digest({ start: 0, end: 10 });
 * const right = view.digest({ start: 10, end: 30 });
 * joinDigests(left, right, 20n) === view.digest({ start: 0, end: 30 }); // true
 */
export function joinDigests(left: bigint, right: bigint, rightPages: bigint): bigint {
  for (const [path, value] of Object.entries({ left, right, rightPages })) {
    if (typeof value !== 'bigint') throw wrongKind(path, 'a bigint', value);
    if (value < 0n) throw wrongValue(path, 'a number from 0', value);
  }
  return BigInt.asUintN(MODULUS_BITS, left * power(DIGEST_MULTIPLIER, rightPages) + right);
}
