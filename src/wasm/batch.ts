/** Host side of batches: assembly/batch/. */
import {
  BATCH_BY_PAIRS,
  BATCH_COUNTED,
  BATCH_DIGEST,
  BATCH_EXCEPTION,
  BATCH_EXCEPTIONS,
  BATCH_FEWEST,
  BATCH_FIRST,
  BATCH_FOUND,
  BATCH_FOUND_COUNT,
  BATCH_HAS_EXCEPTION,
  BATCH_HAS_FIRST,
  BATCH_HELD,
  BATCH_KIND,
  BATCH_MAXPHYADDR,
  BATCH_MOST,
  BATCH_PAGES,
  BATCH_SEED,
  BATCH_SIZE,
  BATCH_SMALLEST,
  BATCH_SMALLEST_COUNT,
  BATCH_SMALLEST_MOST,
  BATCH_THEOREM,
  BY_PAIRS_DIFFERING,
  BY_PAIRS_LAYOUTS,
  BY_PAIRS_PAGES,
  BY_PAIRS_SIZE,
  CODE_IPAT,
  CODE_TYPE,
  CODE_UNDEFINED,
  FOUND_INDEX,
  FOUND_PAGES,
  FOUND_RANGES,
  FOUND_SIZE,
  KIND_ANY,
  KIND_FIXED,
  KIND_MASKS_WITH_HOLES,
  KIND_OVERLAPPING,
  KIND_TOM2,
  KIND_TYPICAL,
  KIND_UC_HOLES,
  KIND_UNALIGNED,
  KIND_WB_DEFAULT,
  LAYOUT_SIZE,
  PAIRS_MAX,
  PAIRS_OF_CODES,
  SMALL_INDEX,
  SMALL_PAGES,
  SMALL_RANGES,
  SMALL_SIZE,
} from '../../assembly/batch/batch-layout.ts';
import type { MtrrType } from '../types.ts';
import { UNDEFINED } from '../types.ts';
import type {
  BatchCounts,
  BatchQuestion,
  BatchSide,
  BatchWant,
  DifferingLayout,
  EngineBatch,
  EngineBatchCounts,
  LayoutKind,
  MatrixCell,
  MsrWrite,
  RangeCounts,
} from '../vm/index.ts';
import { Lifetime } from '../vm/index.ts';
import { putLayout, writesOf } from './layout-record.ts';
import { viewBlockSize, writeViewBlock } from './view-block.ts';
import { WANT_CODES } from './want-codes.ts';
import type { WasmModule } from './wasm.ts';

/** Layouts of a call: long enough that a call costs nothing, short enough for Wasm to change to optimised code. */
const CALL_LAYOUTS = 4096;
/** Most layouts between two readings of the counters: 2^22 of 2^40 pages do not overflow 64 bits. */
const MOST_LAYOUTS = 2 ** 22;

const KINDS: Readonly<Record<LayoutKind, number>> = {
  typical: KIND_TYPICAL,
  'uc-holes': KIND_UC_HOLES,
  'wb-default': KIND_WB_DEFAULT,
  any: KIND_ANY,
  overlapping: KIND_OVERLAPPING,
  unaligned: KIND_UNALIGNED,
  fixed: KIND_FIXED,
  tom2: KIND_TOM2,
  'masks-with-holes': KIND_MASKS_WITH_HOLES,
};

const low = (word: bigint): number => Number(BigInt.asUintN(32, word));
const high = (word: bigint): number => Number(BigInt.asUintN(32, word >> 32n));

/** A batch in a Wasm instance. */
export class WasmBatch implements EngineBatch {
  readonly mostLayouts = MOST_LAYOUTS;
  readonly mostGiven = CALL_LAYOUTS;
  readonly holdsTheorem: boolean;
  readonly #module: WasmModule;
  readonly #question: BatchQuestion;
  readonly #lifetime: Lifetime;
  /** The batch's block, the places of layouts that are left, and layouts that are handed in. */
  readonly #block: number;
  readonly #marked: number;
  readonly #layouts: number;
  /** Room for the layouts of a call that differ, where they are listed. */
  readonly #found: number;

