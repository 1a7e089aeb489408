/** The reference as an {@link Engine}: the rules of this folder behind the common interface. */
import { InputRangeError } from '../errors.ts';
import { type Policy, requireWantOn } from '../policy/index.ts';
import {
  type GfnRange,
  type MemoryType,
  PAT_TYPES,
  type PatType,
  type SpanOf,
  type TotalOf,
  UNDEFINED,
  type Want,
  WB,
} from '../types.ts';
import type { Engine, EngineView } from '../vm/engine.ts';
import {
  DIGEST_MULTIPLIER,
  frameCount,
  Lifetime,
  type Query,
  requireFrameCount,
  requireHost,
  TILE_FRAMES,
  TYPE_TILE_FRAMES,
  throwBadFrame,
  UNDEFINED_ENTRY_TYPE,
  UNDEFINED_TYPE_BYTE,
  type Vcpu,
  whileAlive,
} from '../vm/index.ts';
import { type Answer, answerRule, isSameAnswer } from './answers.ts';
import { Partition } from './cuts.ts';
import { accessDependencies, leafDependencies, typeDependencies } from './dependencies.ts';
import { eptType } from './ept.ts';
import { entryOf, leafOf } from './leaf.ts';
import type { HasOneType } from './level.ts';
import { type Machine, machineOf, mtrrType, mtrrTypeSet } from './mtrr.ts';
import { isNested } from './npt.ts';
import { spansOf, totalsOf } from './spans.ts';

/** Whether aligned regions have one defined MTRR type throughout; the last region of each size is kept. */
function oneTypeTest(machine: Machine): HasOneType {
  const partition = new Partition<Answer>(
    typeDependencies(machine),
    (gfn) => ({ type: mtrrType(machine, gfn) }),
    isSameAnswer,
  );
  const last = new Map<number, { start: number; verdict: boolean }>();
  const test: HasOneType = (start, count) => {
    let first: Answer | undefined;
    for (const { answer } of partition.blocks({ start, end: start + count })) {
      first ??= answer;
      if (answer.type === UNDEFINED || !isSameAnswer(first, answer)) return false;
    }
    return true;
  };
  return (start, count) => {
    const known = last.get(count);
    if (known?.start === start) return known.verdict;
    const verdict = test(start, count);
    last.set(count, { start, verdict });
    return verdict;
  };
}

class ReferenceView implements EngineView {
  readonly #machine: Machine;
  readonly #hasOneType: HasOneType;
  readonly #lifetime: Lifetime;

  constructor(
    engine: Lifetime,
    readonly vcpu: Vcpu,
    readonly policy: Policy,
  ) {
    this.#lifetime = new Lifetime('view', engine);
    this.#lifetime.require();
    requireHost(vcpu, policy);
    this.#machine = machineOf(vcpu, policy);
    this.#hasOneType = oneTypeTest(this.#machine);
  }

