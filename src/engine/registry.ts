/** With registry-async.ts the only place that knows all engines; everything above sees {@link Engine}. */
import { requireWord } from '../arguments.ts';
import { createReferenceEngine } from '../reference/index.ts';
import type { Engine } from '../vm/engine.ts';
import { ENGINE_NAMES, type EngineName } from '../vm/index.ts';
import { createAutoEngine, createDirectEngine, loadWasm } from '../wasm/index.ts';

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
  if (name === 'reference') return createReferenceEngine();
  const module = loadWasm();
  return name === 'direct' ? createDirectEngine(module) : createAutoEngine(module);
}
