/** What bundles of the page hold otherwise than the program does: parts that no view asks for, and the Wasm's bytes. */
import { readFileSync } from 'node:fs';

/** Modules that are left out, by the ends of their paths, and what others take of them; default: all of it. */
const LEFT_OUT = {
  // A page asks the shipped engine alone.
  'src/reference/index.ts': ['createReferenceEngine'],
  'src/fuzz/index.ts': ['compareEngines', 'Coverage', 'emptyTally', 'ExternalSide'],
  // It checks configs by their schema, and publishes none.
  'src/config/vm/json-schema.ts': ['configJsonSchema'],
  'zod/v4/core/json-schema-processors.js': undefined,
  'zod/v4/core/to-json-schema.js': undefined,
};

/** @param {string} code */
const exportedNames = (code) => [
  ...[...code.matchAll(/^export (?:const|function) (\w+)/gm)].map(([, name]) => name),
  ...[...code.matchAll(/^export \{ \w+ as (\w+) \};/gm)].map(([, name]) => name),
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
 * The Wasm's bytes as characters: base64 hides from compression what repeats.
 *
 * @returns {import('rolldown').Plugin}
 */
export const plainWasm = () => ({
  name: 'plain-wasm',
  load(id) {
    if (!id.endsWith('/src/wasm/binary.ts')) return null;
    const [, base64] = /'([\w+/=]+)'/.exec(readFileSync(id, 'utf8')) ?? [];
    if (base64 === undefined) throw new Error(`${id}: no Wasm in base64`);
    const characters = Buffer.from(base64, 'base64').toString('latin1');
    return `export const WASM_BASE64 = btoa(${JSON.stringify(characters)});`;
  },
});
