/** The only place that knows all engines; everything above sees {@link Engine}. */
import { requireWord } from '../arguments.ts';
import { createReferenceEngine } from '../reference/index.ts';
import type { Engine } from '../vm/engine.ts';
import { ENGINE_NAMES, type EngineName } from '../vm/index.ts';
import {
  createAutoEngine,
  createDirectEngine,
  loadWasm,
  loadWasmAsync,
  type WasmModule,
} from '../wasm/index.ts';

export { wasmBinary } from '../wasm/index.ts';

/**
 * Creates an engine. The Wasm engines own a memory of their own; dispose of them when done.
 *
 * @param name - which of the three
 * @returns the engine
 * @throws {@link InputTypeError}, {@link InputRangeError} with path `engine`
 * @example
 * const engine = createEngine('auto');
 * engine.open(vcpu({ maxphyaddr: 46 }), policy('sdm')).totals('mtrr'); // [{ type: 0, pages: 17179869184n }]
 */
export function createEngine(name: EngineName): Engine {
  requireWord('engine', name, ENGINE_NAMES);
  return name === 'reference' ? createReferenceEngine() : createWasmEngine(name, loadWasm());
}

/** {@link createEngine} without blocking while the Wasm is compiled; the plain engine is loaded where it is asked for. */
export async function createEngineAsync(name: EngineName): Promise<Engine> {
  requireWord('engine', name, ENGINE_NAMES);
  if (name !== 'reference') return createWasmEngine(name, await loadWasmAsync());
  return (await import('../reference/index.ts')).createReferenceEngine();
}

function createWasmEngine(name: 'direct' | 'auto', module: WasmModule): Engine {
  return name === 'direct' ? createDirectEngine(module) : createAutoEngine(module);
}
