/// <reference lib="esnext.disposable" preserve="true" />
/** What is asked of one vCPU under one policy. */
import { requireKeys, requireObject, requireTypedArray, wrongKind } from '../arguments.ts';
import { InputRangeError } from '../errors.ts';
import { type Policy, requirePolicy } from '../policy/index.ts';
import {
  type GfnRange,
  type Level,
  type MemoryType,
  type MtrrType,
  type SpanOf,
  type TotalOf,
  UNDEFINED,
  type Want,
} from '../types.ts';
import type { Engine, EngineView } from '../vm/engine.ts';
import {
  type Comparison,
  type DifferingPages,
  type EntryBuffer,
  Lifetime,
  type PageVisit,
  type Query,
  requireAsked,
  requireFrameNumber,
  requireGfnRange,
  requireRange,
  requireVcpu,
  TILE_FRAMES,
  TYPE_TILE_FRAMES,
  UNDEFINED_TYPE_BYTE,
  type Vcpu,
} from '../vm/index.ts';
import { Tile } from './tile.ts';

/** Frames with one EPT memory type, IPAT and mapping level. */
export interface MapSpan extends GfnRange {
  /** EPT memory type, -1 where the architecture leaves it undefined. */
  readonly type: MtrrType;
  readonly ipat: 0 | 1;
  readonly level: Level;
}

/** Joins two span lists of one range: where either changes, so does the result. */
function* zip(
  typed: IterableIterator<SpanOf<'ept'>>,
  leveled: IterableIterator<SpanOf<'levels'>>,
): Generator<MapSpan, void, undefined> {
  let type = typed.next();
  let level = leveled.next();
  while (!type.done && !level.done) {
    const start = Math.max(type.value.start, level.value.start);
    const end = Math.min(type.value.end, level.value.end);
    yield { start, end, type: type.value.type, ipat: type.value.ipat, level: level.value.level };
    if (type.value.end === end) type = typed.next();
    if (level.value.end === end) level = leveled.next();
  }
}

/** One vCPU under one policy, as `Evaluator.view` opens it. */
export class View {
  readonly #view: EngineView;
  readonly #engine: Engine;
  readonly #evaluator: Lifetime;
  readonly #lifetime: Lifetime;

  /** @internal */
  constructor(engine: Engine, evaluator: Lifetime, vcpu: Vcpu, policy: Policy) {
    evaluator.require();
    this.#engine = engine;
    this.#evaluator = evaluator;
    this.#lifetime = new Lifetime('view', evaluator);
    this.#view = engine.open(requireVcpu(vcpu), requirePolicy('policy', policy));
  }