  spans<W extends Want>(want: W, query: Query = {}): IterableIterator<SpanOf<W>> {
    return whileAlive(spansOf(this.#partition(want, query), want, this.#range(query)), this.#lifetime);
  }

  totals<W extends Want>(want: W, query: Query = {}): readonly TotalOf<W>[] {
    return totalsOf(this.#partition(want, query), want, this.#range(query));
  }

  types(first: number, count: number): Uint8Array {
    this.#requireTile(first, count, TYPE_TILE_FRAMES);
    return Uint8Array.from({ length: count }, (_, i) => {
      const { type } = eptType(this.#machine, first + i);
      return type === UNDEFINED ? UNDEFINED_TYPE_BYTE : type;
    });
  }

  entries(first: number, count: number): BigUint64Array {
    this.#requireTile(first, count);
    const entries = new BigUint64Array(count);
    for (let i = 0; i < count; i++) {
      const leaf = leafOf(this.#machine, first + i, 1, UNDEFINED_ENTRY_TYPE);
      if (leaf) entries[i] = entryOf(leaf, first + i) ?? 0n;
    }
    return entries;
  }

  typesOf(gfns: Float64Array): Uint8Array {
    this.#requireFrames(gfns);
    return Uint8Array.from(gfns, (gfn) => this.types(gfn, 1)[0]!);
  }

  entriesOf(gfns: Float64Array): BigUint64Array {
    this.#requireFrames(gfns);
    return BigUint64Array.from([...gfns].map((gfn) => this.entries(gfn, 1)[0]!));
  }

  typeSet(gfn: number): readonly MemoryType[] {
    this.#requireTile(gfn, 1);
    return mtrrTypeSet(this.#machine, gfn);
  }

  digest(range?: GfnRange): bigint {
    const { start, end } = this.#range(range ? { range } : {});
    let digest = 0n;
    for (let first = start; first < end; first += TILE_FRAMES) {
      for (const entry of this.entries(first, Math.min(TILE_FRAMES, end - first))) {
        digest = BigInt.asUintN(64, digest * DIGEST_MULTIPLIER + entry);
      }
    }
    return digest;
  }

  dispose(): void {
    // Nothing is held outside the garbage collector's reach; but who forgot that it is over shall hear of it.
    this.#lifetime.end();
  }

  #partition(want: Want, query: Query): Partition<Answer> {
    this.#lifetime.require();
    requireWantOn(this.policy, this.vcpu.vendor, want);
    const pat: PatType = query.pat ?? WB;
    if (!PAT_TYPES.includes(pat)) throw new InputRangeError('pat', `expected a PAT type, got ${pat}`);
    const asksForLeaf = want === 'levels' || want === 'leaf';
    const isNestedAccess = want === 'effective' && isNested(this.vcpu);
    const dependenciesOf = isNestedAccess ? accessDependencies : typeDependencies;
    const dependencies = asksForLeaf ? leafDependencies(this.#machine) : dependenciesOf(this.#machine);
    return new Partition(dependencies, answerRule(this.#machine, want, pat, this.#hasOneType), isSameAnswer);
  }

  #range(query: Query): GfnRange {
    this.#lifetime.require();
    const frames = frameCount(this.vcpu.maxphyaddr);
    const { start, end } = query.range ?? { start: 0, end: frames };
    if (!Number.isInteger(start) || start < 0) {
      throw new InputRangeError('range.0', `expected a frame number, got ${start}`);
    }
    if (!Number.isInteger(end) || end < start || end > frames) {
      throw new InputRangeError('range.1', `expected a frame number ${start}..${frames}, got ${end}`);
    }
    return { start, end };
  }

  #requireFrames(gfns: Float64Array): void {
    this.#lifetime.require();
    requireFrameCount(gfns.length);
    const frames = frameCount(this.vcpu.maxphyaddr);
    const bad = gfns.findIndex((gfn) => !Number.isInteger(gfn) || gfn < 0 || gfn >= frames);
    if (bad >= 0) throwBadFrame(bad, gfns[bad]!, this.vcpu);
  }

  #requireTile(first: number, count: number, most: number = TILE_FRAMES): void {
    if (!Number.isInteger(count) || count < 0 || count > most) {
      throw new InputRangeError('count', `expected 0..${most} frames, got ${count}`);
    }
    this.#range({ range: { start: first, end: first + count } });
  }
}

/**
 * The engine that every other is held against: each rule as the manual or the kernel has it, in plain
 * TypeScript. Slow page by page; long ranges are cut into blocks of one answer.
 *
 * @returns the engine; it owns nothing that would have to be given back
 * @example
 * const view = createReferenceEngine().open(vcpu({ maxphyaddr: 46 }), policy('sdm'));
 * [...view.spans('mtrr')]; // [{ start: 0, end: 2 ** 34, type: 0 }]
 */
export function createReferenceEngine(): Engine {
  const lifetime = new Lifetime('evaluator');
  return {
    name: 'reference',
    open: (vcpu, policy) => new ReferenceView(lifetime, vcpu, policy),
    dispose: () => lifetime.end(),
  };
}
