/**
 * Bundles the program that `bin` names and the workers of its sweeps: CommonJS in a few files, since resolving some
 * hundred ES modules takes longer than everything else that `eptsweep map` does (measured: 2.3 times an empty
 * Node against 1.5). The library itself stays as tsc writes it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, writeWhole } from './shared.mjs';

/** Copied into the bundle, with their licences; yaml and zod are loaded only where a config is read. */
const BUNDLED = ['commander', '@assemblyscript/loader'];
/** Not copied: those that only some runs load, and the optional one. */
const EXTERNAL = ['yaml', 'zod', 'hyparquet-writer'];
export const BUNDLE = 'src/bin/eptsweep.cjs';

/**
 * A package with its licence.
 *
 * @param {string} name of a package
 */
export function notice(name) {
  const folder = join(ROOT, 'node_modules', name);
  const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  let text = '';
  try {
    text = readFileSync(join(folder, 'LICENSE'), 'utf8').trim();
  } catch {
    text = `Licensed under ${license}; see https://spdx.org/licenses/${license}.html`;
  }
  return `${name} ${version} (${license})\n\n${text}\n`;
}

/** Programs of worker threads, by the name of their bundle. */
const WORKERS = { 'verify-worker': 'src/verify/worker.js', 'sweep-worker': 'src/campaign/worker.js' };

/**
 * Writes a worker, in one file of its own: a file that it shared with the program could ask for the program, which
 * would then run in the worker.
 *
 * @param {string} outDir of tsc
 * @param {string} name of the bundle
 * @param {string} program within outDir
 */
async function bundleWorker(outDir, name, program) {
  const { rolldown } = await import('rolldown');
  const bundle = await rolldown({
    input: { [name]: join(outDir, program) },
    platform: 'node',
    external: EXTERNAL,
    checks: { ineffectiveDynamicImport: false },
    cwd: ROOT,
  });
  await bundle.write({
    dir: join(outDir, 'src/bin'),
    format: 'cjs',
    minify: true,
    codeSplitting: false,
    entryFileNames: '[name].cjs',
  });
  await bundle.close();
}

/**
 * Packages that stay outside, and what of Node takes milliseconds to load.
 *
 * @param {string} id
 */
const isHeavy = (id) => EXTERNAL.includes(id) || /^node:(?!fs$|path$)/.test(id);

/**
 * Learns which modules bring nothing heavy, themselves or by what they import. What they import is of the same
 * kind, so that a file of them asks for no file that asks for it.
 */
function lightModules() {
  /** @type {Map<string, boolean>} */
  const known = new Map();
  /** @type {Set<string>} */
  const first = new Set();
  return {
    /** Whether the program needs it before it knows its command: `--help` and `--version` do without all else. @param {string} id */
    isOfStart: (id) => first.has(id),
    /** @param {string} id */
    has: (id) => known.get(id) === true,
    plugin: {
      name: 'light-modules',
      /** @this {import('rolldown').PluginContext} */
      buildEnd() {
        /** @type {(id: string) => boolean} */
        const isLight = (id) => {
          const before = known.get(id);
          if (before !== undefined) return before;
          // For imports in a circle.
          known.set(id, true);
          const result = !isHeavy(id) && (this.getModuleInfo(id)?.importedIds ?? []).every(isLight);
          known.set(id, result);
          return result;
        };
        /** @type {(id: string) => void} */
        const start = (id) => {
          if (first.has(id)) return;
          first.add(id);
          for (const imported of this.getModuleInfo(id)?.importedIds ?? []) start(imported);
        };
        for (const id of this.getModuleIds()) {
          isLight(id);
          if (this.getModuleInfo(id)?.isEntry) start(id);
        }
      },
    },
  };
}

/**
 * Writes the bundle next to what tsc has written.
 *
 * @param {string} outDir of tsc, with src/cli/main.js in it
 */
export async function bundleProgram(outDir) {
  const { rolldown } = await import('rolldown');
  const light = lightModules();
  const bundle = await rolldown({
    plugins: [light.plugin],
    input: { eptsweep: join(outDir, 'src/cli/main.js') },
    platform: 'node',
    // The plain engine is loaded late for pages; the program has it at once.
    checks: { ineffectiveDynamicImport: false },
    // Nothing imports the program.
    preserveEntrySignatures: false,
    external: EXTERNAL,
    cwd: ROOT,
  });
  await bundle.write({
    dir: join(outDir, 'src/bin'),
    format: 'cjs',
    minify: true,
    // One file of the small modules that more than half of the commands share: a file each costs a quarter of a millisecond. The
    // large ones (Wasm, presets, names of registers) stay by themselves, for `--version` to do without; so does what
    // asks for yaml and zod, which most runs do without.
    codeSplitting: {
      includeDependenciesRecursively: false,
      groups: [
        {
          name: 'common',
          test: (id) => id.includes('/src/') && light.has(id) && !light.isOfStart(id),
          minShareCount: 13,
          maxModuleSize: 16_000,
        },
      ],
    },
    entryFileNames: '[name].cjs',
    chunkFileNames: '[name]-[hash].cjs',
  });
  await bundle.close();
  for (const [name, program] of Object.entries(WORKERS)) await bundleWorker(outDir, name, program);
  writeWhole(
    join(outDir, 'src/bin/third-party-licenses.txt'),
    BUNDLED.map(notice).join(`\n${'-'.repeat(70)}\n\n`),
  );
}
