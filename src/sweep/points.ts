/**
 * The points of a campaign by number, in mixed radix: layouts outermost, then the axes in their order. Nothing is
 * enumerated, so that a campaign of 10^12 points costs what one of ten does.
 */
import { canonicalText } from './canonical.ts';
import { enumeratedCount } from './enumerate.ts';
import type { Assignment, LayoutSource, PlainValue, SweepSpec } from './spec.ts';

/** Layouts of a source. */
export function layoutsOf(source: LayoutSource): bigint {
  switch (source.kind) {
    case 'presets':
      return BigInt(source.names.length);
    case 'files':
      return BigInt(source.files.length);
    case 'random':
      return BigInt(source.count);
    case 'enumerate':
      return enumeratedCount(source);
  }
}

/** Layouts of all sources. */
export function layoutCount({ layouts }: Pick<SweepSpec, 'layouts'>): bigint {
  return layouts.reduce((sum, source) => sum + layoutsOf(source), 0n);
}

/** A layout by its number: its source, and its number there. */
export interface LayoutPlace {
  readonly source: LayoutSource;
  readonly index: bigint;
}

/**
 * Where a layout comes from.
 *
 * @param layout - 0..{@link layoutCount} - 1
 */
export function layoutPlace({ layouts }: Pick<SweepSpec, 'layouts'>, layout: bigint): LayoutPlace {
  let index = layout;
  for (const source of layouts) {
    const count = layoutsOf(source);
    if (index < count) return { source, index };
    index -= count;
  }
  throw new RangeError(`no layout ${layout}: there are ${layout - index}`);
}

/** Layouts of one source whose numbers follow on each other. */
export interface Segment {
  readonly source: LayoutSource;
  /** Number of the source's first layout in the campaign. */
  readonly offset: bigint;
  /** Number of the segment's first layout in its source. */
  readonly first: bigint;
  readonly count: bigint;
}

/** Layouts cut where a source ends, in order. */
export function segmentsOf(
  { layouts }: Pick<SweepSpec, 'layouts'>,
  first: bigint,
  count: bigint,
): readonly Segment[] {
  const end = first + count;
  let offset = 0n;
  return layouts.flatMap((source): readonly Segment[] => {
    const before = offset;
    offset += layoutsOf(source);
    const [from, to] = [first > before ? first : before, end < offset ? end : offset];
    return from < to ? [{ source, offset: before, first: from - before, count: to - from }] : [];
  });
}

type Axes = Pick<SweepSpec, 'dimensions' | 'exclude' | 'include'>;

/** Combinations that the axes alone make, excluded ones too. */
export function productOf({ dimensions }: Pick<SweepSpec, 'dimensions'>): number {
  return dimensions.reduce((product, { values }) => product * values.length, 1);
}

/** Combinations of every layout: {@link productOf}, and those that are included. */
export function combinationCount(axes: Axes): number {
  return productOf(axes) + axes.include.length;
}

function isSameValue(a: PlainValue | undefined, b: PlainValue): boolean {
  return a === b || (a !== undefined && canonicalText(a) === canonicalText(b));
}

/** Whether a combination says all that another one says. */
export function agrees(assignment: Assignment, entry: Assignment): boolean {
  return Object.entries(entry).every(([path, value]) => isSameValue(assignment[path], value));
}

/**
 * What a combination says, by config path.
 *
 * @param index - 0..{@link combinationCount} - 1: the last axis runs fastest, those included stand behind
 * @returns undefined where it is excluded
 */
export function combinationAt(axes: Axes, index: number): Assignment | undefined {
  const product = productOf(axes);
  if (index >= product) return axes.include[index - product];
  const assignment: Record<string, PlainValue> = {};
  let rest = index;
  for (const { paths, values } of axes.dimensions.toReversed()) {
    const row = values[rest % values.length]!;
    for (const [at, path] of paths.entries()) assignment[path] = row[at]!;
    rest = Math.floor(rest / values.length);
  }
  const ordered = axes.dimensions.flatMap(({ paths }) => paths);
  const inOrder = Object.fromEntries(ordered.map((path) => [path, assignment[path]!]));
  return axes.exclude.some((entry) => agrees(inOrder, entry)) ? undefined : inOrder;
}

/** A point's layout and combination. */
export function pointPlace(
  axes: Axes,
  point: bigint,
): { readonly layout: bigint; readonly combination: number } {
  const combinations = BigInt(combinationCount(axes));
  return { layout: point / combinations, combination: Number(point % combinations) };
}
