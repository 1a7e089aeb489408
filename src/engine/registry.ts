/** The only place that knows all engines; everything above sees {@link Engine}. */
import { createReferenceEngine } from '../reference/index.ts';
import type { Engine, EngineName } from '../vm/index.ts';
import { createAutoEngine, loadWasm } from '../wasm/index.ts';

/**
 * Creates an engine. The Wasm engines own a memory of their own; dispose of them when done.
 *
 * @example
 * const engine = createEngine('auto');
 * engine.open(vcpu({ maxphyaddr: 46 }), policy('sdm')).totals('mtrr');
 */
export function createEngine(name: EngineName): Engine {
  switch (name) {
    case 'reference':
      return createReferenceEngine();
    case 'auto':
    case 'direct':
      return createAutoEngine(loadWasm());
  }
}
