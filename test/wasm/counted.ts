/**
 * How much work the Wasm does, counted and not timed: Binaryen has the release build tell of each function that is entered,
 * of each round of a loop and of each access to the memory.
 */
import binaryen from 'binaryen';
import type { WasmExports } from '../../src/wasm/abi.ts';
import { WasmModule, wasmBinary } from '../../src/wasm/index.ts';

/** An instance that counts. */
export interface Counted {
  readonly module: WasmModule;
  /** Functions entered, rounds of loops, loads and stores while `run` runs. */
  steps(run: () => void): number;
}

/** What is told. In Wasm too: a number of 64 bits that crosses to JavaScript and back takes longer than all the rest. */
const COUNTER = `(module
  (global $steps (export "steps") (mut i32) (i32.const 0))
  (func $step (global.set $steps (i32.add (global.get $steps) (i32.const 1))))
  (func (export "log_execution") (param i32) (call $step))
  (func (export "load_ptr") (param i32 i32 i32 i32) (result i32) (call $step) (local.get 3))
  (func (export "store_ptr") (param i32 i32 i32 i32) (result i32) (call $step) (local.get 3))
  ${['i32', 'i64', 'f32', 'f64']
    .flatMap((type) => [`load_val_${type}`, `store_val_${type}`].map((name) => ({ type, name })))
    .map(({ type, name }) => `(func (export "${name}") (param i32 ${type}) (result ${type}) (local.get 1))`)
    .join('\n')}
)`;

function compiled(program: binaryen.Module): WebAssembly.Module {
  const bytes = new Uint8Array(program.emitBinary());
  program.dispose();
  return new WebAssembly.Module(bytes);
}

/** An instance of the release build, made to count. */
export function countedWasm(): Counted {
  const counter = new WebAssembly.Instance(compiled(binaryen.parseText(COUNTER))).exports;
  const program = binaryen.readBinary(wasmBinary());
  program.setFeatures(binaryen.Features.All);
  program.runPasses(['log-execution', 'instrument-memory']);
  const telling = compiled(program);
  const memory = new WebAssembly.Memory({ initial: 8, maximum: 65536 });
  // The pass declares more than it uses: what is told of structures and arrays, which there are none of.
  const unused = Object.fromEntries(WebAssembly.Module.imports(telling).map(({ name }) => [name, () => 0]));
  const { exports } = new WebAssembly.Instance(telling, { env: { ...unused, ...counter, memory } });
  const steps = counter.steps as WebAssembly.Global<'i32'>;
  return {
    module: new WasmModule(exports as unknown as WasmExports, memory),
    steps(run) {
      const before = steps.value;
      run();
      return steps.value - before;
    },
  };
}
