/**
 * Where an EPT entry can exist at all: in memory slots, and for host MMIO. What vCPUs demand elsewhere is a fact of their
 * registers, and breaks nothing.
 */
import type { Policy } from '../policy/index.ts';
import { clipped, joined } from '../ranges.ts';
import type { GfnRange, Span } from '../types.ts';
import type { Vm } from '../vm/index.ts';
import { type DemandCode, demandCode, NO_ENTRY } from './demand.ts';

/** Ranges within a range in which entries can exist, ascending and disjoint; all of it where no slots are needed. */
export function mappedRanges(vm: Vm, policy: Policy, range: GfnRange): readonly GfnRange[] {
  if (!policy.traits.requiresSlots) return range.start < range.end ? [range] : [];
  const slots = vm.slots.map(({ gfn, count }) => ({ start: gfn, end: gfn + count }));
  return clipped(joined([...slots, ...vm.mmio]), range);
}

/** A run of one code. */
export interface CodeRun {
  readonly end: number;
  readonly code: DemandCode;
}

/** Pieces of spans, cut where ranges begin and end. */
function* pieces(spans: Iterable<Span>, ranges: readonly GfnRange[]): Generator<CodeRun, void, undefined> {
  let next = 0;
  for (const span of spans) {
    for (let at = span.start; at < span.end; ) {
      while (next < ranges.length && ranges[next]!.end <= at) next += 1;
      const range = ranges[next];
      const isInside = range !== undefined && range.start <= at;
      const border = isInside ? range.end : (range?.start ?? span.end);
      at = Math.min(span.end, border);
      yield { end: at, code: isInside ? demandCode(span) : NO_ENTRY };
    }
  }
}

/** What is demanded, as maximal runs; outside of the ranges nothing is. */
export function* demandRuns(
  spans: Iterable<Span>,
  ranges: readonly GfnRange[],
): Generator<CodeRun, void, undefined> {
  let last: CodeRun | undefined;
  for (const piece of pieces(spans, ranges)) {
    if (last && last.code !== piece.code) yield last;
    last = piece;
  }
  if (last) yield last;
}
