/**
 * How much work the Wasm does, counted and not timed: Binaryen has the release build tell of each function that is entered
 * and of each round of a loop.
 */
import binaryen from 'binaryen';
import type { WasmExports } from '../../src/wasm/abi.ts';
import { WasmModule, wasmBinary } from '../../src/wasm/index.ts';

/** An instance that counts. */
export interface Counted {
  readonly module: WasmModule;
  /** Functions entered and rounds of loops while `run` runs. */
  steps(run: () => void): number;
}

/** An instance of the release build, made to count. */
export function countedWasm(): Counted {
  const program = binaryen.readBinary(wasmBinary());
  program.setFeatures(binaryen.Features.All);
  program.runPasses(['log-execution']);
  const bytes = new Uint8Array(program.emitBinary());
  program.dispose();
  let count = 0;
  const memory = new WebAssembly.Memory({ initial: 8, maximum: 65536 });
  const env = { memory, log_execution: () => void count++ };
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env });
  return {
    module: new WasmModule(exports as unknown as WasmExports, memory),
    steps(run) {
      const before = count;
      run();
      return count - before;
    },
  };
}
