/** One frame's answer to a want, out of the spans of its view. */
import type { View } from '../engine/index.ts';
import { EptsweepError } from '../errors.ts';
import type { PatType, SpanOf, Want } from '../types.ts';

/**
 * The span that is one frame.
 *
 * @param pat - PAT type of the access, for `effective`
 */
export function spanAt<W extends Want>(view: View, want: W, gfn: number, pat?: PatType): SpanOf<W> {
  const range = { start: gfn, end: gfn + 1 };
  for (const span of view.spansOf(want, pat === undefined ? { range } : { range, pat })) return span;
  throw new EptsweepError('internal', `no answer to ${want} at gfn 0x${gfn.toString(16)}`);
}
