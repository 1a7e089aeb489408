/** What an engine writes page by page, joined to spans: to compare tiles in the way that spans are compared. */
import type { View } from '../engine/index.ts';
import { type GfnRange, type MtrrType, type Span, UNDEFINED, type Want } from '../types.ts';
import { type Query, requireRange, TILE_FRAMES, UNDEFINED_TYPE_BYTE } from '../vm/index.ts';
import type { SpanSource } from './compare.ts';

/** Wants that an engine writes page by page: `ept` without IPAT as type bytes, `leaf` as 4 KiB entries. */
export const TILE_WANTS: readonly Want[] = ['ept', 'leaf'];

function* typeSpans(view: View, { start, end }: GfnRange): Generator<Span, void, undefined> {
  let span: (GfnRange & { type: MtrrType }) | undefined;
  for (let first = start; first < end; first += TILE_FRAMES) {
    const types = view.typesInto(new Uint8Array(Math.min(TILE_FRAMES, end - first)), first);
    for (const [index, byte] of types.entries()) {
      const type = (byte === UNDEFINED_TYPE_BYTE ? UNDEFINED : byte) as MtrrType;
      if (span?.type === type) span = { ...span, end: first + index + 1 };
      else {
        if (span) yield span;
        span = { start: first + index, end: first + index + 1, type };
      }
    }
  }
  if (span) yield span;
}

function* entrySpans(view: View, { start, end }: GfnRange): Generator<Span, void, undefined> {
  for (let first = start; first < end; first += TILE_FRAMES) {
    const entries = view.entriesInto(new BigUint64Array(Math.min(TILE_FRAMES, end - first)), first);
    for (const [index, entry] of entries.entries()) {
      const gfn = first + index;
      yield { start: gfn, end: gfn + 1, level: entry === 0n ? 0 : 1, entry };
    }
  }
}

/**
 * A view that answers `ept` and `leaf` from its tiles.
 *
 * @internal
 */
export function tileSource(view: View): SpanSource {
  return {
    spansOf(want: Want, query: Query = {}) {
      const range = requireRange(query, view.vcpu);
      return want === 'leaf' ? entrySpans(view, range) : typeSpans(view, range);
    },
  };
}
