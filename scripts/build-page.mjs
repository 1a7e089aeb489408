#!/usr/bin/env node
/**
 * Builds the page: dist-web/ for any static host, with a service worker, and in it eptsweep.html, the same page as ONE
 * file that runs from a disk. Both carry a content security policy that lets nothing out of the browser. dist-web/ is
 * replaced in one step.
 *
 *   node scripts/build-page.mjs     only if something changed
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildWasm } from './build-wasm.mjs';
import { notice } from './bundle.mjs';
import { atOnce, leaveOut, pageWasm } from './page-plugins.mjs';
import { packed } from './page-text.mjs';
import { contentHash, fail, filesBelow, ROOT, writeWhole } from './shared.mjs';

const DIST = join(ROOT, 'dist-web');
const STAMP = join(ROOT, 'build', 'dist-web.inputs');
/** The one file that the package ships. */
const SINGLE = 'eptsweep.html';
/** Copied into the page. */
export const PAGE_PACKAGES = [
  'preact',
  '@preact/signals',
  '@preact/signals-core',
  '@assemblyscript/loader',
  'yaml',
  'zod',
];

/** @typedef {{ name: string, code: string }} Chunk its first one is the entry */

function inputsHash() {
  const sources = filesBelow(ROOT, ['src', 'assembly', 'web'], (path) => /\.(tsx?|css|html)$/.test(path));
  const settings = [
    'package.json',
    'package-lock.json',
    'scripts/build-page.mjs',
    'scripts/page-plugins.mjs',
    'scripts/page-text.mjs',
    'scripts/bundle.mjs',
  ];
  return contentHash(ROOT, [...sources, ...settings]);
}

/**
 * Bundles a program of the page.
 *
 * @param {string} entry from the root
 * @param {'es' | 'iife'} format iife: one script, of which nothing is loaded later
 * @returns {Promise<Chunk[]>}
 */
