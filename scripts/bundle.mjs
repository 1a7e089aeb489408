/**
 * Bundles the program that `bin` names and the workers of its sweeps: CommonJS in a few files, since resolving some
 * hundred ES modules takes longer than everything else that `eptsweep map` does (measured: 2.3 times an empty
 * Node against 1.5). The library itself stays as tsc writes it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, writeWhole } from './shared.mjs';

/** Copied into the bundle, with their licences; yaml and zod are loaded only where a config is read. */
const BUNDLED = ['commander', '@assemblyscript/loader'];
/** Not copied: those that only some runs load, and the optional one. */
const EXTERNAL = ['yaml', 'zod/mini', 'hyparquet-writer'];
const STAND_IN = '\0stand-in:';
export const BUNDLE = 'src/bin/eptsweep.cjs';
/** The Wasm's bytes, beside the bundle. */
const WASM = 'eptsweep.wasm';

/**
 * For the Wasm, which the library embeds as text: programs have files beside them, and a file of bytes needs no
 * scanner that reads 57,000 characters, and no decoder.
 */
const wasmFromFile = {
  name: 'wasm-from-file',
  /** @param {string} id */
  load: (id) =>
    id.endsWith('/src/wasm/binary.js')
      ? `import { readFileSync } from 'node:fs';\nimport { join } from 'node:path';\nexport const WASM_BASE64 = readFileSync(join(__dirname, '${WASM}'));`
      : null,
};

/**
 * For the loader, which makes a decoder of long strings at once: it takes half a millisecond, and no string comes out of this Wasm but
 * what an assertion of its debug build says.
 */
const lateDecoder = {
  name: 'late-decoder',
  /** @param {string} code @param {string} id */
  transform: (code, id) =>
    id.includes('/@assemblyscript/loader/')
      ? code.replace(/= (new TextDecoder\([^)]*\));/, '= { decode: (bytes) => $1.decode(bytes) };')
      : null,
};

/** The plain engine, in a file of its own: few runs ask it. */
const REFERENCE = 'reference';

/** Has the program load the plain engine where it is asked for, though the library has it at once. */
const lateReference = {
  name: 'late-reference',
  /** @param {string} id */
  resolveId: (id) => (id === `./${REFERENCE}.cjs` ? { id, external: true } : null),
  /** @param {string} code @param {string} id */
  transform: (code, id) =>
    id.endsWith('/src/engine/registry.js')
      ? code.replace(
          /import \{ createReferenceEngine \} from [^;]+;/,
          `const createReferenceEngine = () => require('./${REFERENCE}.cjs').createReferenceEngine();`,
        )
      : null,
};

/**
 * Writes the Wasm's bytes where {@link wasmFromFile} reads them.
 *
 * @param {string} outDir of tsc
 */
function writeWasm(outDir) {
  const [, base64] = /'([\w+/=]+)'/.exec(readFileSync(join(outDir, 'src/wasm/binary.js'), 'utf8')) ?? [];
  if (base64 === undefined) throw new Error('src/wasm/binary.js: no Wasm in base64');
  writeWhole(join(outDir, 'src/bin', WASM), Buffer.from(base64, 'base64'));
}

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
    plugins: [wasmFromFile],
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
 * A file in ASCII alone: one letter beyond it, and Node reads the whole file into a string of twice the size.
 *
 * @param {string} text
 */
const escapedLetters = (text) =>
  text.replace(/[^\0-\x7f]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);

/**
 * What a file exports as plain properties. A getter each, for values that change later, is a tenth of the text that `map`
 * waits for; nothing of src/ exports what it assigns again.
 *
 * @param {string} text
 */
const plainExports = (text) =>
  text.replace(
    /Object\.defineProperty\(exports,(["'`])([\w$]+)\1,\{enumerable:!0,get:function\(\)\{return([^{}`]+|`[^`]*`)\}\}\)/g,
    (_, _quote, name, value) => `exports.${name}=${value.trim()}`,
  );

/**
 * Packages that stay outside, and what of Node takes milliseconds to load.
 *
 * @param {string} id
 */
const isHeavy = (id) => EXTERNAL.includes(id) || /^node:(?!fs$|path$)/.test(id);

/**
 * What commander asks of Node and costs a start milliseconds: it can run commands that are programs of their own, and there
 * are none; and Node compiles a module that says what `process` says.
 */
const STAND_INS = { 'node:child_process': '{}', 'node:process': 'globalThis.process' };

const lightCommander = {
  name: 'light-commander',
  /** @param {string} id @param {string | undefined} importer */
  resolveId: (id, importer) => (id in STAND_INS && importer?.includes('/commander/') ? STAND_IN + id : null),
  /** @param {string} id */
  load: (id) =>
    id.startsWith(STAND_IN)
      ? `module.exports = ${STAND_INS[/** @type {keyof typeof STAND_INS} */ (id.slice(STAND_IN.length))]};`
      : null,
};

/**
 * Learns which modules bring nothing heavy, themselves or by what they import. What they import is of the same
 * kind, so that a file of them asks for no file that asks for it.
 */
function lightModules() {
  /** @type {Map<string, boolean>} */
  const known = new Map();
  /** @type {Set<string>} */
  const first = new Set();
  /** @type {Set<string>} */
  const map = new Set();
  return {
    /** Whether the program needs it before it knows its command: `--help` and `--version` do without all else. @param {string} id */
    isOfStart: (id) => first.has(id),
    /** Whether `map` needs it, as most commands do that answer anything. @param {string} id */
    isOfMap: (id) => map.has(id) && !first.has(id),
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
        /** @type {(id: string, found: Set<string>) => void} */
        const follow = (id, found) => {
          if (found.has(id)) return;
          found.add(id);
          for (const imported of this.getModuleInfo(id)?.importedIds ?? []) follow(imported, found);
        };
        for (const id of this.getModuleIds()) {
          isLight(id);
          if (id.endsWith('/src/cli/main.js')) follow(id, first);
          if (id.endsWith('/src/cli/map.js')) follow(id, map);
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
    plugins: [lightCommander, wasmFromFile, lateDecoder, lateReference, light.plugin],
    input: {
      eptsweep: join(outDir, 'src/cli/main.js'),
      [REFERENCE]: join(outDir, 'src/reference/index.js'),
    },
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
    // A file each costs a third of a millisecond. So one of all that `map` needs, which is what most commands need and is
    // measured against an empty Node, and one of the small modules besides that more than half of the commands share. What asks
    // for yaml and zod stays by itself, since most runs do without.
    codeSplitting: {
      includeDependenciesRecursively: false,
      groups: [
        { name: 'start', test: light.isOfStart, priority: 2 },
        { name: 'answering', test: light.isOfMap, priority: 1 },
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
  for (const name of readdirSync(join(outDir, 'src/bin'))) {
    const file = join(outDir, 'src/bin', name);
    const text = readFileSync(file, 'utf8');
    const made = escapedLetters(plainExports(text));
    if (made !== text) writeWhole(file, made);
  }
  writeWasm(outDir);
  for (const [name, program] of Object.entries(WORKERS)) await bundleWorker(outDir, name, program);
  writeWhole(
    join(outDir, 'src/bin/third-party-licenses.txt'),
    BUNDLED.map(notice).join(`\n${'-'.repeat(70)}\n\n`),
  );
}
