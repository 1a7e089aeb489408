#!/usr/bin/env node
/**
 * Builds what the package ships: the Wasm binary, then the page, then src/ to dist/ with declarations, then the bundled
 * program. dist/ is replaced in one step, so that a program started meanwhile finds the old build or the new one.
 *
 *   node scripts/build.mjs [--quick]     --quick: only if something changed, without checking types and without the page
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildPage } from './build-page.mjs';
import { buildWasm } from './build-wasm.mjs';
import { BUNDLE, bundleProgram } from './bundle.mjs';
import { sbomText } from './sbom.mjs';
import { contentHash, fail, filesBelow, ROOT, writeWhole } from './shared.mjs';

const DIST = join(ROOT, 'dist');
const STAMP = join(ROOT, 'build', 'dist.inputs');
const EXECUTABLES = ['src/cli/main.js', BUNDLE];
const SHEBANG = '#!/usr/bin/env node\n';

function inputsHash() {
  const sources = filesBelow(ROOT, ['src', 'assembly'], (path) => path.endsWith('.ts'));
  const settings = [
    'tsconfig.json',
    'tsconfig.build.json',
    'package-lock.json',
    'scripts/build.mjs',
    'scripts/bundle.mjs',
  ];
  return contentHash(ROOT, [...sources, ...settings]);
}

/** @param {string} outDir @param {boolean} checksTypes */
function compileTypeScript(outDir, checksTypes) {
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const args = [tsc, '-p', 'tsconfig.build.json', '--outDir', outDir, '--pretty', 'false'];
  const { status, stdout } = spawnSync(process.execPath, [...args, ...(checksTypes ? [] : ['--noCheck'])], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`src/ does not compile:\n${stdout.trim()}`);
}

/**
 * Builds dist/.
 *
 * @param {{ quick?: boolean, log?: (line: string) => void }} [options] quick: only if inputs changed, and
 * types unchecked, without the bill of materials
 */
export async function build({ quick = false, log = console.error } = {}) {
  await buildWasm({ log });
  if (!quick) await buildPage({ log });
  const hash = inputsHash();
  const isCurrent =
    existsSync(join(DIST, 'src', 'index.js')) &&
    existsSync(STAMP) &&
    readFileSync(STAMP, 'utf8').trim() === hash;
  if (quick && isCurrent) return;

  const work = join(ROOT, 'build', `dist.${process.pid}`);
  const fresh = join(work, 'new');
  mkdirSync(fresh, { recursive: true });
  try {
    compileTypeScript(fresh, !quick);
    await bundleProgram(fresh);
    if (!quick) writeWhole(join(fresh, 'sbom.cdx.json'), sbomText());
    for (const name of EXECUTABLES) {
      const executable = join(fresh, name);
      const text = readFileSync(executable, 'utf8');
      if (!text.startsWith('#!')) writeWhole(executable, SHEBANG + text);
      chmodSync(executable, 0o755);
    }
    if (existsSync(DIST)) renameSync(DIST, join(work, 'old'));
    renameSync(fresh, DIST);
    writeWhole(STAMP, `${hash}\n`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  log('dist: built');
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    await build({ quick: process.argv.includes('--quick') });
  } catch (error) {
    fail(error);
  }
}
