/**
 * Runs the tests that reach Wasm on a build that tells which branches of assembly/ are taken.
 *
 *   npm run coverage:wasm [-- --json FILE]
 *
 * A line a file, then each branch that is not taken and has no reason in unreached.json. Ends with 1 where there is one,
 * where the list names one that is taken, or where fewer than 99 percent are.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createVitest } from 'vitest/node';
import { roomOf } from '../mutate/rooms.ts';
import { fail, ROOT, writeWhole } from '../shared.mjs';
import { buildInstrumented } from './build.ts';
import { coverageOf, reportLines, type Unreached } from './report.ts';

/** Percent that tests have to take, those that cannot be taken among the rest. */
const LEAST = 99;
/** They look at the bytes of the build that ships, or below its blocks, where this one counts. */
const OF_BYTES = [
  'test/wasm/bounds.test.ts',
  'test/wasm/abi.test.ts',
  'test/wasm/binary.test.ts',
  'test/wasm/build.test.ts',
  'test/wasm/work.test.ts',
  'test/engine/types.test.ts',
];

/** Rooms whose tests reach the Wasm in this process; those that start the program would ask another build. */
const TESTS = ['assembly', 'share', 'sweep', 'replay', 'explain', 'trace']
  .flatMap((room) => roomOf(room).tests)
  .filter(
    (path) => !OF_BYTES.includes(path) && !path.startsWith('test/cli/') && !path.startsWith('test/campaign/'),
  );

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { json: { type: 'string', default: 'build/coverage-wasm.json' } },
  });
  const folder = mkdtempSync(join(tmpdir(), 'eptsweep-coverage-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const { wasm, branches } = await buildInstrumented();
  const binary = join(folder, 'binary.ts');
  writeFileSync(binary, `export const WASM_BASE64 = '${Buffer.from(wasm).toString('base64')}';\n`);
  mkdirSync(join(folder, 'reached'));
  process.env.EPTSWEEP_COVERAGE = join(folder, 'reached');

  const vitest = await createVitest('test', {
    config: false,
    root: ROOT,
    include: TESTS,
    setupFiles: [fileURLToPath(new URL('setup.ts', import.meta.url))],
    alias: [{ find: /^\.\/binary\.ts$/, replacement: binary }],
    watch: false,
    pool: 'threads',
    isolate: false,
    maxWorkers: 2,
    testTimeout: 600_000,
    hookTimeout: 600_000,
    reporters: [{}],
    silent: true,
  });
  const { testModules, unhandledErrors } = await vitest.start();
  await vitest.close();
  const failing = testModules.filter((module) => !module.ok()).map(({ moduleId }) => moduleId);
  if (unhandledErrors.length > 0 || failing.length > 0)
    throw new Error(`tests fail: ${[...failing, ...unhandledErrors.map(String)].join(', ')}`);

  const taken = new Set(
    readdirSync(join(folder, 'reached')).flatMap(
      (name) => JSON.parse(readFileSync(join(folder, 'reached', name), 'utf8')) as number[],
    ),
  );
  const listed = JSON.parse(readFileSync(new URL('unreached.json', import.meta.url), 'utf8')) as Unreached[];
  const coverage = coverageOf(branches, taken, listed);
  for (const line of reportLines(coverage)) console.log(line);
  mkdirSync(dirname(resolve(values.json)), { recursive: true });
  writeWhole(resolve(values.json), `${JSON.stringify(coverage, null, 1)}\n`);
  const isExplained = coverage.unexplained.length === 0 && coverage.stale.length === 0;
  if (!isExplained || (100 * coverage.reached) / coverage.all < LEAST) process.exitCode = 1;
}

main().catch(fail);
