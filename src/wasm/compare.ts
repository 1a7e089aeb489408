/** Host side of comparing two plans: assembly/auto/compare-totals.ts and compare-spans.ts. */
import {
  CODES,
  COMPARE_CAPACITY,
  COMPARE_CELL_COUNT,
  COMPARE_CELLS,
  COMPARE_CURRENT,
  COMPARE_ENTRY_ONLY,
  COMPARE_HASH,
  COMPARE_MATRIX,
  COMPARE_MEMO,
  COMPARE_MEMO_MASK,
  COMPARE_NEXT,
  COMPARE_PAT,
  COMPARE_PLAN_A,
  COMPARE_PLAN_B,
  COMPARE_SCANNED,
  COMPARE_SIZE,
  COMPARE_WANT,
  DIFFERENCE_A,
  DIFFERENCE_B,
  DIFFERENCE_END,
  DIFFERENCE_SIZE,
  DIFFERENCE_START,
  STATE_SIZE,
  VERDICT_SIZE,
} from '../../assembly/auto/compare-layout.ts';
import { PLAN_HOLE_BITS } from '../../assembly/auto/plan-layout.ts';
import { EptsweepError } from '../errors.ts';
import type { Answer, AnswerOf, GfnRange, PatType, Want } from '../types.ts';
import type { Comparison, Difference, MatrixCell } from '../vm/index.ts';
import { Resident } from './residents.ts';
import { WANT_CODES } from './want-codes.ts';
import type { WasmModule } from './wasm.ts';

/** One plan as a comparison needs it. */
export interface Side<W extends Want> {
  /** The plan. */
  readonly resident: Resident;
  /** What a code of this side means: see assembly/auto/compare-layout.ts. */
  answerOf(code: number): AnswerOf<W>;
  /** The leaf that holds a frame. */
  leafAt(gfn: number): AnswerOf<'leaf'>;
}

/** States of one order that are held at first; usual masks need a few thousand. */
const FEW_STATES = 1 << 12;
/** Most states: 24 bytes each, twice, and their hash: under 50 MiB. Above that the range is halved. */
const MOST_STATES = 1 << 19;
const VERDICTS = 1 << 15;
/** Differing spans a call writes at the most, and blocks that it may look at. */
const BATCH = 512;
const BLOCKS_A_CALL = 1 << 16;

/** Pages by the codes of both sides. */
interface Cell {
  readonly a: number;
  readonly b: number;
  readonly pages: number;
}

/** What a count of a range found. */
interface Counted {
  /** Each pair of codes once. */
  readonly cells: Cell[];
  /** Pages of equal codes whose leaves differ in nothing but the address. */
  readonly entryOnly: number;
}

function byPages(one: Cell, other: Cell): number {
  return other.pages - one.pages || one.a - other.a || one.b - other.b;
}

/** A number of frames out of a u64, for which it is too small to need a bigint. */
function frameAt(words: Uint32Array, index: number): number {
  return words[index]! + words[index + 1]! * 2 ** 32;
}

function added(left: Counted, right: Counted): Counted {
  const cells = new Map(left.cells.map((cell) => [cell.a * CODES + cell.b, cell]));
  for (const cell of right.cells) {
    const key = cell.a * CODES + cell.b;
    cells.set(key, { ...cell, pages: cell.pages + (cells.get(key)?.pages ?? 0) });
  }
  return { cells: [...cells.values()], entryOnly: left.entryOnly + right.entryOnly };
}

/** Compares two plans in one module. */
export class PlanComparison<W extends Want> implements Comparison<W> {
  readonly #module: WasmModule;
  readonly #sides: readonly [Side<W>, Side<W>];
  readonly #want: W;
  readonly #pat: PatType;
  readonly #range: GfnRange;
  readonly matrix: readonly MatrixCell<W>[];
  readonly pages: bigint;

  /** @param scratch - COMPARE_SIZE bytes that are free while the constructor runs */
  constructor(
    module: WasmModule,
    sides: readonly [Side<W>, Side<W>],
    want: W,
    pat: PatType,
    range: GfnRange,
    scratch: number,
  ) {
    this.#module = module;
    this.#sides = sides;
    this.#want = want;
    this.#pat = pat;
    this.#range = range;
    this.#putQuestion(scratch);
    const { cells, entryOnly } = this.#countAll(scratch);
    let pages = entryOnly;
    for (const cell of cells) if (cell.a !== cell.b) pages += cell.pages;
    this.pages = BigInt(pages);
    this.matrix = cells.sort(byPages).map((cell) => ({
      a: sides[0].answerOf(cell.a),
      b: sides[1].answerOf(cell.b),
      pages: BigInt(cell.pages),
    }));
  }

  get compared(): bigint {
    return BigInt(this.#range.end - this.#range.start);
  }

  #withBlock<T>(use: (block: number) => T): T {
    const block = this.#module.allocate(COMPARE_SIZE);
    try {
      this.#putQuestion(block);
      return use(block);
    } finally {
      this.#module.free(block);
    }
  }

