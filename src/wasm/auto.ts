/** The auto engine: Wasm plans of match rules and segments; runs, patterns and counts without visiting pages. */
import {
  DIGITS_SIZE,
  EDGES_OF_REGISTERS,
  HISTOGRAM_SIZE,
  MEMO_SLOT_SIZE,
  PATTERNS_SIZE,
  PLAN_HEADER_SIZE,
  PLAN_HOLE_BITS,
  PLAN_RULE_COUNT,
  SEGMENT_SIZE,
  TABLE_RULES_MAX,
  UNDEFINED,
} from '../../assembly/auto/plan-layout.ts';
import { InputRangeError, WrmsrFault } from '../errors.ts';
import { type Policy, requireWantOn } from '../policy/index.ts';
import type { Answer, AnswerOf } from '../types.ts';
import {
  type GfnRange,
  type Level,
  MEMORY_TYPES,
  type MemoryType,
  type MtrrType,
  type PatType,
  type SpanOf,
  type Total,
  type TotalOf,
  type Want,
} from '../types.ts';
import type { Engine, EngineView } from '../vm/engine.ts';
import {
  compareTotals,
  type EntryBuffer,
  type Query,
  requireHost,
  requirePat,
  requireRange,
  requireTile,
  TYPE_TILE_FRAMES,
  type Vcpu,
} from '../vm/index.ts';
import { WasmBatch } from './batch.ts';
import { PlanComparison, type Side } from './compare.ts';
import { putFrames } from './frame-list.ts';
import { type HostStretch, hostTypesOf } from './host-types.ts';
import { Resident, Residents } from './residents.ts';
import { Scratch, WasmEntryBuffer } from './scratch.ts';
import { drainSpans, SPAN_BATCH, writeTypeSpan } from './span-reader.ts';
import { viewBlockSize, writeViewBlock } from './view-block.ts';
import { WANT_CODES } from './want-codes.ts';
import type { WasmModule } from './wasm.ts';

/** Blocks that are remembered: up to ten rules need at most a few thousand, more are forgotten in between. */
const MEMO_SLOTS_FEW_RULES = 4096;
const MEMO_SLOTS_MANY_RULES = 16384;
/** Frames of one call that fills a buffer: 1 MiB of entries, where runs in several streams pay best. */
const FILL_FRAMES = 2 ** 17;

/** Frames that are walked stretch by stretch before it is asked again whether the rest has one effective type. */
const WALKED_FRAMES = 2 ** 20;

/** What tells an answer from others of its want; a number but for leaves, since a text costs more than counting did. */
function keyOf({ type = 0, ipat = 0, level = 0, entry }: Answer): string | number {
  return entry === undefined ? 16 * type + 8 * ipat + level : `${level},${entry}`;
}

