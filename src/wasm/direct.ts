/** The direct engine: Wasm that asks the rule page by page, or once between two cuts of a long range. */
import { DIRECT_STATE_SIZE } from '../../assembly/direct/state-layout.ts';
import { SPAN_SIZE } from '../../assembly/layout.ts';
import { EptsweepError, InputRangeError, WrmsrFault } from '../errors.ts';
import { type Policy, requireWantOn } from '../policy/index.ts';
import {
  type GfnRange,
  MEMORY_TYPES,
  type MemoryType,
  type PatType,
  type Span,
  type SpanOf,
  type Total,
  type TotalOf,
  type Want,
} from '../types.ts';
import type { Engine, EngineView } from '../vm/engine.ts';
import {
  compareTotals,
  type DifferingPages,
  type PageVisit,
  type Query,
  requireHost,
  requirePat,
  requireRange,
  requireTile,
  TILE_FRAMES,
  TYPE_TILE_FRAMES,
  type Vcpu,
  whileAlive,
} from '../vm/index.ts';
import { putFrames } from './frame-list.ts';
import { type HostStretch, hostTypesOf } from './host-types.ts';
import { Resident, Residents } from './residents.ts';
import { readSpan, SPAN_BATCH } from './span-reader.ts';
import { viewBlockSize, writeViewBlock } from './view-block.ts';
import { WANT_CODES } from './want-codes.ts';
import type { WasmModule } from './wasm.ts';

/** Spans that one answer may have; the same as where the oracle protocol truncates. */
const SPANS_MAX = 65536;
/** Cuts that one call of the kernel walks, and that one answer may take: a few seconds. */
const STEPS_PER_CALL = 2 ** 16;
const STEPS_MAX = 2 ** 26;
/** What the kernels may write beyond what is asked: 15 entries. */
const TILE_BYTES = TILE_FRAMES * 8 + 128;
/** A digest, and pages by eight types. */
const SWEEP_BYTES = 8 + 64;
/** Where none differs. */
const NO_FRAME = 2n ** 64n - 1n;
/** Address bits of an entry, 12..51. */
const ADDRESS_BITS = 0x000f_ffff_ffff_f000n;

/** How {@link createDirectEngine} looks types and entries up. */
export interface DirectOptions {
  /** 32 frames at a time (default), or one after the other. */
  readonly simd?: boolean;
  /** Bytes that the views keep in the instance's memory; what is over makes way and is made again. */
  readonly mostBytes?: number;
}

/** Kernels that answer frames in a row. */
type TileKernel = 'directTypes' | 'directTypesScalar' | 'directEntries' | 'directEntriesScalar';
/** Kernels that answer a list of frames. */
type ListKernel = 'directTypesOf' | 'directEntriesOf';

/** Memory that all views of an engine share for their answers. */
interface Scratch {
  readonly pointer: number;
  readonly simd: boolean;
}

class DirectView implements EngineView {
  readonly #module: WasmModule;
  readonly #scratch: Scratch;
  readonly #residents: Residents;
  readonly #hostTypes: readonly HostStretch[];
  readonly #state: Resident;

