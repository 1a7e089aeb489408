/**
 * Before tests: dist/ is that of the sources in the tree where a test starts the program or the built library, else
 * the Wasm alone is built, which is faster: `npx vitest run test/policy` waits for no compiler of TypeScript.
 */
import { build } from './build.mjs';
import setupWasm from './vitest-setup.mjs';

/** Files that start what `npm run build` makes. */
const OF_DIST = [
  'test/cli/',
  'test/verify/',
  'test/bench/',
  'test/campaign/',
  'test/oracle/process.test.ts',
  'test/project/readme.test.ts',
];

export default async function setup() {
  // What `vitest run` was asked for; an option's value that looks like a file costs a build, no more.
  const filters = process.argv.slice(2).filter((word) => word.includes('test') && !word.startsWith('-'));
  const asked = (/** @type {string} */ filter) =>
    OF_DIST.some((path) => path.includes(filter) || filter.includes(path));
  if (filters.length === 0 || filters.some(asked)) await build({ quick: true });
  else await setupWasm();
}
