/** Engines that are created without blocking; apart from registry.ts, so that a page is not sent the one that it never asks. */
import { requireWord } from '../arguments.ts';
import type { Engine } from '../vm/engine.ts';
import { ENGINE_NAMES, type EngineName } from '../vm/index.ts';
import { createAutoEngine, createDirectEngine, loadWasmAsync } from '../wasm/index.ts';

/**
 * As `createEngine`, without blocking while the Wasm is compiled; the plain engine is loaded where it is asked for.
 *
 * @param name - which of the three
 * @returns the engine
 * @throws {@link InputTypeError}, {@link InputRangeError} with path `engine`
 */
export async function createEngineAsync(name: EngineName): Promise<Engine> {
  requireWord('engine', name, ENGINE_NAMES);
  if (name === 'reference') return (await import('../reference/index.ts')).createReferenceEngine();
  const module = await loadWasmAsync();
  return name === 'direct' ? createDirectEngine(module) : createAutoEngine(module);
}
