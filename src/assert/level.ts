/** Judges rules about mapping levels: every aligned page of 2M or 1G that lies in an area is mapped as one. */

import { rangesText } from '../check/context.ts';
import { nextMatchEdge } from '../explain/matching.ts';
import { alignedWithin, joined, LEAF_FRAMES } from '../ranges.ts';
import type { GfnRange, Level } from '../types.ts';
import { resolved } from './areas.ts';
import type { Breach, Requirement } from './assertion.ts';
import { type AssertMachine, type Ruling, TORN_RANGES } from './machine.ts';
import { collected, cpusText, pagesOf } from './types.ts';

type LevelRequirement = Extract<Requirement, { kind: 'level' }>;

/** Ranges that one page is blamed on. */
const MOST_BLAMED = 4;
const NAMES: Readonly<Record<Level, string>> = { 0: 'not mapped', 1: '4K', 2: '2M', 3: '1G' };

function* breachesOf(
  machine: AssertMachine,
  group: number,
  requirement: LevelRequirement,
  range: GfnRange,
): Generator<Breach> {
  const context = machine.context(group);
  for (const { start, end, level } of machine.view(group, requirement.policy).spansOf('levels', { range })) {
    if (level >= requirement.level) continue;
    // Whoever begins or stops to speak inside the page keeps it from being one.
    const size = LEAF_FRAMES[requirement.level];
    const page = { start: start - (start % size), end: Math.ceil(end / size) * size };
    const pairs = context.valid.filter((pair) => {
      const edge = nextMatchEdge(pair, page.start, context.registers);
      return edge !== undefined && edge < page.end;
    });
    const blamed = pairs.slice(0, MOST_BLAMED);
    yield {
      start,
      end,
      found: NAMES[level!],
      reason:
        blamed.length > 0
          ? `${rangesText(blamed)} ${blamed.length === 1 ? 'begins or ends' : 'begin or end'} inside`
          : level === 0
            ? 'no slot maps it'
            : 'slots, fixed ranges or the policy keep it small',
      causes: blamed.flatMap((pair) => context.pairCauses(pair)),
    };
  }
}

function wrongPages(
  machine: AssertMachine,
  group: number,
  requirement: LevelRequirement,
  ranges: readonly GfnRange[],
) {
  let wrong = 0n;
  for (const range of ranges) {
    for (const { level, pages } of machine.view(group, requirement.policy).totals('levels', { range })) {
      if (level! < requirement.level) wrong += pages;
    }
  }
  return wrong;
}

/** Judges a rule about levels. */
export function judgeLevel(machine: AssertMachine, requirement: LevelRequirement): Ruling {
  const found = resolved(requirement.extent, machine.layout);
  if ('unknown' in found) return { outcome: 'unknown', message: found.unknown };
  if ('none' in found) return { outcome: 'none', message: found.none };
  if (machine.input.areRangesTorn) return TORN_RANGES;
  const notes = found.note === undefined ? [] : [found.note];
  const name = NAMES[requirement.level];
  const ranges = joined(found.ranges)
    .map((range) => alignedWithin(range, LEAF_FRAMES[requirement.level]))
    .filter(({ start, end }) => start < end);
  if (ranges.length === 0) return { outcome: 'none', message: `no aligned ${name} page lies in it`, notes };
  for (const [group] of machine.groups.entries()) {
    const wrong = wrongPages(machine, group, requirement, ranges);
    if (wrong === 0n) continue;
    const breaches: Breach[] = [];
    for (const range of ranges) {
      if (collected(breachesOf(machine, group, requirement, range), breaches)) break;
    }
    return {
      outcome: 'broken',
      message: `not all of it is mapped by ${name} pages${cpusText(machine, group)}`,
      notes,
      pages: pagesOf(ranges),
      wrongPages: wrong,
      breaches,
      isCutShort: pagesOf(breaches) < wrong,
      remedy: `align what is not RAM to ${name}`,
      vcpus: machine.idsOf(group),
    };
  }
  return { outcome: 'holds', message: '', notes, pages: pagesOf(ranges) };
}