async function bundle(entry, format) {
  const { rolldown } = await import('rolldown');
  const made = await rolldown({
    input: join(ROOT, entry),
    platform: 'browser',
    cwd: ROOT,
    tsconfig: false,
    plugins: [leaveOut(), pageWasm(), ...(format === 'iife' ? [atOnce()] : [])],
    // What yaml sets aside is set on its own functions: of those that nobody asks for it is of no use.
    treeshake: { moduleSideEffects: [{ test: /\/yaml\//, sideEffects: false }] },
    transform: { target: 'es2022', jsx: { runtime: 'automatic', importSource: 'preact' } },
    onwarn: (warning) => {
      // What the program loads late is here in the first file anyway.
      if (warning.code !== 'INEFFECTIVE_DYNAMIC_IMPORT') throw new Error(`${entry}: ${warning.message}`);
    },
  });
  const name = entry.split('/')[1] ?? entry;
  const { output } = await made.generate({
    format,
    minify: true,
    comments: false,
    entryFileNames: `${name}-[hash].js`,
    chunkFileNames: `${name}-[name]-[hash].js`,
    ...(format === 'iife' && { codeSplitting: false }),
  });
  await made.close();
  return output.flatMap((chunk) =>
    chunk.type === 'chunk' ? [{ name: chunk.fileName, code: chunk.code.trim() }] : [],
  );
}

/** Every style sheet of web/app, in the order of their names, without comments and indentation. */
function styles() {
  return filesBelow(ROOT, ['web'], (path) => path.endsWith('.css'))
    .map((path) => readFileSync(join(ROOT, path), 'utf8'))
    .join('\n')
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/\s*\n\s*/g, '\n')
    .trim();
}

/** @param {string} text */
const sourceHash = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/**
 * A script that ends no sooner than it should.
 *
 * @param {string} code
 */
const inlined = (code) => code.replaceAll('</script', '<\\/script').replaceAll('<!--', '\\x3C!--');

/**
 * Fills the places of web/index.html.
 *
 * @param {Record<string, string>} places by name
 */
function page(places) {
  const template = readFileSync(join(ROOT, 'web/index.html'), 'utf8');
  return template.replaceAll(/<!--(\w+)-->/g, (_, name) => {
    const text = places[name];
    if (text === undefined) throw new Error(`web/index.html: nothing is known for <!--${name}-->`);
    return text;
  });
}

/**
 * A policy of the page's documents: nothing is fetched, sent, framed or loaded but what is named.
 *
 * @param {{ script: string, style: string, worker: string }} sources
 */
const policy = ({ script, style, worker }) =>
  [
    "default-src 'none'",
    `script-src ${script} 'wasm-unsafe-eval'`,
    `style-src ${style}`,
    `worker-src ${worker}`,
    'img-src data:',
    "connect-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');

/**
 * A block of data, which no policy has to allow since nobody runs it.
 *
 * @param {string} id
 * @param {string} type
 * @param {string} text without a `<`
 */
const dataBlock = (id, type, text) => `<script id="${id}" type="${type}">${text}</script>`;

/**
 * The single file: a small program that unpacks all others, which are packed together.
 *
 * @param {{ css: string, boot: Chunk[], app: Chunk[], worker: Chunk[], licences: string }} parts
 */
function singleFile({ css, boot, app, worker, licences }) {
  const script = inlined(boot[0]?.code ?? '');
  const program = app[0]?.code ?? '';
  return page({
    policy: policy({
      script: `${sourceHash(script)} ${sourceHash(program)}`,
      style: sourceHash(css),
      worker: 'blob:',
    }),
    style: '',
    data: dataBlock(
      'packed',
      'application/octet-stream',
      packed([css, program, worker[0]?.code ?? '', licences]),
    ),
    script: `<script>${script}</script>`,
  });
}

/**
 * Files of the folder, by name.
 *
 * @param {{ css: string, app: Chunk[], worker: Chunk[], offline: Chunk[], licences: string }} parts
 * @returns {Record<string, string>}
 */
function folderFiles({ css, app, worker, offline, licences }) {
  const style = `style-${createHash('sha256').update(css).digest('hex').slice(0, 8)}.css`;
  const settings = { worker: worker[0]?.name, offline: 'offline.js' };
  const files = Object.fromEntries([...app, ...worker].map(({ name, code }) => [name, code]));
  const index = page({
    policy: policy({ script: "'self'", style: "'self'", worker: "'self'" }),
    style: `<link rel="stylesheet" href="${style}">`,
    data: dataBlock('settings', 'application/json', JSON.stringify(settings)),
    script: `<script type="module" src="${app[0]?.name}"></script>`,
  });
  const kept = { './': index, ...files, [style]: css };
  const version = createHash('sha256').update(JSON.stringify(kept)).digest('hex').slice(0, 16);
  const listed = JSON.stringify({ version, files: Object.keys(kept) });
  return {
    ...files,
    'index.html': index,
    [style]: css,
    'offline.js': `self.kept=${listed};\n${offline[0]?.code}`,
    'third-party-licenses.txt': licences,
  };
}

/**
 * Builds dist-web/.
 *
 * @param {{ log?: (line: string) => void }} [options]
 */
export async function buildPage({ log = console.error } = {}) {
  await buildWasm({ log });
  const hash = inputsHash();
  const isCurrent =
    existsSync(join(DIST, SINGLE)) && existsSync(STAMP) && readFileSync(STAMP, 'utf8').trim() === hash;
  if (isCurrent) return;

  const css = styles();
  const licences = PAGE_PACKAGES.map(notice).join(`\n${'-'.repeat(70)}\n\n`);
  const [app, worker, offline, boot, oneApp, oneWorker] = await Promise.all([
    bundle('web/app/main.tsx', 'es'),
    bundle('web/worker/main.ts', 'es'),
    bundle('web/offline/main.ts', 'iife'),
    bundle('web/boot/main.ts', 'iife'),
    bundle('web/app/main.tsx', 'iife'),
    bundle('web/worker/main.ts', 'iife'),
  ]);
  const files = {
    ...folderFiles({ css, app, worker, offline, licences }),
    [SINGLE]: singleFile({ css, boot, app: oneApp, worker: oneWorker, licences }),
  };

  const work = join(ROOT, 'build', `dist-web.${process.pid}`);
  const fresh = join(work, 'new');
  mkdirSync(fresh, { recursive: true });
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(fresh, name), text);
    if (existsSync(DIST)) renameSync(DIST, join(work, 'old'));
    renameSync(fresh, DIST);
    writeWhole(STAMP, `${hash}\n`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  log('dist-web: built');
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    await buildPage();
  } catch (error) {
    fail(error);
  }
}
