export { createAutoEngine } from './auto.ts';
export { createDirectEngine, type DirectOptions } from './direct.ts';
export { loadWasm, loadWasmAsync, WasmModule, wasmBinary } from './wasm.ts';
