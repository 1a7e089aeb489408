/** What leaves say of types, whatever tables the host maps its guests by. */
import { type GfnRange, type SpanOf, UC_MINUS, WB } from '../types.ts';
import { requireRange } from '../vm/index.ts';
import type { View } from './view.ts';

/**
 * Types that the leaves of a range carry. Those of nested page tables (an AMD host) carry none, which comes to the
 * host's PAT entry 0, WB, and leaves the guest's PAT alone.
 *
 * @param view - a vCPU under a policy
 * @param range - half-open frames; default the whole space
 * @returns spans of type and IPAT that cover the range
 */
export function leafTypes(view: View, range?: GfnRange): IterableIterator<SpanOf<'ept'>> {
  const query = range === undefined ? {} : { range };
  if (view.vcpu.vendor !== 'amd') return view.spansOf('ept', query);
  const { start, end } = requireRange(query, view.vcpu);
  const whole: SpanOf<'ept'> = { start, end, type: WB, ipat: 0 };
  return (start < end ? [whole] : []).values();
}

/**
 * A range where it changes what its leaves say, how large they are, or (on an AMD host) what accesses get.
 *
 * @param view - a vCPU under a policy
 * @param range - half-open frames; default the whole space
 * @returns stretches that cover the range, ascending, lazily
 */
export function* leafStretches(view: View, range?: GfnRange): Generator<GfnRange, void, undefined> {
  if (view.vcpu.vendor !== 'amd') {
    yield* view.spans(range);
    return;
  }
  const query = range === undefined ? {} : { range };
  const accesses = view.spansOf('effective', { ...query, pat: UC_MINUS });
  let access = accesses.next();
  for (const { start, end } of view.spansOf('levels', query)) {
    for (let at = start; at < end; ) {
      while (!access.done && access.value.end <= at) access = accesses.next();
      const stop = access.done ? end : Math.min(end, access.value.end);
      yield { start: at, end: stop };
      at = stop;
    }
  }
}
