/** Both Wasm engines in one memory, and that memory's own speed. */
import type { Engine } from '../src/vm/engine.ts';
import { createAutoEngine, createDirectEngine, loadWasm, type WasmModule } from '../src/wasm/index.ts';
import { type Contestant, here } from './rounds.ts';

/** Bytes of the long buffer: in no cache. */
export const LONG_BYTES = 64 << 20;

/** One module and the engines in it. */
export interface Engines {
  readonly module: WasmModule;
  readonly auto: Engine;
  readonly direct: Engine;
  readonly scalar: Engine;
}

/** Engines in a memory of their own. */
export function createEngines(): Engines {
  const module = loadWasm();
  return {
    module,
    auto: createAutoEngine(module),
    direct: createDirectEngine(module),
    scalar: createDirectEngine(module, { simd: false }),
  };
}

/**
 * `memory.fill` of as many bytes as the contestants write, at the same place for every repetition.
 *
 * @param pointer - the place; where the contestants write if they write one place: which physical pages a buffer
 * has decides how it lies in the caches
 */
export function memoryFill(
  module: WasmModule,
  bytes: number,
  units = bytes,
  pointer = module.allocate(bytes),
): Contestant {
  const fill = module.exports.fillBytes;
  return here('memoryFill', units, () => {
    fill(pointer, 6, bytes);
  });
}

/** The most that Wasm's stores of 16 bytes can do: a constant, nothing computed. */
export function vectorStores(module: WasmModule, bytes: number, units: number, pointer: number): Contestant {
  const storeVectors = module.exports.storeVectors;
  return here('vectorStores', units, () => {
    storeVectors(pointer, 6, bytes);
  });
}
