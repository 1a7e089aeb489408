/** A search of src/fit held against trying all sets of ranges. */
import { expect } from 'vitest';
import { bestWithin } from '../../src/fit/best.ts';
import { blockTree, type Piece } from '../../src/fit/block.ts';
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

/** The stretches of pages that accept the same. */
export function piecesOfPages(wanted: readonly number[]): readonly Piece[] {
  const pieces: Piece[] = [];
  for (const [page, accepted] of wanted.entries()) {
    const last = pieces.at(-1);
    if (last?.accepted === accepted) pieces[pieces.length - 1] = { ...last, end: page + 1 };
    else pieces.push({ start: page, end: page + 1, accepted, isForcedWb: false });
  }
  return pieces;
}

export function treeOf(wanted: readonly number[]) {
  return blockTree(piecesOfPages(wanted), wanted.length);
}

/** The pages, as bits, that the best plan within a budget loses. */
function lostWithin(wanted: readonly number[], rule: Rule, budget: number): number | undefined {
  const best = bestWithin({
    tree: treeOf(wanted),
    disciplines: [rule],
    types: MEMORY_TYPES,
    budget,
    isFixedUsed: false,
  });
  if (!best) return undefined;
  const ranges = best.ranges.map(({ start, frames, type }) => ({ start, size: frames, type }));
  expect(ranges.length).toBeLessThanOrEqual(budget);
  const lost = wanted.map((accepted, page) => {
    const isAccepted = accepted & (1 << byManual(ranges, best.defaultType, page));
    return isAccepted ? 0 : 1 << page;
  });
  expect(lost.filter((bit) => bit !== 0)).toHaveLength(best.lostPages);
  return lost.reduce((bits, bit) => bits | bit, 0);
}

/** The number of ranges, the pages lost for every smaller number, and the plans themselves, against all sets of `most`. */
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
  const within = losses.map((_, budget) => lostWithin(wanted, rule, budget));
  expect(within, label).toEqual(losses);
}