  /** What answers, as long as nobody has disposed of it. */
  get #live(): EngineView {
    this.#lifetime.require();
    return this.#view;
  }

  /** The vCPU that it was opened for. */
  get vcpu(): Vcpu {
    return this.#view.vcpu;
  }
  /** The policy that it was opened under. */
  get policy(): Policy {
    return this.#view.policy;
  }

  /**
   * EPT memory type of a frame.
   *
   * @param gfn - guest frame number
   * @returns the type, -1 where it is undefined
   * @throws InputError where the frame lies outside the guest's space
   */
  typeAt(gfn: number): MtrrType {
    requireFrameNumber('gfn', gfn);
    const [type] = this.#live.types(gfn, 1);
    return (type === UNDEFINED_TYPE_BYTE ? UNDEFINED : type) as MtrrType;
  }

  /**
   * The 4 KiB leaf entry that is written for a frame if it is mapped at level 1: 0n without a slot, type bits
   * 7 (which no hardware accepts) where the type is undefined. `spansOf('leaf')` has the real levels.
   *
   * @param gfn - guest frame number
   * @returns the entry, 64 bits
   * @throws InputError where the frame lies outside the guest's space
   */
  entryAt(gfn: number): bigint {
    requireFrameNumber('gfn', gfn);
    return this.#live.entries(gfn, 1)[0]!;
  }

  /**
   * The types that meet at a frame.
   *
   * @param gfn - guest frame number
   * @returns the types, ascending: more than one where ranges overlap
   */
  typeSetAt(gfn: number): readonly MemoryType[] {
    requireFrameNumber('gfn', gfn);
    return this.#live.typeSet(gfn);
  }

  /**
   * The map: spans of one EPT type, IPAT and level, ascending, lazily.
   *
   * @param range - half-open frames; default the whole space
   * @returns maximal spans that cover the range
   */
  spans(range?: GfnRange): IterableIterator<MapSpan> {
    const query = range === undefined ? {} : { range };
    requireGfnRange('range', range);
    return zip(this.#live.spans('ept', query), this.#live.spans('levels', query));
  }

  /**
   * Spans of one want alone.
   *
   * @param want - what is asked
   * @param query - range in frames, and PAT type; default the whole space, WB
   * @returns maximal spans, ascending, lazily; their fields follow from the want
   * @throws InputError where the policy has no such want
   */
  spansOf<W extends Want>(want: W, query?: Query): IterableIterator<SpanOf<W>> {
    requireAsked(want, query);
    return this.#live.spans(want, query);
  }

  /**
   * Exact page counts of a range by answer, without visiting pages (`auto`).
   *
   * @param want - default `ept`
   * @param query - range in frames, and PAT type; default the whole space, WB
   * @returns one total an answer that occurs, pages as bigint
   * @throws InputError where the policy has no such want
   */
  totals<W extends Want = 'ept'>(want = 'ept' as W, query?: Query): readonly TotalOf<W>[] {
    requireAsked(want, query);
    return this.#live.totals(want, query);
  }

  /**
   * Writes the 4 KiB leaf entries of consecutive frames.
   *
   * @param entries - one element a frame
   * @param first - GFN of the first
   * @returns `entries`
   */
  entriesInto(entries: BigUint64Array, first: number): BigUint64Array {
    const view = this.#live;
    requireTypedArray('entries', entries, 'BigUint64Array');
    requireFrameNumber('first', first);
    for (let at = 0; at < entries.length; at += TILE_FRAMES) {
      entries.set(view.entries(first + at, Math.min(TILE_FRAMES, entries.length - at)), at);
    }
    return entries;
  }

  /**
   * Writes the 4 KiB leaf entries of consecutive frames where the evaluator keeps them, without copying.
   *
   * @param buffer - of the same evaluator, from its `entryBuffer`
   * @param first - GFN of its first element
   * @returns its array
   */
  fill(buffer: EntryBuffer, first: number): BigUint64Array {
    const view = this.#live;
    requireObject('buffer', buffer, 'a buffer that entryBuffer() made');
    requireFrameNumber('first', first);
    if (view.fill) view.fill(buffer, first);
    else this.entriesInto(buffer.entries, first);
    return buffer.entries;
  }

  /**
   * Writes the EPT memory types of consecutive frames, a byte each, 0xff where undefined.
   *
   * @param types - one element a frame
   * @param first - GFN of the first
   * @returns `types`
   */
  typesInto(types: Uint8Array, first: number): Uint8Array {
    const view = this.#live;
    requireTypedArray('types', types, 'Uint8Array');
    requireFrameNumber('first', first);
    for (let at = 0; at < types.length; at += TYPE_TILE_FRAMES) {
      types.set(view.types(first + at, Math.min(TYPE_TILE_FRAMES, types.length - at)), at);
    }
    return types;
  }

  /**
   * EPT memory types of frames in any order, a byte each, 0xff where undefined.
   *
   * @param gfns - guest frame numbers, such as those of a trace
   * @returns a byte a frame, in their order
   */
  typesOf(gfns: Float64Array): Uint8Array {
    const view = this.#live;
    requireTypedArray('gfns', gfns, 'Float64Array');
    const types = new Uint8Array(gfns.length);
    for (let at = 0; at < gfns.length; at += TILE_FRAMES) {
      types.set(view.typesOf(gfns.subarray(at, at + TILE_FRAMES)), at);
    }
    return types;
  }

  /**
   * 4 KiB leaf entries of frames in any order, as {@link entriesInto} writes them.
   *
   * @param gfns - guest frame numbers
   * @returns an entry a frame, in their order
   */
  entriesOf(gfns: Float64Array): BigUint64Array {
    const view = this.#live;
    requireTypedArray('gfns', gfns, 'Float64Array');
    const entries = new BigUint64Array(gfns.length);
    for (let at = 0; at < gfns.length; at += TILE_FRAMES) {
      entries.set(view.entriesOf(gfns.subarray(at, at + TILE_FRAMES)), at);
    }
    return entries;
  }

  /**
   * One number for all 4 KiB leaf entries of a range, which depends on their order; `auto` visits no page for
   * it. `joinDigests` gives that of two ranges that follow on each other.
   *
   * @param range - half-open frames; default the whole space
   * @returns 64 bits
   */
  digest(range?: GfnRange): bigint {
    requireGfnRange('range', range);
    return this.#live.digest(range);
  }

  /**
   * Holds this view against another one of the same evaluator without visiting pages.
   *
   * @param other - the other side
   * @param want - what is compared, default `ept`
   * @param query - range in frames, and PAT type; default the whole space, WB
   * @returns pages by pair of answers, and the spans that differ
   * @throws InputError where a policy has no such want, a range lies outside one of the spaces, or the engine
   * (any but `auto`) cannot compare
   */
  compare<W extends Want = 'ept'>(other: View, want = 'ept' as W, query: Query = {}): Comparison<W> {
    if (!(other instanceof View)) throw wrongKind('other', 'a view of the same evaluator', other);
    requireAsked(want, query);
    const [ours, theirs] = [this.#live, other.#live];
    if (other.#engine !== this.#engine) {
      throw new InputRangeError('other', 'expected a view of the same evaluator');
    }
    if (!this.#engine.compare) {
      throw new InputRangeError('engine', `the engine ${this.#engine.name} cannot compare: use auto`);
    }
    return this.#engine.compare(ours, theirs, want, query);
  }

  /**
   * Visits every page of a range, which `direct` alone does.
   *
   * @param range - half-open frames
   * @returns digest and pages by type
   * @throws InputError where the range lies outside the space, or the engine visits no pages
   */
  visit(range: GfnRange): PageVisit {
    const view = this.#live;
    if (!view.visit) throw this.#visitsNoPages();
    return view.visit(range);
  }

  /**
   * Holds every page of a range against another view, which `direct` alone does.
   *
   * @param other - a view of the same evaluator
   * @param range - half-open frames
   * @returns how many pages differ in EPT type or IPAT, and the first
   * @throws InputError where the range lies outside one of the spaces, or the engine visits no pages
   */
  differences(other: View, range: GfnRange): DifferingPages {
    const [ours, theirs] = [this.#live, other.#live];
    if (!ours.differences) throw this.#visitsNoPages();
    return ours.differences(theirs, range);
  }

  #visitsNoPages(): InputRangeError {
    return new InputRangeError('engine', `the engine ${this.#engine.name} visits no pages: use direct`);
  }

  /**
   * All 4 KiB leaf entries of a range in tiles. Loops do not disturb each other, nor does anything else that is
   * asked meanwhile: each has its tiles in memory of its own. ({@link fill} copies nothing.)
   *
   * @param range - half-open frames; default the whole space
   * @param options - `signal` aborts between two tiles
   * @returns tiles of up to 16,384 entries; each is over at the next step
   * @throws the signal's reason
   */
  entries(
    range?: GfnRange,
    options: { readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<Tile, void, undefined> {
    this.#lifetime.require();
    requireGfnRange('range', range);
    requireKeys('', options, ['signal'], 'options such as { signal }');
    return this.#tiles(requireRange(range === undefined ? {} : { range }, this.vcpu), options.signal);
  }

  async *#tiles(
    { start, end }: GfnRange,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Tile, void, undefined> {
    const memory = new BigUint64Array(Math.min(TILE_FRAMES, end - start));
    for (let first = start; first < end; first += TILE_FRAMES) {
      signal?.throwIfAborted();
      const tile = new Tile(
        first,
        this.entriesInto(memory.subarray(0, Math.min(TILE_FRAMES, end - first)), first),
      );
      yield tile;
      tile.end();
    }
    this.#lifetime.require();
  }

  /**
   * Another view of the same evaluator: what if the vCPU or the policy were different.
   *
   * @param vcpu - the vCPU
   * @param policy - the rules
   * @returns a view; dispose of it when done
   * @throws WrmsrFault for the first register write that is refused
   */
  sibling(vcpu: Vcpu, policy: Policy): View {
    this.#lifetime.require();
    return new View(this.#engine, this.#evaluator, vcpu, policy);
  }

  /** Whether it is a view of this engine's. @internal */
  isOf(engine: Engine): boolean {
    return this.#engine === engine;
  }

  /** Gives the view's memory back; whatever is asked of it afterwards throws. Harmless twice. */
  dispose(): void {
    this.#lifetime.end();
    this.#view.dispose();
  }
  /** The same, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}
