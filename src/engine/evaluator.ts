/// <reference lib="esnext.disposable" preserve="true" />
/** The evaluator that users of the library hold: one engine, any number of views. */
import { requireInteger, requireIterable, requireKeys, wrongKind } from '../arguments.ts';
import { EptsweepError, InputRangeError } from '../errors.ts';
import { type Policy, requirePolicy } from '../policy/index.ts';
import type { TotalOf, Want } from '../types.ts';
import type { Engine, EngineView } from '../vm/engine.ts';
import {
  type Comparison,
  type EngineName,
  type EntryBuffer,
  Lifetime,
  type Query,
  requireAsked,
  requireVcpu,
  type Vcpu,
} from '../vm/index.ts';
import { Batch, type BatchInit } from './batch.ts';
import { HostEntryBuffer } from './host-buffer.ts';
import { createEngine } from './registry.ts';
import { createEngineAsync } from './registry-async.ts';
import { View } from './view.ts';

/** What {@link createEvaluator} takes. */
export interface EvaluatorOptions {
  /** Default `auto`. */
  readonly engine?: EngineName;
}

/**
 * An argument that has to be an evaluator.
 *
 * @throws InputTypeError with path `evaluator`
 *
 * @internal
 */
export function requireEvaluator(value: unknown): Evaluator {
  if (value instanceof Evaluator) return value;
  throw wrongKind('evaluator', 'an evaluator that createEvaluator() made', value);
}

/** What {@link Evaluator.evaluateMany} gives for one item. */
export type Evaluated<W extends Want = Want> =
  | { readonly totals: readonly TotalOf<W>[] }
  | { readonly error: EptsweepError };

const ITEM_KEYS: readonly string[] = ['vcpu', 'policy'];

/** An engine with its memory. */
export class Evaluator {
  readonly #engine: Engine;
  readonly #lifetime = new Lifetime('evaluator');

  /** @internal */
  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** The engine that answers. */
  get engine(): EngineName {
    return this.#engine.name;
  }

  /** Whether {@link compare} works: `auto` alone can without visiting pages. */
  get canCompare(): boolean {
    return this.#engine.compare !== undefined;
  }

  /**
   * Opens a vCPU under a policy.
   *
   * @param vcpu - what `vcpu()` or `vcpuOf()` made
   * @param policy - the rules
   * @returns a view; dispose of it when done
   * @throws WrmsrFault for the first register write that is refused
   */
  view(vcpu: Vcpu, policy: Policy): View {
    return new View(this.#engine, this.#lifetime, vcpu, policy);
  }

  /**
   * Room for entries, to be filled and refilled by {@link View.fill}.
   *
   * @param frames - how many
   * @returns the room; dispose of it when done
   */
  entryBuffer(frames: number): EntryBuffer {
    this.#lifetime.require();
    requireInteger('frames', frames, 0, Number.MAX_SAFE_INTEGER);
    return this.#engine.entryBuffer?.(frames) ?? new HostEntryBuffer(frames, this.#lifetime);
  }

  /**
   * {@link View.compare} of two views of this evaluator.
   *
   * @param a - one side
   * @param b - the other side
   * @param want - what is compared, default `ept`
   * @param query - range in frames, and PAT type; default the whole space, WB
   * @returns pages by pair of answers, and the spans that differ
   */
  compare<W extends Want = 'ept'>(a: View, b: View, want?: W, query?: Query): Comparison<W> {
    this.#lifetime.require();
    if (!(a instanceof View)) throw wrongKind('a', 'a view of this evaluator', a);
    if (!a.isOf(this.#engine)) throw new InputRangeError('a', 'expected a view of this evaluator');
    return a.compare(b, want, query);
  }

  /**
   * Totals of many vCPUs, one after the other, each in the same memory. One that cannot be answered does not
   * stop the others.
   *
   * @param items - vCPUs with their policies
   * @param want - default `ept`
   * @param query - range in frames, and PAT type; default the whole space, WB
   * @returns totals or an error, one an item, as they are asked for
   */
  evaluateMany<W extends Want = 'ept'>(
    items: Iterable<{ readonly vcpu: Vcpu; readonly policy: Policy }>,
    want = 'ept' as W,
    query: Query = {},
  ): Generator<Evaluated<W>, void, undefined> {
    this.#lifetime.require();
    requireIterable('items', items, 'vCPUs with their policies');
    requireAsked(want, query);
    return this.#evaluateEach(items, want, query);
  }

  *#evaluateEach<W extends Want>(
    items: Iterable<{ readonly vcpu: Vcpu; readonly policy: Policy }>,
    want: W,
    query: Query,
  ): Generator<Evaluated<W>, void, undefined> {
    let index = 0;
    for (const item of items) {
      const path = `items.${index++}`;
      requireKeys(path, item, ITEM_KEYS, 'a vCPU with its policy, { vcpu, policy }');
      yield this.#evaluate(item.vcpu, item.policy, want, query);
      this.#lifetime.require();
    }
  }

  #evaluate<W extends Want>(vcpu: Vcpu, policy: Policy, want: W, query: Query): Evaluated<W> {
    let view: EngineView | undefined;
    try {
      view = this.#engine.open(requireVcpu(vcpu), requirePolicy('policy', policy));
      return { totals: view.totals(want, query) };
    } catch (error) {
      if (error instanceof EptsweepError && error.code !== 'internal') return { error };
      throw error;
    } finally {
      view?.dispose();
    }
  }

  /**
   * Opens a batch: layouts by the thousand, made from their numbers or handed in, answered and counted. Only `auto`
   * has batches.
   *
   * @param init - the sides, and the layouts that are made
   * @returns a batch; dispose of it when done
   * @throws InputError for what cannot be asked
   */
  batch(init: BatchInit): Batch {
    return new Batch(this.#engine, this.#lifetime, init);
  }

  /** Gives all memory back; whatever is asked of it, or of its views, afterwards throws. Harmless twice. */
  dispose(): void {
    this.#lifetime.end();
    this.#engine.dispose();
  }
  /** The same, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}

function engineOf(options: EvaluatorOptions): EngineName {
  return requireKeys('', options, ['engine'], 'options such as { engine: "auto" }').engine ?? 'auto';
}

/**
 * Creates an evaluator.
 *
 * @param options - which engine; default `auto`
 * @returns an evaluator; dispose of it when done, or declare it with `using`
 * @example
 * const evaluator = await createEvaluator();
 * const view = evaluator.view(vcpu({ maxphyaddr: 46, msrs: { 0x2ff: 0x806n } }), policy('sdm'));
 * view.typeAt(0x100); // 6: WB
 */
export async function createEvaluator(options: EvaluatorOptions = {}): Promise<Evaluator> {
  return new Evaluator(await createEngineAsync(engineOf(options)));
}

/**
 * {@link createEvaluator} for Node and workers: some browsers refuse to compile on the main thread.
 *
 * @param options - which engine; default `auto`
 * @returns an evaluator; dispose of it when done, or declare it with `using`
 * @example
 * const evaluator = createEvaluatorSync();
 * evaluator.view(vcpu({ maxphyaddr: 36 }), policy('kvm-6.16')).totals(); // [{ type: 6, ipat: 1, pages: 16777216n }]
 */
export function createEvaluatorSync(options: EvaluatorOptions = {}): Evaluator {
  return new Evaluator(createEngine(engineOf(options)));
}
