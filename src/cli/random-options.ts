/** Options of commands that make things at random: the seed, and how many. */
import { InvalidArgumentError, Option } from 'commander';

/** Any number of 64 bits. */
function seedNumber(text: string): bigint {
  const seed = /^(?:0x[0-9a-f]{1,16}|\d{1,20})$/i.test(text) ? BigInt(text) : -1n;
  if (seed < 0n || seed >= 2n ** 64n) {
    throw new InvalidArgumentError(`expected an integer 0..${2n ** 64n - 1n}`);
  }
  return seed;
}

/**
 * `--seed`.
 *
 * @param what - is made the same by the same seed
 */
export function seedOption(what: string): Option {
  return new Option('--seed <s>', `the same seed makes the same ${what}`)
    .argParser(seedNumber)
    .default(1n, '1');
}

/** A parser of an integer of at most `limit`. */
export function wholeNumber(limit: number, least = 0) {
  return (text: string): number => {
    const number = Number(text);
    if (!/^(\d{1,15}|0x[0-9a-f]{1,12})$/i.test(text) || number > limit || number < least) {
      throw new InvalidArgumentError(`expected an integer ${least}..${limit}`);
    }
    return number;
  };
}
