/** Reads spans out of Wasm memory, batch by batch, and joins those that a batch's end has parted. */
import {
  SPAN_END,
  SPAN_ENTRY,
  SPAN_IPAT,
  SPAN_LEVEL,
  SPAN_SIZE,
  SPAN_START,
  SPAN_TYPE,
  TYPE_UNDEFINED,
} from '../../assembly/layout.ts';
import type { GfnRange, Level, MtrrType, Span, SpanOf, Want } from '../types.ts';
import type { Lifetime } from '../vm/index.ts';
import type { WasmModule } from './wasm.ts';

/** Spans that one call of a kernel writes at the most. Its buffer has room for one more. */
export const SPAN_BATCH = 1024;

/** The span in a record; `want` says which of its fields count. */
export function readSpan<W extends Want>(module: WasmModule, want: W, pointer: number): SpanOf<W> {
  return readFields(module, want, pointer) as SpanOf<W>;
}

function readFields(module: WasmModule, want: Want, pointer: number): Span {
  const { bytes, words } = module;
  // Halves, not a bigint: twice as fast, and every frame of a space of 2^40 is written by somebody.
  const at = pointer >>> 2;
  const start = words[at + SPAN_START / 4]! + words[at + SPAN_START / 4 + 1]! * 2 ** 32;
  const end = words[at + SPAN_END / 4]! + words[at + SPAN_END / 4 + 1]! * 2 ** 32;
  const code = bytes[pointer + SPAN_TYPE]!;
  const type = (code === TYPE_UNDEFINED ? -1 : code) as MtrrType;
  const level = bytes[pointer + SPAN_LEVEL] as Level;
  switch (want) {
    case 'mtrr':
    case 'effective':
      return { start, end, type };
    case 'ept':
      return { start, end, type, ipat: bytes[pointer + SPAN_IPAT] as 0 | 1 };
    case 'levels':
      return { start, end, level };
    case 'leaf':
      return { start, end, level, entry: type === -1 ? null : module.longs[(pointer + SPAN_ENTRY) / 8]! };
  }
}

/** Writes a span of a type as a kernel would. */
export function writeTypeSpan({ bytes, longs }: WasmModule, pointer: number, span: Span): void {
  bytes.fill(0, pointer, pointer + SPAN_SIZE);
  longs[(pointer + SPAN_START) / 8] = BigInt(span.start);
  longs[(pointer + SPAN_END) / 8] = BigInt(span.end);
  bytes[pointer + SPAN_TYPE] = span.type === -1 ? TYPE_UNDEFINED : span.type!;
}

/** Whether `next` carries on `span`: equal values, and for leaves an entry that follows on. */
function carriesOn(span: Span, next: Span): boolean {
  if (span.type !== next.type || span.ipat !== next.ipat || span.level !== next.level) return false;
  if (!span.entry || !next.entry || !span.level) return span.entry === next.entry;
  const size = 512 ** (span.level - 1);
  const leaves = next.start - (next.start % size) - (span.start - (span.start % size));
  return next.entry === span.entry + (BigInt(leaves) << 12n);
}

/**
 * Yields the maximal spans of a range.
 *
 * @param out - where `write` puts them
 * @param lifetime - of the view, which may be disposed of between two spans
 * @param write - writes up to {@link SPAN_BATCH} spans of [start, end) and returns how many
 */
export function* drainSpans<W extends Want>(
  module: WasmModule,
  want: W,
  range: GfnRange,
  out: number,
  lifetime: Lifetime,
  write: (start: number, end: number) => number,
): Generator<SpanOf<W>, void, undefined> {
  // The last span of a full buffer, which the next one may carry on.
  let held: SpanOf<W> | undefined;
  for (let at = range.start; at < range.end; ) {
    const count = write(at, range.end);
    // The buffer is shared: read it before anyone else can run.
    const batch: SpanOf<W>[] = [];
    for (let i = 0; i < count; i++) batch.push(readSpan(module, want, out + i * SPAN_SIZE));
    const first = batch[0]!;
    if (held && carriesOn(held, first)) batch[0] = { ...held, end: first.end };
    else if (held) {
      yield held;
      lifetime.require();
    }
    at = batch.at(-1)!.end;
    held = at < range.end ? batch.pop() : undefined;
    for (const span of batch) {
      yield span;
      lifetime.require();
    }
  }
}
