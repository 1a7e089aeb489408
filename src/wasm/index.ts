export { createAutoEngine } from './auto.ts';
export { loadWasm, WasmModule } from './wasm.ts';
