/** Memory of the auto engine's answers: what all views share, and buffers that users keep. */
import { COMPARE_SIZE } from '../../assembly/auto/compare-layout.ts';
import { HISTOGRAM_SIZE } from '../../assembly/auto/plan-layout.ts';
import { SPAN_SIZE } from '../../assembly/layout.ts';
import { InputRangeError } from '../errors.ts';
import { type EntryBuffer, Lifetime, TILE_FRAMES } from '../vm/index.ts';
import { SPAN_BATCH } from './span-reader.ts';
import type { WasmModule } from './wasm.ts';

/** One tile, or one batch of spans, or a histogram, or a comparison while it counts. */
export class Scratch {
  readonly pointer: number;
  readonly #module: WasmModule;
  #tile: BigUint64Array | undefined;
  /** What the tile is a part of: another one once the memory has grown. */
  #longs: BigUint64Array | undefined;
  #isDisposed = false;

  constructor(module: WasmModule) {
    this.#module = module;
    this.pointer = module.allocate(
      Math.max(TILE_FRAMES * 8, (SPAN_BATCH + 1) * SPAN_SIZE, HISTOGRAM_SIZE, COMPARE_SIZE),
    );
  }

  /** The memory as entries: the same array as for the last tile of that length, making one costs 5 % of a tile. */
  entries(count: number): BigUint64Array {
    const { longs } = this.#module;
    if (this.#tile?.length !== count || this.#longs !== longs) {
      this.#longs = longs;
      this.#tile = longs.subarray(this.pointer / 8, this.pointer / 8 + count);
    }
    return this.#tile;
  }

  /** Gives the memory back. Harmless twice. */
  dispose(): void {
    if (!this.#isDisposed) this.#module.free(this.pointer);
    this.#isDisposed = true;
  }
}

/** Most frames of a buffer: half of a 32-bit memory. */
const MOST_FRAMES = 2 ** 28;

/** Entries that stay in Wasm memory. */
export class WasmEntryBuffer implements EntryBuffer {
  readonly module: WasmModule;
  readonly pointer: number;
  readonly frames: number;
  readonly lifetime: Lifetime;
  #isDisposed = false;

  /**
   * @param engine - the life of the engine
   * @throws InputError with path `frames`; EptsweepError `disposed`
   */
  constructor(module: WasmModule, frames: number, engine: Lifetime) {
    engine.require();
    this.lifetime = new Lifetime('entry buffer', engine);
    if (!Number.isInteger(frames) || frames < 0 || frames > MOST_FRAMES) {
      throw new InputRangeError('frames', `expected 0..${MOST_FRAMES} frames, got ${frames}`);
    }
    this.module = module;
    this.frames = frames;
    this.pointer = module.allocate(frames * 8);
  }

  get entries(): BigUint64Array {
    this.lifetime.require();
    const index = this.pointer / 8;
    return this.module.longs.subarray(index, index + this.frames);
  }

  dispose(): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.lifetime.end();
    this.module.free(this.pointer);
  }
}
