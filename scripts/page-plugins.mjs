/** What bundles of the page hold otherwise than the program does: parts that no view asks for, and the Wasm's bytes. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Modules that are left out, by the ends of their paths, and what others take of them; default: all of it. */
const LEFT_OUT = {
  // A page asks the shipped engine alone, a view at a time.
  'src/reference/index.ts': ['createReferenceEngine'],
  'src/fuzz/index.ts': ['compareEngines', 'Coverage', 'emptyTally', 'ExternalSide'],
  'src/engine/batch.ts': undefined,
  'src/engine/batch-counts.ts': undefined,
  'src/wasm/batch.ts': undefined,
  'src/wasm/direct.ts': undefined,
  // It checks configs by their schema, and publishes none.
  'src/config/vm/json-schema.ts': ['configJsonSchema'],
  'zod/v4/core/json-schema-processors.js': undefined,
  'zod/v4/core/to-json-schema.js': undefined,
  // It reads YAML as nodes, makes neither values of documents nor documents of values, and writes none but line by line.
  'yaml/browser/dist/doc/anchors.js': undefined,
  'yaml/browser/dist/doc/applyReviver.js': undefined,
  'yaml/browser/dist/doc/createNode.js': undefined,
  'yaml/browser/dist/nodes/addPairToJSMap.js': undefined,
  'yaml/browser/dist/nodes/toJS.js': undefined,
  ...Object.fromEntries(
    ['', 'Collection', 'Comment', 'Document', 'Number', 'Pair', 'String'].map((name) => [
      `yaml/browser/dist/stringify/stringify${name}.js`,
      undefined,
    ]),
  ),
};

/** @param {string} code */
const exportedNames = (code) => [
  ...[...code.matchAll(/^export (?:const|function\*?|class) (\w+)/gm)].map(([, name]) => name),
  ...[...code.matchAll(/^export \{([^}]*)\};/gm)].flatMap(([, names = '']) =>
    names.split(',').map((name) => name.trim().replace(/^\w+ as /, '')),
  ),
];

/**
 * Whoever asks for a left out part all the same is told so.
 *
 * @returns {import('rolldown').Plugin}
 */
export const leaveOut = () => ({
  name: 'leave-out',
  load(id) {
    const found = Object.entries(LEFT_OUT).find(([end]) => id.endsWith(`/${end}`));
    if (!found) return null;
    const [end, names = exportedNames(readFileSync(id, 'utf8'))] = found;
    const message = JSON.stringify(`a page holds no ${end}`);
    const exported = names.map((name) => `leftOut as ${name}`).join(', ');
    return `function leftOut() { throw new Error(${message}); }\nexport { ${exported} };`;
  },
});

/**
 * Of the single file nothing is loaded later: its modules ask for each other at the start. Else every module is a function
 * that the others call first: 11 KB of the 300.
 *
 * @returns {import('rolldown').Plugin}
 */
export const atOnce = () => ({
  name: 'at-once',
  transform(code, id) {
    if (id.includes('/node_modules/') || !code.includes('await import(')) return null;
    /** @type {string[]} */
    const asked = [];
    const body = code.replaceAll(/await import\(('[^']+')\)/g, (_, from) => {
      asked.push(`import * as later${asked.length} from ${from};\n`);
      return `later${asked.length - 1}`;
    });
    return asked.join('') + body;
  },
});

/** Exports that a module of src/wasm asks for. @param {string} code */
const askedExports = (code) => [...code.matchAll(/\bexports\.(\w+)/g)].map(([, name]) => name);

/**
 * The Wasm without the functions that no module of the page calls, as characters: base64 hides from compression what
 * repeats.
 *
 * @returns {import('rolldown').Plugin}
 */
export const pageWasm = () => ({
  name: 'page-wasm',
  async load(id) {
    if (!id.endsWith('/src/wasm/binary.ts')) return null;
    const [, base64] = /'([\w+/=]+)'/.exec(readFileSync(id, 'utf8')) ?? [];
    if (base64 === undefined) throw new Error(`${id}: no Wasm in base64`);
    const isLeftOut = (/** @type {string} */ file) => `src/wasm/${file}` in LEFT_OUT;
    const folder = dirname(id);
    const asked = readdirSync(folder)
      .filter((file) => file !== 'binary.ts' && file !== 'binary-debug.ts' && !isLeftOut(file))
      .flatMap((file) => askedExports(readFileSync(join(folder, file), 'utf8')));
    const bytes = await withExports(Buffer.from(base64, 'base64'), new Set(asked));
    const characters = Buffer.from(bytes).toString('latin1');
    return `export const WASM_BASE64 = btoa(${JSON.stringify(characters)});`;
  },
});

/**
 * A module with these exports alone, and without what only others needed. What stays is what it was, byte by byte.
 *
 * @param {Uint8Array} bytes
 * @param {ReadonlySet<string | undefined>} asked
 */
async function withExports(bytes, asked) {
  const { default: binaryen } = await import('binaryen');
  const module = binaryen.readBinary(bytes);
  module.setFeatures(binaryen.Features.All);
  const names = Array.from(
    { length: module.getNumExports() },
    (_, at) => binaryen.getExportInfo(module.getExportByIndex(at)).name,
  );
  for (const name of names) if (!asked.has(name)) module.removeExport(name);
  module.runPasses(['remove-unused-module-elements']);
  const small = module.emitBinary();
  module.dispose();
  return small;
}
