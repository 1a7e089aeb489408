import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const debugBinary = fileURLToPath(new URL('src/wasm/binary-debug.ts', import.meta.url));
const SLOW = ['test/slow/**'];

/** Tests that reach Wasm: they run a second time on the debug build, whose asserts are still in. */
export const OF_WASM = [
  'test/wasm/**/*.test.ts',
  'test/engine/**/*.test.ts',
  'test/batch/**/*.test.ts',
  'test/golden/**/*.test.ts',
  'test/fuzz/three-way.test.ts',
];

/** Of these, what the debug build is not asked: two ask the compiler, one counts the steps of what ships. */
const OF_RELEASE = ['test/engine/types.test.ts', 'test/wasm/abi.test.ts', 'test/wasm/work.test.ts'];

/** What makes a project import the debug build. */
export const debugBuild = { resolve: { alias: [{ find: /^\.\/binary\.ts$/, replacement: debugBinary }] } };

export default defineConfig({
  test: {
    // For what hangs; no test takes a second, and a busy machine must not fail one.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // Files share a thread and the modules that are loaded in it: a test puts back what it changes.
    pool: 'threads',
    isolate: false,
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: 'release',
          globalSetup: ['scripts/vitest-setup-dist.mjs'],
          include: ['test/**/*.test.ts'],
          exclude: SLOW,
        },
      },
      {
        extends: true,
        ...debugBuild,
        test: {
          name: 'debug',
          globalSetup: ['scripts/vitest-setup.mjs'],
          include: OF_WASM,
          exclude: OF_RELEASE,
          env: { EPTSWEEP_WASM: 'debug' },
        },
      },
    ],
  },
});