  constructor(
    residents: Residents,
    scratch: Scratch,
    readonly vcpu: Vcpu,
    readonly policy: Policy,
  ) {
    requireHost(vcpu, policy);
    this.#module = residents.module;
    this.#residents = residents;
    this.#scratch = scratch;
    this.#hostTypes = hostTypesOf(
      vcpu,
      policy,
      (host, rules) => new DirectView(residents, scratch, host, rules),
    );
    this.#state = new Resident(residents, (resident) => this.#build(resident));
  }

  #build(resident: Resident): number {
    const block = resident.allocate(viewBlockSize(this.vcpu, this.#hostTypes));
    const state = resident.allocate(DIRECT_STATE_SIZE);
    writeViewBlock(this.#module, block, this.vcpu, this.policy, this.#hostTypes);
    const refused = this.#module.exports.directOpen(block, state);
    const write = this.vcpu.msrs[refused];
    if (write) throw new WrmsrFault(refused, write.msr, write.value);
    return state;
  }

  spans<W extends Want>(want: W, query: Query = {}): IterableIterator<SpanOf<W>> {
    return whileAlive(this.#fewSpans(want, this.#walk(want, query)), this.#state.lifetime);
  }

  *#fewSpans<S extends Span>(want: Want, spans: Iterable<S>): Generator<S, void, undefined> {
    let count = 0;
    for (const span of spans) {
      if (++count > SPANS_MAX) {
        throw new EptsweepError(
          'too-many-spans',
          `more than ${SPANS_MAX} spans of "${want}": ask for a shorter range, or another engine`,
        );
      }
      yield span;
    }
  }

  /** Spans without a limit on their number, but on the cuts that lead to them. */
  #walk<W extends Want>(want: W, query: Query): Generator<SpanOf<W>, void, undefined> {
    this.#state.lifetime.require();
    requireWantOn(this.policy, this.vcpu.vendor, want);
    return this.#walkRange(want, requireRange(query, this.vcpu), requirePat(query));
  }

  *#walkRange<W extends Want>(want: W, range: GfnRange, pat: PatType): Generator<SpanOf<W>, void, undefined> {
    const module = this.#module;
    const out = this.#scratch.pointer;
    // The last record goes into the next call, which may lengthen it. The buffer is shared: keep a copy.
    let last: Uint8Array | undefined;
    let at = range.start;
    for (let steps = 0; at < range.end; steps += STEPS_PER_CALL) {
      if (steps >= STEPS_MAX) {
        throw new EptsweepError(
          'too-many-spans',
          `"${want}" takes more than ${STEPS_MAX} steps, masks with holes cut the range too often: ` +
            'ask for a shorter range, or another engine',
        );
      }
      if (last) module.bytes.set(last, out);
      const count = module.exports.directSpans(
        this.#state.pointer(),
        WANT_CODES[want],
        pat,
        at,
        range.end,
        out,
        last ? 1 : 0,
        SPAN_BATCH,
        STEPS_PER_CALL,
      );
      const spans = Array.from({ length: count }, (_, i) => readSpan(module, want, out + i * SPAN_SIZE));
      last = module.bytes.slice(out + (count - 1) * SPAN_SIZE, out + count * SPAN_SIZE);
      at = spans.at(-1)!.end;
      if (at < range.end) spans.pop();
      yield* spans;
    }
  }

  totals<W extends Want>(want: W, query: Query = {}): readonly TotalOf<W>[] {
    const totals = new Map<string, Total & { pages: bigint }>();
    for (const { start, end, ...value } of this.#walk<Want>(want, query)) {
      const counted = value.entry ? { ...value, entry: value.entry & ~ADDRESS_BITS } : value;
      const key = `${counted.type},${counted.ipat},${counted.level},${counted.entry}`;
      const total = totals.get(key);
      if (total) total.pages += BigInt(end - start);
      else totals.set(key, { ...counted, pages: BigInt(end - start) });
    }
    return [...totals.values()].sort(compareTotals) as Total[] as TotalOf<W>[];
  }

  types(first: number, count: number): Uint8Array {
    requireTile(first, count, this.vcpu, TYPE_TILE_FRAMES);
    this.#fill(this.#scratch.simd ? 'directTypes' : 'directTypesScalar', first, count);
    const out = this.#scratch.pointer;
    return this.#module.bytes.subarray(out, out + count);
  }

  entries(first: number, count: number): BigUint64Array {
    requireTile(first, count, this.vcpu);
    this.#fill(this.#scratch.simd ? 'directEntries' : 'directEntriesScalar', first, count);
    const out = this.#scratch.pointer / 8;
    return this.#module.longs.subarray(out, out + count);
  }

  #fill(kernel: TileKernel, first: number, count: number): void {
    const high = Math.floor(first / 2 ** 32);
    this.#module.exports[kernel](this.#state.pointer(), first >>> 0, high, count, this.#scratch.pointer);
  }

  typesOf(gfns: Float64Array): Uint8Array {
    const out = this.#list('directTypesOf', gfns);
    return this.#module.bytes.subarray(out, out + gfns.length);
  }

  entriesOf(gfns: Float64Array): BigUint64Array {
    const out = this.#list('directEntriesOf', gfns) / 8;
    return this.#module.longs.subarray(out, out + gfns.length);
  }

  /** Runs a kernel over a list of frames; its answers replace the list, which is read ahead of them. */
  #list(kernel: ListKernel, gfns: Float64Array): number {
    const { pointer } = this.#scratch;
    putFrames(this.#module, pointer, gfns, this.vcpu);
    this.#module.exports[kernel](this.#state.pointer(), pointer, gfns.length, pointer);
    return pointer;
  }

  typeSet(gfn: number): readonly MemoryType[] {
    requireTile(gfn, 1, this.vcpu);
    const bits = this.#module.exports.directTypeSet(
      this.#state.pointer(),
      gfn >>> 0,
      Math.floor(gfn / 2 ** 32),
    );
    return MEMORY_TYPES.filter((type) => (bits >> type) & 1);
  }

  digest(range?: GfnRange): bigint {
    const { start, end } = requireRange(range ? { range } : {}, this.vcpu);
    this.#state.lifetime.require();
    const module = this.#module;
    const digest = module.allocate(8);
    module.longs[digest / 8] = 0n;
    for (let first = start; first < end; first += TILE_FRAMES) {
      const count = Math.min(TILE_FRAMES, end - first);
      this.#fill(this.#scratch.simd ? 'directEntries' : 'directEntriesScalar', first, count);
      module.exports.directDigest(digest, this.#scratch.pointer, count);
    }
    const value = module.longs[digest / 8]!;
    module.free(digest);
    return value;
  }

  /** Calls a kernel with the halves of the first frame and the number of frames of each tile. */
  #eachTile({ start, end }: GfnRange, kernel: (low: number, high: number, count: number) => void): void {
    for (let first = start; first < end; first += TILE_FRAMES) {
      kernel(first >>> 0, Math.floor(first / 2 ** 32), Math.min(TILE_FRAMES, end - first));
    }
  }

  visit(range: GfnRange): PageVisit {
    requireRange({ range }, this.vcpu);
    const module = this.#module;
    const { pointer } = this.#scratch;
    const state = this.#state.pointer();
    const sums = module.allocate(SWEEP_BYTES);
    module.bytes.fill(0, sums, sums + SWEEP_BYTES);
    this.#eachTile(range, (low, high, count) =>
      module.exports.directVisit(state, low, high, count, sums, sums + 8, pointer),
    );
    const [digest, ...pages] = module.longs.slice(sums / 8, (sums + SWEEP_BYTES) / 8);
    module.free(sums);
    return { digest: digest!, pages: pages.map(Number) };
  }

  differences(other: EngineView, range: GfnRange): DifferingPages {
    this.#state.lifetime.require();
    if (!(other instanceof DirectView && other.#residents === this.#residents)) {
      throw new InputRangeError('view', 'both views have to be of the same evaluator');
    }
    for (const view of [this, other]) requireRange({ range }, view.vcpu);
    const module = this.#module;
    const { pointer } = this.#scratch;
    const [ours, theirs] = Resident.pointers(this.#state, other.#state);
    const found = module.allocate(16);
    module.longs.set([0n, NO_FRAME], found / 8);
    this.#eachTile(range, (low, high, count) =>
      module.exports.directDifferences(ours, theirs, low, high, count, found, pointer),
    );
    const [pages, first] = module.longs.slice(found / 8, found / 8 + 2);
    module.free(found);
    return { pages: Number(pages), ...(first !== NO_FRAME && { first: Number(first) }) };
  }

  dispose(): void {
    this.#state.dispose();
  }
}

/**
 * The direct engine in a Wasm instance.
 *
 * @param module - an instance of its own, or one that another engine uses as well
 * @example
 * const engine = createDirectEngine(loadWasm());
 * engine.open(vcpu({ maxphyaddr: 46 }), policy('sdm')).types(0, 256)[0]; // 0: UC, the MTRRs are off
 */
export function createDirectEngine(module: WasmModule, options: DirectOptions = {}): Engine {
  const residents = new Residents(module, options.mostBytes);
  const scratch: Scratch = {
    pointer: module.allocate(Math.max(TILE_BYTES, (SPAN_BATCH + 1) * SPAN_SIZE)),
    simd: options.simd ?? true,
  };
  return {
    name: 'direct',
    open: (vcpu, policy) => new DirectView(residents, scratch, vcpu, policy),
    dispose: () => {
      if (!residents.lifetime.isOver) module.free(scratch.pointer);
      residents.dispose();
    },
  };
}
