import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const debugBinary = fileURLToPath(new URL('src/wasm/binary-debug.ts', import.meta.url));
const FAST = ['test/**/*.test.ts'];
const SLOW = 'test/slow/**';

/** Tests that reach Wasm: they run a second time on the debug build, whose asserts are still in. */
const ON_DEBUG_BUILD = ['test/wasm/**/*.test.ts', 'test/engine/**/*.test.ts', 'test/golden/**/*.test.ts'];

export default defineConfig({
  test: {
    globalSetup: ['scripts/vitest-setup.mjs'],
    testTimeout: 20_000,
    projects: [
      { extends: true, test: { name: 'release', include: FAST, exclude: [SLOW] } },
      {
        extends: true,
        test: { name: 'debug', include: ON_DEBUG_BUILD, exclude: [SLOW] },
        resolve: { alias: [{ find: /^\.\/binary\.ts$/, replacement: debugBinary }] },
      },
    ],
  },
});
