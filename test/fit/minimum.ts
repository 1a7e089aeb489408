/** A search of src/fit held against trying all sets of ranges. */
import { expect } from 'vitest';
import { blockTree, type Piece } from '../../src/fit/block.ts';
import { BestWithin } from '../../src/fit/budget.ts';
import { FewestRanges } from '../../src/fit/fewest.ts';
import { ANY_TYPE } from '../../src/fit/wanted.ts';
import { MEMORY_TYPES } from '../../src/types.ts';
import type { Rng } from '../generators/rng.ts';
import { byKvm, byManual, leastLosses, type Rule } from './brute-force.ts';

export const RULES: readonly Rule[] = ['manual', 'kvm', 'disjoint'];

/** What pages may accept, more often what firmware wants. */
const KINDS = [1 << 6, 1 << 6, 1 << 6, 1, 1, 1 << 4, 1 << 1, 1 << 5, ANY_TYPE, ANY_TYPE, 1 | (1 << 5)];

/** Pages by what they accept, in runs. */
export function randomWanted(rng: Rng, pages: number): number[] {
  const wanted: number[] = [];
  while (wanted.length < pages) {
    const kind = rng.pick(KINDS);
    const run = rng.between(1, Math.max(1, pages >> 1));
    for (let k = 0; k < run && wanted.length < pages; k++) wanted.push(kind);
  }
  return wanted;
}

function treeOf(wanted: readonly number[]) {
  const pieces: Piece[] = [];
  for (const [page, accepted] of wanted.entries()) {
    const last = pieces.at(-1);
    if (last?.accepted === accepted) pieces[pieces.length - 1] = { ...last, end: page + 1 };
    else pieces.push({ start: page, end: page + 1, accepted, isForcedWb: false });
  }
  return blockTree(pieces, wanted.length);
}

/** The number of ranges, the loss for every smaller number, and the plans themselves, against all sets of `most`. */
export function expectMinimum(wanted: readonly number[], most: number, rule: Rule): void {
  const label = `${rule} ${wanted.join()}`;
  const losses = leastLosses(wanted, most, rule);
  const tree = treeOf(wanted);
  const search = new FewestRanges(tree, rule);
  const [defaultType] = [...MEMORY_TYPES].sort((a, b) => search.cost(a) - search.cost(b));
  const found = search.count(defaultType!);
  const expected = losses.indexOf(0);
  if (expected < 0) expect(found, label).toBeGreaterThan(most);
  else expect(found, label).toBe(expected);
  const ranges = search
    .ranges(defaultType!)
    .map(({ start, frames, type }) => ({ start, size: frames, type }));
  expect(ranges.length, label).toBe(found);
  for (const [page, accepted] of wanted.entries()) {
    const type = byManual(ranges, defaultType!, page);
    expect(type >= 0 && (accepted & (1 << type)) !== 0, `${label} page ${page}`).toBe(true);
    if (rule !== 'manual') expect(byKvm(ranges, defaultType!, page), `${label} page ${page}`).toBe(type);
  }
  const within = losses.map((_, budget) => {
    const best = new BestWithin(tree, rule, budget);
    return Math.min(...MEMORY_TYPES.map((type) => best.loss(type)));
  });
  expect(within, label).toEqual(losses);
}
