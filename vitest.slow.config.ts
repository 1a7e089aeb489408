import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Vectors and dumps that are not the project's to give away; their tests are not collected where they are not. */
const hasShared = existsSync(new URL('../shared/vectors', import.meta.url));
if (!hasShared) console.warn('no folder ../shared: test/slow/shared is left out');

const debugBinary = fileURLToPath(new URL('src/wasm/binary-debug.ts', import.meta.url));

export default defineConfig({
  test: {
    testTimeout: 600_000,
    hookTimeout: 600_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'slow',
          globalSetup: ['scripts/vitest-setup.mjs'],
          include: ['test/slow/**/*.test.ts'],
          exclude: hasShared ? [] : ['test/slow/shared/**'],
        },
      },
      {
        extends: true,
        test: {
          name: 'slow on debug',
          globalSetup: ['scripts/vitest-setup.mjs'],
          include: hasShared ? ['test/slow/shared/golden.test.ts'] : [],
          env: { EPTSWEEP_WASM: 'debug' },
        },
        resolve: { alias: [{ find: /^\.\/binary\.ts$/, replacement: debugBinary }] },
      },
    ],
  },
});
