/** Rules of one assertions file that no machine can bear out together: they ask for types of one page, none in common. */

import { clipped, joined, without } from '../ranges.ts';
import { type GfnRange, MEMORY_TYPES, typeName } from '../types.ts';
import { listed } from '../words.ts';
import { namedArea } from './area-names.ts';
import type { Area, Assertion, Extent } from './assertion.ts';

/** Two rules that contradict each other. */
export interface Conflict {
  readonly first: Assertion;
  readonly second: Assertion;
  /** The frames of both; undefined where the machine's map decides where they are. */
  readonly range: GfnRange | undefined;
}

/** Frames that are the same on every machine; undefined where its map says where they are. */
function fixedRanges(area: Area): readonly GfnRange[] | undefined {
  if (area.kind === 'addresses') return joined(area.ranges);
  const fixed = area.kind === 'known' ? namedArea(area.name)?.fixed : undefined;
  return fixed && [fixed];
}

function isWithin(inner: Area, outer: Area): boolean {
  if (outer.kind === 'known' && outer.name === 'all') return true;
  if (inner.kind === 'known' && outer.kind === 'known') {
    return inner.name === outer.name || namedArea(inner.name)?.within === outer.name;
  }
  return inner.kind === 'pattern' && outer.kind === 'pattern' && inner.pattern === outer.pattern;
}

/** The first frames that both are certain to speak of. */
function commonRange(a: Extent, b: Extent): GfnRange | undefined {
  const here = fixedRanges(a.area);
  const there = fixedRanges(b.area);
  if (!here || !there) return undefined;
  const holes = [...a.except, ...b.except].map(fixedRanges);
  // Where only the machine's map says what is left out, nothing is certain.
  if (holes.includes(undefined)) return undefined;
  return without(
    here.flatMap((one) => clipped(there, one)),
    holes.flatMap((ranges) => ranges ?? []),
  )[0];
}

/** Whether one is part of the other on every machine; nothing is certain where either leaves something out. */
function isNested(a: Extent, b: Extent): boolean {
  if (a.except.length > 0 || b.except.length > 0) return false;
  return isWithin(a.area, b.area) || isWithin(b.area, a.area);
}

function conflictOf(first: Assertion, second: Assertion): Conflict | undefined {
  const [a, b] = [first.requirement, second.requirement];
  if (a.kind !== 'types' || b.kind !== 'types') return undefined;
  if (a.policy?.name !== b.policy?.name || a.types.some((type) => b.types.includes(type))) return undefined;
  const range = commonRange(a.extent, b.extent);
  if (range) return { first, second, range };
  const isFixed = fixedRanges(a.extent.area) !== undefined && fixedRanges(b.extent.area) !== undefined;
  return !isFixed && isNested(a.extent, b.extent) ? { first, second, range: undefined } : undefined;
}

/**
 * Pairs of rules that contradict each other.
 *
 * @param assertions - the rules of a file
 * @returns the pairs, in the order of the second
 * @example
 * assertionConflicts([]); // []
 */
export function assertionConflicts(assertions: readonly Assertion[]): readonly Conflict[] {
  return assertions.flatMap((second, index) =>
    assertions.slice(0, index).flatMap((first) => conflictOf(first, second) ?? []),
  );
}

/**
 * `UC`, `WP or UC`, `a defined type`.
 *
 * @internal
 */
export function typesText(types: readonly number[]): string {
  if (types.length === MEMORY_TYPES.length) return 'a defined type';
  return listed(types.map(typeName)).replace(' and ', ' or ');
}