  /** Whether both sides answer in ways that assembly/batch knows; else every layout is left. */
  readonly #isKnown: boolean;

  /**
   * @param question - checked
   * @param engine - the life of the engine
   */
  constructor(module: WasmModule, question: BatchQuestion, engine: Lifetime) {
    this.#module = module;
    this.#question = question;
    this.#lifetime = new Lifetime('batch', engine);
    this.#block = module.allocate(BATCH_SIZE);
    this.#marked = module.allocate(4 * CALL_LAYOUTS);
    this.#layouts = module.allocate(LAYOUT_SIZE * CALL_LAYOUTS);
    this.#found = module.allocate(question.list ? FOUND_SIZE * CALL_LAYOUTS : 0);
    this.#isKnown = this.#write();
    this.holdsTheorem = this.#isKnown && this.#word(BATCH_THEOREM) === 1;
  }

  /** Writes the question; whether it can be answered. */
  #write(): boolean {
    const { layouts, sides, want, smallest, theorem, list } = this.#question;
    const views = sides.map((side) => this.#view(side));
    const { data, exports } = this.#module;
    const u32 = (offset: number, value: number): void => data.setUint32(this.#block + offset, value, true);
    data.setBigUint64(this.#block + BATCH_SEED, layouts.seed, true);
    u32(BATCH_KIND, KINDS[layouts.kind]);
    u32(BATCH_FEWEST, layouts.ranges[0]);
    u32(BATCH_MOST, layouts.ranges[1]);
    u32(BATCH_MAXPHYADDR, sides[0].vcpu.maxphyaddr);
    u32(BATCH_SMALLEST_MOST, smallest);
    u32(BATCH_THEOREM, theorem ? 1 : 0);
    u32(BATCH_FOUND, list ? this.#found : 0);
    u32(BATCH_FOUND_COUNT, 0);
    const isKnown = exports.batchOpen(this.#block, views[0]!, views[1] ?? 0, WANT_CODES[want]);
    for (const view of views) this.#module.free(view);
    return isKnown === 1;
  }

  #view({ vcpu, policy }: BatchSide): number {
    const pointer = this.#module.allocate(viewBlockSize(vcpu));
    writeViewBlock(this.#module, pointer, vcpu, policy);
    return pointer;
  }

  run(first: bigint, count: number): EngineBatchCounts {
    this.#lifetime.require();
    const { exports } = this.#module;
    exports.batchClear(this.#block);
    const left: number[] = [];
    const found: DifferingLayout[] = [];
    for (let place = 0; place < count; place += CALL_LAYOUTS) {
      const index = first + BigInt(place);
      const some = Math.min(CALL_LAYOUTS, count - place);
      if (this.#isKnown) {
        const marked = exports.batchRun(this.#block, low(index), high(index), some, this.#marked);
        for (const at of this.#places(marked)) left.push(place + at);
        found.push(...this.#takeFound());
      } else for (let at = 0; at < some; at++) left.push(place + at);
    }
    return { ...this.#counts(), left, found };
  }

  /** The layouts of the last call that differ, where they are listed. */
  #takeFound(): readonly DifferingLayout[] {
    const { data } = this.#module;
    const count = this.#word(BATCH_FOUND_COUNT);
    data.setUint32(this.#block + BATCH_FOUND_COUNT, 0, true);
    return Array.from({ length: count }, (_, place) => {
      const at = this.#found + place * FOUND_SIZE;
      const long = (offset: number): bigint => data.getBigUint64(at + offset, true);
      return {
        index: long(FOUND_INDEX),
        ranges: data.getUint32(at + FOUND_RANGES, true),
        pages: long(FOUND_PAGES),
      };
    });
  }

  /** The first places that were marked. */
  #places(count: number): Uint32Array {
    return this.#module.words.subarray(this.#marked / 4, this.#marked / 4 + count);
  }

  runLayouts(first: bigint, layouts: readonly (readonly MsrWrite[])[]): EngineBatchCounts {
    this.#lifetime.require();
    const { exports, data } = this.#module;
    exports.batchClear(this.#block);
    if (!this.#isKnown) return { ...this.#counts(), left: layouts.map((_, place) => place) };
    layouts.forEach((writes, place) => void putLayout(data, this.#layouts + place * LAYOUT_SIZE, writes));
    const [block, records] = [this.#block, this.#layouts];
    const marked = exports.batchLayouts(
      block,
      low(first),
      high(first),
      layouts.length,
      records,
      this.#marked,
    );
    return { ...this.#counts(), left: [...this.#places(marked)], found: this.#takeFound() };
  }

  layout(index: bigint): readonly MsrWrite[] {
    this.#lifetime.require();
    const at = this.#module.exports.batchLayout(this.#block, low(index), high(index));
    return writesOf(this.#module.data, at);
  }

  #long(offset: number): bigint {
    return this.#module.longs[(this.#block + offset) / 8]!;
  }
  #word(offset: number): number {
    return this.#module.words[(this.#block + offset) / 4]!;
  }

  #counts(): BatchCounts {
    return {
      layouts: this.#long(BATCH_COUNTED),
      refused: 0n,
      matrix: this.#matrix(),
      byRanges: Array.from({ length: PAIRS_MAX + 1 }, (_, ranges) => this.#byRanges(ranges)),
      digest: this.#long(BATCH_DIGEST),
      first: this.#word(BATCH_HAS_FIRST) === 1 ? this.#long(BATCH_FIRST) : undefined,
      smallest: Array.from({ length: this.#word(BATCH_SMALLEST_COUNT) }, (_, place) => this.#small(place)),
      found: [],
      theorem: {
        held: this.#long(BATCH_HELD),
        exceptions: this.#long(BATCH_EXCEPTIONS),
        first: this.#word(BATCH_HAS_EXCEPTION) === 1 ? this.#long(BATCH_EXCEPTION) : undefined,
      },
    };
  }

  #matrix(): readonly MatrixCell<BatchWant>[] {
    const isPair = this.#question.sides.length === 2;
    const cells: MatrixCell<BatchWant>[] = [];
    for (let codes = 0; codes < PAIRS_OF_CODES; codes++) {
      const at = BATCH_PAGES + 8 * codes;
      // Most counters are 0, and a bigint for each of them would cost more than what is counted.
      if (this.#word(at) === 0 && this.#word(at + 4) === 0) continue;
      const pages = this.#long(at);
      const a = this.#answer(codes & 15);
      cells.push({ a, b: isPair ? this.#answer(codes >> 4) : a, pages });
    }
    return cells;
  }

  #answer(code: number): MatrixCell<BatchWant>['a'] {
    const bits = code & CODE_TYPE;
    const type = (bits === CODE_UNDEFINED ? UNDEFINED : bits) as MtrrType;
    return this.#question.want === 'mtrr' ? { type } : { type, ipat: (code & CODE_IPAT) === 0 ? 0 : 1 };
  }

  #byRanges(ranges: number): RangeCounts {
    const at = BATCH_BY_PAIRS + ranges * BY_PAIRS_SIZE;
    return {
      layouts: this.#long(at + BY_PAIRS_LAYOUTS),
      differing: this.#long(at + BY_PAIRS_DIFFERING),
      pages: this.#long(at + BY_PAIRS_PAGES),
    };
  }

  #small(place: number): DifferingLayout {
    const at = BATCH_SMALLEST + place * SMALL_SIZE;
    return {
      index: this.#long(at + SMALL_INDEX),
      ranges: Number(this.#long(at + SMALL_RANGES)),
      pages: this.#long(at + SMALL_PAGES),
    };
  }

  dispose(): void {
    if (this.#lifetime.isOver) return;
    this.#lifetime.end();
    for (const pointer of [this.#block, this.#marked, this.#layouts, this.#found]) this.#module.free(pointer);
  }
}
