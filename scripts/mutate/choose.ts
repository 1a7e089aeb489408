/** Which mutants of a room are tried: a seed chooses them, and chooses the same ones again. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Random } from '../../src/fuzz/random.ts';
import { ROOT } from '../shared.mjs';
import { type Mutant, mutantsOf } from './operators.ts';

/** One source of random numbers a room: what one is asked for changes nothing in the others. */
const streamOf = (name: string): bigint =>
  [...name].reduce((sum, letter) => BigInt.asUintN(64, sum * 257n + BigInt(letter.codePointAt(0)!)), 1n);

/**
 * @param mutants - all there are, in the order of their places
 * @param room - the name of their room
 * @param seed - any 64-bit number
 * @param count - how many are wanted; all of them where there are fewer
 * @returns mutants, none twice, one of a place before a second of any place
 */
export function chosen(
  mutants: readonly Mutant[],
  room: string,
  seed: bigint,
  count: number,
): readonly Mutant[] {
  const random = new Random(seed, streamOf(room));
  const shuffled = [...mutants];
  for (let last = shuffled.length - 1; last > 0; last--) {
    const other = random.below(last + 1);
    [shuffled[last], shuffled[other]] = [shuffled[other]!, shuffled[last]!];
  }
  const seen = new Set<string>();
  const [first, again]: [Mutant[], Mutant[]] = [[], []];
  for (const mutant of shuffled) {
    const place = `${mutant.file}:${mutant.start}:${mutant.operator}`;
    (seen.has(place) ? again : first).push(mutant);
    seen.add(place);
  }
  return [...first, ...again].slice(0, count);
}

const inTree = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

/**
 * All mutants of some files.
 *
 * @param textOf - what a file holds; the tree's, if left out
 */
export const mutantsIn = (files: readonly string[], textOf = inTree): readonly Mutant[] =>
  files.flatMap((file) => mutantsOf(file, textOf(file)));
