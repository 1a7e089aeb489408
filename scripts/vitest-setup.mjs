/**
 * Before any test: the Wasm that is tested is that of the sources in the tree, also under a bare `vitest`.
 * With EPTSWEEP_SKIP_WASM=1 the last build is taken as it is, for work on TypeScript while assembly/ is in
 * pieces.
 */
import { buildWasm } from './build-wasm.mjs';

export default async function setup() {
  if (process.env.EPTSWEEP_SKIP_WASM === '1') {
    console.error('The Wasm is not built: tests see the last build, if there is one.');
    return;
  }
  try {
    await buildWasm();
  } catch (error) {
    const reason = error instanceof Error ? error.message : error;
    throw new Error(`${reason}\n(EPTSWEEP_SKIP_WASM=1 tests with the last build.)`);
  }
}
