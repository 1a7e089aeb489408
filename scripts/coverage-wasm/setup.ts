/** In each thread of the tests: what the Wasm tells of its branches is collected, and written when a file of tests ends. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';
import { configureGlobal } from 'fast-check';
import { afterAll } from 'vitest';

/** Of generated inputs: which branches they take is no matter of luck. */
const SEED = 1;
configureGlobal({ seed: SEED });

const scope = globalThis as { reachedBranches?: Set<number> };

function collected(): Set<number> {
  if (scope.reachedBranches) return scope.reachedBranches;
  const reached = new Set<number>();
  scope.reachedBranches = reached;
  const coverage = { reached: (branch: number): unknown => reached.add(branch) };
  const told = (imports: WebAssembly.Imports | undefined): WebAssembly.Imports => ({ ...imports, coverage });
  const { Instance, instantiate } = WebAssembly;
  WebAssembly.Instance = new Proxy(Instance, {
    construct: (target, [module, imports]: [WebAssembly.Module, WebAssembly.Imports]) =>
      new target(module, told(imports)),
  });
  WebAssembly.instantiate = ((source: WebAssembly.Module, imports?: WebAssembly.Imports) =>
    instantiate(source, told(imports))) as typeof instantiate;
  return reached;
}

const reached = collected();
afterAll(() => {
  writeFileSync(join(process.env.EPTSWEEP_COVERAGE!, `${threadId}.json`), JSON.stringify([...reached]));
});