class AutoView implements EngineView {
  readonly #module: WasmModule;
  readonly #scratch: Scratch;
  readonly #hostTypes: readonly HostStretch[];
  readonly #plan: Resident;
  /** Of the plan as it lies now; undefined where they have not been asked for. */
  #digits: number | undefined;
  #lookup: AutoView | undefined;
  readonly #residents: Residents;

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
      (host, rules) => new AutoView(residents, scratch, host, rules),
    );
    this.#plan = new Resident(residents, (resident) => this.#build(resident));
  }

  #build(resident: Resident): number {
    const module = this.#module;
    this.#digits = undefined;
    const edges =
      EDGES_OF_REGISTERS + 2 * (this.vcpu.slots.length + this.vcpu.mmio.length + this.#hostTypes.length);
    const planSize = PLAN_HEADER_SIZE + edges * (8 + SEGMENT_SIZE) + SEGMENT_SIZE;
    // One room for both: taking memory costs as much as writing what goes there.
    const plan = resident.allocate(planSize + viewBlockSize(this.vcpu, this.#hostTypes));
    const block = plan + planSize;
    writeViewBlock(module, block, this.vcpu, this.policy, this.#hostTypes);
    const refused = module.exports.autoPlan(block, plan, edges);
    if (refused >= 0) {
      const write = this.vcpu.msrs[refused]!;
      throw new WrmsrFault(refused, write.msr, write.value);
    }
    if (module.longs[(plan + PLAN_HOLE_BITS) / 8] !== 0n) {
      const few = module.words[(plan + PLAN_RULE_COUNT) / 4]! <= TABLE_RULES_MAX;
      const slots = few ? MEMO_SLOTS_FEW_RULES : MEMO_SLOTS_MANY_RULES;
      const memo = resident.allocate(slots * MEMO_SLOT_SIZE);
      const patterns = resident.allocate(PATTERNS_SIZE);
      module.exports.autoLend(plan, memo, slots, patterns);
    }
    return plan;
  }

  /**
   * The view that answers a want: in a plan whose entries heed host MMIO, masks with holes are not followed there. So
   * where both can be, under Xen's rule, the MTRR types come from a plan of the lookup alone.
   */
  #of(want: Want): AutoView {
    const { flags } = this.policy;
    if (want !== 'mtrr' || flags.ept !== 'xen' || this.vcpu.mmio.length === 0) return this;
    this.#lookup ??= new AutoView(this.#residents, this.#scratch, this.vcpu, {
      ...this.policy,
      flags: { ...flags, ept: 'identity' },
    });
    return this.#lookup;
  }

  spans<W extends Want>(want: W, query: Query = {}): IterableIterator<SpanOf<W>> {
    this.#plan.lifetime.require();
    requireWantOn(this.policy, this.vcpu.vendor, want);
    const other = this.#of(want);
    if (other !== this) return other.spans(want, query);
    const range = requireRange(query, this.vcpu);
    const pat = requirePat(query);
    const { exports } = this.#module;
    const out = this.#scratch.pointer;
    const write = (start: number, end: number) =>
      exports.autoSpans(this.#plan.pointer(), WANT_CODES[want], pat, start, end, out, SPAN_BATCH);
    const hasHoles = this.#module.longs[(this.#plan.pointer() + PLAN_HOLE_BITS) / 8] !== 0n;
    return drainSpans(
      this.#module,
      want,
      range,
      out,
      this.#plan.lifetime,
      want === 'effective' && hasHoles
        ? (start, end) =>
            this.#writtenAtOnce(pat, start, end) || write(start, Math.min(end, start + WALKED_FRAMES))
        : write,
    );
  }

  /**
   * Writes one span of effective types where stretches of different MTRR types come to one type: with holes in masks there
   * are more of them than can be walked. Pages are counted without a visit to each.
   *
   * @returns 1, or 0 where more than {@link WALKED_FRAMES} from `start` on have no one type
   */
  #writtenAtOnce(pat: PatType, start: number, end: number): number {
    for (let stop = end; stop - start > WALKED_FRAMES; stop = start + Math.floor((stop - start) / 2)) {
      const [only, ...others] = this.totals('effective', { range: { start, end: stop }, pat });
      if (others.length > 0) continue;
      writeTypeSpan(this.#module, this.#scratch.pointer, { start, end: stop, type: only!.type });
      return 1;
    }
    return 0;
  }

  totals<W extends Want>(want: W, query: Query = {}): readonly TotalOf<W>[] {
    this.#plan.lifetime.require();
    requireWantOn(this.policy, this.vcpu.vendor, want);
    const other = this.#of(want);
    if (other !== this) return other.totals(want, query);
    const range = requireRange(query, this.vcpu);
    const pat = requirePat(query);
    const { exports } = this.#module;
    const out = this.#scratch.pointer;
    exports.autoTotals(this.#plan.pointer(), WANT_CODES[want], range.start, range.end, out);
    const totals = new Map<string | number, TotalOf<W>>();
    const { words, longs } = this.#module;
    for (let index = 0; index < HISTOGRAM_SIZE / 8; index++) {
      // Most counters are 0, and a bigint for each of them would cost more than counting did.
      const at = out / 4 + 2 * index;
      if (words[at] === 0 && words[at + 1] === 0) continue;
      const value: Answer = this.#valueOf(want, index, pat);
      const key = keyOf(value);
      const known = totals.get(key);
      const pages = known ? known.pages + longs[at / 2]! : longs[at / 2]!;
      // Written into what was made for it: a copy costs more than the counting did.
      totals.set(key, Object.assign(value, { pages }) as Total as TotalOf<W>);
    }
    return [...totals.values()].sort(compareTotals);
  }

  /** The answer that a counter of the histogram stands for. */
  #valueOf(want: Want, index: number, pat: number): Answer {
    const readonly = index & 1;
    const ipat = ((index >> 1) & 1) as 0 | 1;
    const type = (index >> 2) & 7;
    const level = (index >> 5) as Level;
    const class_ = type | (ipat << 3);
    switch (want) {
      case 'mtrr':
        return { type: asType(type) };
      case 'ept':
        return { type: asType(type), ipat };
      case 'effective':
        return { type: asType(this.#module.exports.autoEffective(this.#plan.pointer(), class_, pat)) };
      case 'levels':
        return { level };
      case 'leaf':
        if (level === 0) return { level, entry: 0n };
        return { level, entry: type === UNDEFINED ? null : this.#leafBits(class_, level, readonly) };
    }
  }

  #leafBits(class_: number, level: number, readonly: number): bigint {
    // Behind the histogram, which is still being read.
    const out = this.#scratch.pointer + HISTOGRAM_SIZE;
    this.#module.exports.autoLeafBits(this.#plan.pointer(), class_, level, readonly, out);
    return this.#module.longs[out / 8]!;
  }

  types(first: number, count: number): Uint8Array {
    requireTile(first, count, this.vcpu, TYPE_TILE_FRAMES);
    const out = this.#scratch.pointer;
    this.#module.exports.autoTypes(this.#plan.pointer(), first, count, out);
    return this.#module.bytes.subarray(out, out + count);
  }

  entries(first: number, count: number): BigUint64Array {
    requireTile(first, count, this.vcpu);
    this.#module.exports.autoEntries(this.#plan.pointer(), first, count, this.#scratch.pointer);
    return this.#scratch.entries(count);
  }

  fill(buffer: EntryBuffer, first: number): void {
    if (!(buffer instanceof WasmEntryBuffer && buffer.module === this.#module)) {
      throw new InputRangeError('buffer', 'expected a buffer of the same engine');
    }
    requireRange({ range: { start: first, end: first + buffer.frames } }, this.vcpu);
    // In pieces: Wasm's first long call would stay in baseline code to its end.
    const plan = this.#plan.pointer();
    buffer.lifetime.require();
    for (let at = 0; at < buffer.frames; at += FILL_FRAMES) {
      const count = Math.min(FILL_FRAMES, buffer.frames - at);
      this.#module.exports.autoEntries(plan, first + at, count, buffer.pointer + at * 8);
    }
  }

  typesOf(gfns: Float64Array): Uint8Array {
    const list = this.#list(gfns);
    const plan = this.#plan.pointer();
    this.#digits ??= this.#buildDigits(plan);
    this.#module.exports.autoTypesOf(plan, this.#digits, list, gfns.length, list);
    return this.#module.bytes.subarray(list, list + gfns.length);
  }

  entriesOf(gfns: Float64Array): BigUint64Array {
    const list = this.#list(gfns);
    this.#module.exports.autoEntriesOf(this.#plan.pointer(), list, gfns.length, list);
    return this.#module.longs.subarray(list / 8, list / 8 + gfns.length);
  }

  /** Copies frames to where the answers will replace them: a kernel reads each one before it answers it. */
  #list(gfns: Float64Array): number {
    const { pointer } = this.#scratch;
    putFrames(this.#module, pointer, gfns, this.vcpu);
    return pointer;
  }

  /** Pointer to the plan's digit tables, 0 where it can have none. */
  #buildDigits(plan: number): number {
    const digits = this.#plan.allocate(DIGITS_SIZE);
    return this.#module.exports.autoDigits(plan, digits) === 1 ? digits : 0;
  }

  typeSet(gfn: number): readonly MemoryType[] {
    requireTile(gfn, 1, this.vcpu);
    const plan = this.#plan.pointer();
    if (this.policy.flags.mtrr === 'none') return [];
    const bits = this.#module.exports.autoTypeSet(plan, gfn);
    return MEMORY_TYPES.filter((type) => (bits >> type) & 1);
  }

  digest(range?: GfnRange): bigint {
    const { start, end } = requireRange(range ? { range } : {}, this.vcpu);
    const out = this.#scratch.pointer;
    this.#module.exports.autoDigest(this.#plan.pointer(), start, end, out);
    return this.#module.longs[out / 8]!;
  }

  /** Whether it was opened by the engine that these are of. */
  isOf(residents: Residents): boolean {
    return this.#plan.isOf(residents);
  }

  /** This view as one side of a comparison of a want. */
  side<W extends Want>(want: W): Side<W> {
    const other = this.#of(want);
    if (other !== this) return other.side(want);
    return {
      resident: this.#plan,
      answerOf: (code) => this.#answerOf(want, code) as AnswerOf<W>,
      leafAt: (gfn) => {
        const [span] = this.spans('leaf', { range: { start: gfn, end: gfn + 1 } });
        return { level: span?.level ?? 0, entry: span?.entry ?? null };
      },
    };
  }

  #answerOf(want: Want, code: number): Answer {
    const type = code & 7;
    const level = ((code >> 4) & 3) as Level;
    switch (want) {
      case 'mtrr':
      case 'effective':
        return { type: asType(type) };
      case 'ept':
        return { type: asType(type), ipat: ((code >> 3) & 1) as 0 | 1 };
      case 'levels':
        return { level };
      case 'leaf':
        if (level === 0) return { level, entry: 0n };
        return { level, entry: type === UNDEFINED ? null : this.#leafBits(code & 15, level, code >> 6) };
    }
  }

  dispose(): void {
    this.#lookup?.dispose();
    this.#plan.dispose();
  }
}

function asType(type: number): MtrrType {
  return (type === UNDEFINED ? -1 : type) as MtrrType;
}

function compareViews<W extends Want>(
  residents: Residents,
  scratch: Scratch,
  a: EngineView,
  b: EngineView,
  want: W,
  query: Query = {},
): PlanComparison<W> {
  residents.lifetime.require();
  if (!(a instanceof AutoView && b instanceof AutoView && a.isOf(residents) && b.isOf(residents))) {
    throw new InputRangeError('view', 'both views have to be of the same evaluator');
  }
  for (const view of [a, b]) requireWantOn(view.policy, view.vcpu.vendor, want);
  const range = requireRange(query, a.vcpu);
  requireRange({ range }, b.vcpu);
  const sides = [a.side(want), b.side(want)] as const;
  return new PlanComparison(residents.module, sides, want, requirePat(query), range, scratch.pointer);
}

/**
 * The auto engine in a Wasm instance.
 *
 * @param module - an instance of its own, or one that another engine uses as well
 * @param mostBytes - that its views keep in the instance's memory; what is over makes way and is made again
 */
export function createAutoEngine(module: WasmModule, mostBytes?: number): Engine {
  const residents = new Residents(module, mostBytes);
  const scratch = new Scratch(module);
  return {
    name: 'auto',
    open: (vcpu, policy) => new AutoView(residents, scratch, vcpu, policy),
    compare: (a, b, want, query) => compareViews(residents, scratch, a, b, want, query),
    batch: (question) => new WasmBatch(module, question, residents.lifetime),
    entryBuffer: (frames) => new WasmEntryBuffer(module, frames, residents.lifetime),
    dispose: () => {
      residents.dispose();
      scratch.dispose();
    },
  };
}
