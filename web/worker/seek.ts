/** The next and previous boundaries and differences, found by counting: no stretch in between is visited. */
import { type GfnRange, type PatType, type View, type Want, WB } from '../../src/index.ts';
import type { LaneOpener } from './map.ts';
import type { SeekQuestion } from './protocol.ts';

interface Asked {
  readonly want: Want;
  readonly pat: PatType;
  readonly range: GfnRange;
}

/** The smallest number of `low..high` of which something holds that holds of all above it; `high` has to be one. */
function lowestOf(low: number, high: number, holds: (at: number) => boolean): number {
  let [below, above] = [low, high];
  while (below < above) {
    const middle = below + Math.floor((above - below) / 2);
    if (holds(middle)) above = middle;
    else below = middle + 1;
  }
  return above;
}

function nextBoundary(view: View, from: number, { want, pat, range }: Asked): number | null {
  const [span] = view.spansOf(want, { range: { start: from, end: range.end }, pat });
  return span && span.end < range.end ? span.end : null;
}

function previousBoundary(view: View, from: number, { want, pat, range }: Asked): number | null {
  if (from <= range.start) return null;
  const isOne = (start: number) => view.totals(want, { range: { start, end: from }, pat }).length === 1;
  return lowestOf(range.start, from - 1, isOne);
}

function nextDifference(view: View, first: View, from: number, { want, pat, range }: Asked): number | null {
  for (const { start } of first
    .compare(view, want, { range: { start: Math.max(from, range.start), end: range.end }, pat })
    .spans()) {
    if (start > from) return start;
  }
  return null;
}

function previousDifference(
  view: View,
  first: View,
  from: number,
  { want, pat, range }: Asked,
): number | null {
  const compare = (start: number, end: number) => first.compare(view, want, { range: { start, end }, pat });
  if (from <= range.start || compare(range.start, from).pages === 0n) return null;
  // The last frame that differs, then the stretch that ends with it.
  const last = lowestOf(range.start + 1, from, (start) => compare(start, from).pages === 0n) - 1;
  return lowestOf(range.start, last, (start) => {
    const { matrix, pages } = compare(start, last + 1);
    return matrix.length === 1 && pages > 0n;
  });
}

function nearest(found: readonly (number | null)[], direction: SeekQuestion['direction']): number | null {
  const places = found.filter((place) => place !== null);
  if (places.length === 0) return null;
  return direction === 'next' ? Math.min(...places) : Math.max(...places);
}

/**
 * Where an answer of some lane changes, or a lane begins to differ from the first.
 *
 * @param frames - of the machine that the question is about
 * @returns a frame; null where there is none in that direction
 */
export async function sought(
  question: SeekQuestion,
  frames: number,
  open: LaneOpener,
): Promise<number | null> {
  const { lanes, from, to, direction, want, pat = WB, range = { start: 0, end: frames } } = question;
  const asked = { want, pat, range };
  const views: View[] = [];
  for (const lane of lanes) views.push((await open(lane)).view);
  const [first, ...others] = views;
  if (!first || from >= range.end) return null;
  if (to === 'boundary') {
    const seek = direction === 'next' ? nextBoundary : previousBoundary;
    return nearest(
      views.map((view) => seek(view, from, asked)),
      direction,
    );
  }
  const seek = direction === 'next' ? nextDifference : previousDifference;
  return nearest(
    others.map((view) => seek(view, first, from, asked)),
    direction,
  );
}
