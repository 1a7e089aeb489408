import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { debugBuild, OF_WASM } from './vitest.config.ts';

/** Vectors and dumps that are not the project's to give away; their tests are not collected where they are not. */
const hasShared = existsSync(new URL('../shared/vectors', import.meta.url));
if (!hasShared) console.warn('no folder ../shared: test/slow/shared is left out');
const OF_SHARED = 'test/slow/shared/**/*.test.ts';

/** Files of the fast suite that try less there than they can (test/rounds.ts). */
const root = fileURLToPath(new URL('.', import.meta.url));
const withRounds = readdirSync(`${root}test`, { recursive: true, encoding: 'utf8' })
  .map((path) => `test/${path.replaceAll('\\', '/')}`)
  .filter(
    (path) =>
      path.endsWith('.test.ts') && /from '(\.\.\/)+rounds\.ts'/.test(readFileSync(root + path, 'utf8')),
  );
const isOfWasm = (path: string): boolean =>
  OF_WASM.some((glob) => path === glob || path.startsWith(glob.replace(/\*.*/, '/').replace('//', '/')));

const setup = { globalSetup: ['scripts/vitest-setup.mjs'] };
const full = { EPTSWEEP_FULL: '1' };

export default defineConfig({
  test: {
    testTimeout: 600_000,
    hookTimeout: 600_000,
    projects: [
      {
        extends: true,
        test: {
          ...setup,
          name: 'slow',
          include: ['test/slow/**/*.test.ts'],
          exclude: hasShared ? [] : [OF_SHARED],
        },
      },
      { extends: true, test: { ...setup, name: 'full counts', include: withRounds, env: full } },
      {
        extends: true,
        ...debugBuild,
        test: {
          ...setup,
          name: 'slow on debug',
          include: [
            ...withRounds.filter(isOfWasm),
            ...(hasShared ? ['test/slow/shared/golden.test.ts'] : []),
          ],
          env: { ...full, EPTSWEEP_WASM: 'debug' },
        },
      },
    ],
  },
});
