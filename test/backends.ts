/** Every engine that the suites run on: a test that passes on one passes on all. */
import { createReferenceEngine } from '../src/reference/index.ts';
import type { Engine } from '../src/vm/engine.ts';
import { createAutoEngine, createDirectEngine, loadWasm } from '../src/wasm/index.ts';

/** An engine under test. */
export interface Backend {
  readonly name: string;
  create(): Engine;
}

export const backends: readonly Backend[] = [
  { name: 'reference', create: createReferenceEngine },
  { name: 'direct', create: () => createDirectEngine(loadWasm()) },
  { name: 'direct, one page after the other', create: () => createDirectEngine(loadWasm(), { simd: false }) },
  { name: 'auto', create: () => createAutoEngine(loadWasm()) },
];