  #putQuestion(block: number): void {
    const [a, b] = this.#sides;
    const [planA, planB] = Resident.pointers(a.resident, b.resident);
    this.#word(block, COMPARE_PLAN_A, planA);
    this.#word(block, COMPARE_PLAN_B, planB);
    this.#word(block, COMPARE_WANT, WANT_CODES[this.#want]);
    this.#word(block, COMPARE_PAT, this.#pat);
  }

  #word(block: number, offset: number, value: number): void {
    this.#module.words[(block + offset) / 4] = value;
  }

  /** Whether masks with holes decide anywhere: without them every stretch has one answer, and no states are kept. */
  #hasHoles(): boolean {
    const { words } = this.#module;
    return this.#sides.some(({ resident }) => {
      const at = (resident.pointer() + PLAN_HOLE_BITS) / 4;
      return words[at] !== 0 || words[at + 1] !== 0;
    });
  }

  #countAll(block: number): Counted {
    const range = this.#range;
    if (this.#hasHoles()) return this.#count(block, range, FEW_STATES);
    this.#module.exports.autoCountPairs(block, range.start, range.end);
    return this.#read(block);
  }

  /** Counts a range, in halves where its states are too many for one count. */
  #count(block: number, range: GfnRange, states: number): Counted {
    const module = this.#module;
    const lists = module.allocate(2 * states * STATE_SIZE);
    // The hash has up to four slots for each state: a power of two above twice the most that can come.
    const hash = module.allocate(states * 16);
    this.#word(block, COMPARE_CURRENT, lists);
    this.#word(block, COMPARE_NEXT, lists + states * STATE_SIZE);
    this.#word(block, COMPARE_HASH, hash);
    this.#word(block, COMPARE_CAPACITY, states);
    const fits = module.exports.autoCountPairs(block, range.start, range.end) === 1;
    module.free(hash);
    module.free(lists);
    if (fits) return this.#read(block);
    if (states < MOST_STATES) return this.#count(block, range, states * 8);
    const middle = Math.floor((range.start + range.end) / 2);
    if (middle === range.start) throw new EptsweepError('internal', 'a single page has too many states');
    const left = this.#count(block, { start: range.start, end: middle }, states);
    return added(left, this.#count(block, { start: middle, end: range.end }, states));
  }

  #read(block: number): Counted {
    const { words, data } = this.#module;
    const cells: Cell[] = [];
    const count = words[(block + COMPARE_CELL_COUNT) / 4]!;
    for (let at = 0; at < count; at++) {
      const cell = data.getUint16(block + COMPARE_CELLS + 2 * at, true);
      const pages = frameAt(words, (block + COMPARE_MATRIX + 8 * cell) / 4);
      cells.push({ a: (cell / CODES) | 0, b: cell % CODES, pages });
    }
    return { cells, entryOnly: frameAt(words, (block + COMPARE_ENTRY_ONLY) / 4) };
  }

  #requireOpen(): void {
    for (const { resident } of this.#sides) resident.lifetime.require();
  }

  spans(): Generator<Difference<W>, void, undefined> {
    this.#requireOpen();
    return this.#differences();
  }

  *#differences(): Generator<Difference<W>, void, undefined> {
    let open: Difference<W> | undefined;
    for (let at = this.#range.start; at < this.#range.end; ) {
      const { found, scanned } = this.#scan(at);
      for (const next of found) {
        if (open && open.end === next.start && this.#carriesOn(open, next)) open = { ...open, end: next.end };
        else {
          if (open) yield open;
          this.#requireOpen();
          open = next;
        }
      }
      at = scanned;
    }
    if (open) yield open;
    this.#requireOpen();
  }

  /** Equal answers on both sides; a leaf's entry has to be its neighbour's next. */
  #carriesOn(before: Difference<W>, next: Difference<W>): boolean {
    if (this.#want === 'leaf') return false;
    const same = (a: Answer, b: Answer): boolean =>
      a.type === b.type && a.ipat === b.ipat && a.level === b.level;
    return same(before.a, next.a) && same(before.b, next.b);
  }

  #scan(from: number): { found: Difference<W>[]; scanned: number } {
    const module = this.#module;
    return this.#withBlock((block) => {
      const memo = module.allocate(VERDICTS * VERDICT_SIZE);
      const out = module.allocate(BATCH * DIFFERENCE_SIZE);
      this.#word(block, COMPARE_MEMO, memo);
      this.#word(block, COMPARE_MEMO_MASK, VERDICTS - 1);
      module.exports.autoForgetVerdicts(block);
      const { end } = this.#range;
      const count = module.exports.autoDifferences(block, from, end, out, BATCH, BLOCKS_A_CALL);
      const found = Array.from({ length: count }, (_, i) => this.#difference(out + i * DIFFERENCE_SIZE));
      const scanned = Number(module.longs[(block + COMPARE_SCANNED) / 8]);
      module.free(out);
      module.free(memo);
      return { found, scanned };
    });
  }

  #difference(pointer: number): Difference<W> {
    const { longs, bytes } = this.#module;
    const start = Number(longs[(pointer + DIFFERENCE_START) / 8]);
    const end = Number(longs[(pointer + DIFFERENCE_END) / 8]);
    const [codeA, codeB] = [bytes[pointer + DIFFERENCE_A]!, bytes[pointer + DIFFERENCE_B]!];
    const [sideA, sideB] = this.#sides;
    const answerOf = (side: Side<W>, code: number): AnswerOf<W> =>
      this.#want === 'leaf' ? (side.leafAt(start) as Answer as AnswerOf<W>) : side.answerOf(code);
    return { start, end, a: answerOf(sideA, codeA), b: answerOf(sideB, codeB) };
  }
}
