/**
 * The import order, as CONTRIBUTING.md states it. test/project/import-order.test.ts plants a wrong import for
 * each rule and expects it to be found.
 */

/** Lowest first; a file may import its own row and the rows above it in this list, never those below. */
const ORDER = [
  ['types.ts', 'errors.ts', 'version.ts'],
  ['ranges.ts', 'words.ts', 'visible.ts', 'suggest.ts', 'arguments.ts'],
  ['msr/'],
  ['policy/'],
  ['vm/'],
  ['reference/', 'wasm/'],
  ['engine/'],
  ['oracle/', 'diff/', 'explain/', 'share/', 'replay/', 'check/', 'trace/', 'fit/', 'verify/'],
  ['assert/', 'fuzz/', 'sweep/', 'vectors/'],
  ['config/', 'read/', 'write/'],
  ['open/', 'read-file/', 'campaign/'],
  ['answer/'],
  ['cli/', 'index.ts'],
];
/** Rows whose folders must not import each other. */
const STRANGERS = [
  ['reference/', 'wasm/'],
  ['config/', 'read/', 'write/'],
];

/** Pure constants that host and Wasm both compile: the shared layout, and an engine's own. */
const LAYOUTS = '^assembly/(layout|(direct|auto|batch)/[a-z]+-layout)\\.ts$';

/** Rooms that a page loads: every file of theirs, and all that their index reaches, does without Node. */
const BROWSER = [
  ...['msr', 'policy', 'vm', 'explain', 'share', 'replay', 'check', 'assert', 'diff', 'trace', 'fit'],
  ...['fuzz', 'sweep', 'config', 'read', 'write', 'open', 'answer'],
];

/** What the page may ask of the library: what `package.json` offers, but for the reader of files. */
const PUBLIC_FACES =
  '^src/((policy|config|read|open|answer|check|assert|explain|share|replay|diff|fit|open/sweep|write)/)?index\\.ts$';

/** Words, types and the one palette, which pictures of the page share with those of the program. */
const LENT_TO_DRAWING = '^src/(types|words|ranges|write/format/(svg|svg-palette|xml))\\.ts$';

/** @param {string[]} names */
const pattern = (names) => `^src/(${names.map((name) => name.replace('.', '\\.')).join('|')})`;

const orderRules = ORDER.slice(0, -1).map((row, index) => ({
  name: `order-${row.join().replace(/\W.*$/, '')}`,
  comment: `src/{${row.join(', ')}} import nothing that stands above them`,
  severity: 'error',
  from: { path: pattern(row) },
  to: { path: pattern(ORDER.slice(index + 1).flat()) },
}));

const strangerRules = STRANGERS.flatMap((row) =>
  row.map((name) => ({
    name: `strangers-${name.slice(0, -1)}`,
    comment: `src/${name} does not import its neighbours`,
    severity: 'error',
    from: { path: pattern([name]) },
    to: { path: pattern(row.filter((other) => other !== name)) },
  })),
);

const placeRules = [
  {
    name: 'every-folder-has-a-place',
    comment: 'A new folder of src/ is given its place in the order first',
    severity: 'error',
    from: { path: '^src/', pathNot: pattern(ORDER.flat()) },
    to: {},
  },
  {
    name: 'only-the-registry-knows-engines',
    comment: 'Above the engines everything sees the interface Engine; engine/registry.ts alone imports them',
    severity: 'error',
    from: { path: '^src/', pathNot: '^src/(reference/|wasm/|engine/registry(-async)?\\.ts$)' },
    to: { path: '^src/(reference|wasm)/' },
  },
  {
    name: 'only-engines-see-engine-views',
    comment: 'Above engine/ everything takes an Evaluator or a View: whoever has one can ask all of it',
    severity: 'error',
    from: { path: '^src/', pathNot: '^src/(vm|reference|wasm|engine)/' },
    to: { path: '^src/(vm/engine|engine/registry(-async)?)\\.ts$' },
  },
  {
    name: 'src-stays-in-src',
    comment:
      'The library imports nothing of the page, tests, benches, scripts, the lab, examples; of assembly/ only layouts',
    severity: 'error',
    from: { path: '^src/' },
    to: { path: '^(web|test|bench|scripts|lab|examples|dist|assembly)/', pathNot: LAYOUTS },
  },
  {
    name: 'layout-is-for-wasm',
    comment: 'Only src/wasm shares a memory with assembly/',
    severity: 'error',
    from: { path: '^src/', pathNot: '^src/wasm/' },
    to: { path: '^assembly/' },
  },
];

const assemblyRules = [
  {
    name: 'independent-direct',
    comment: 'direct and auto answer on their own: they share the layout alone',
    severity: 'error',
    from: { path: '^assembly/direct/' },
    to: { pathNot: '^assembly/(direct/|layout\\.ts$)' },
  },
  {
    name: 'independent-auto',
    comment: 'direct and auto answer on their own: they share the layout alone',
    severity: 'error',
    from: { path: '^assembly/auto/' },
    to: { pathNot: '^assembly/(auto/|layout\\.ts$)' },
  },
  {
    name: 'independent-batch',
    comment: 'batch answers on its own as well',
    severity: 'error',
    from: { path: '^assembly/batch/' },
    to: { pathNot: '^assembly/(batch/|layout\\.ts$)' },
  },
  {
    name: 'layouts-are-constants',
    comment: 'Host and Wasm compile the same layouts',
    severity: 'error',
    from: { path: LAYOUTS },
    to: { pathNot: LAYOUTS },
  },
];

const coreRules = [
  {
    name: 'core-is-self-contained',
    comment: 'What eptsweep and eptsweep/reference reach: src, the layout, the loader; no Node, no package',
    severity: 'error',
    from: { path: '^src/(index|reference/index)\\.ts$' },
    to: {
      reachable: true,
      pathNot: `^src/|${LAYOUTS}|^node_modules/@assemblyscript/loader/`,
    },
  },
  {
    name: 'core-without-config',
    comment: 'YAML and the command line are not reached from the core',
    severity: 'error',
    from: { path: '^src/(index|reference/index)\\.ts$' },
    to: { reachable: true, path: '^src/(config|read|write|cli)/' },
  },
  {
    name: 'packages-have-a-place',
    comment:
      'The loader belongs to wasm/; commander, yaml and zod to cli/ and config/; optional ones to campaign/ and cli/',
    severity: 'error',
    from: { path: '^src/', pathNot: '^src/(wasm|config|campaign|cli)/' },
    to: { dependencyTypes: ['npm', 'npm-dev', 'npm-peer', 'npm-optional', 'npm-no-pkg', 'npm-unknown'] },
  },
  {
    name: 'no-dev-package',
    comment: 'What src/ imports is installed with the package',
    severity: 'error',
    from: { path: '^src/' },
    to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
  },
];

const browserRules = [
  {
    name: 'browser-rooms-without-node',
    comment: 'Rooms that a page loads import nothing of Node; read-file/ and cli/ do it for them',
    severity: 'error',
    from: { path: `^src/(${BROWSER.join('|')})/` },
    to: { dependencyTypes: ['core'] },
  },
  {
    name: 'browser-rooms-reach-no-node',
    comment: 'What a page loads reaches src, the layout, the loader, and what reads configs',
    severity: 'error',
    from: { path: `^src/(${BROWSER.join('|')}|open/sweep)/index\\.ts$` },
    to: {
      reachable: true,
      pathNot: `^src/|${LAYOUTS}|^node_modules/(@assemblyscript/loader|yaml|zod)/`,
    },
  },
];

/** Rooms of the lab, lowest first. */
const LAB_ORDER = [
  ['fail'],
  ['run-program'],
  ['kernel/', 'log/', 'scenario/'],
  ['machine/', 'hold/'],
  ['report/'],
];
/** @param {string[]} names */
const labPattern = (names) => `^lab/(${names.join('|')})`;

const labRules = [
  ...LAB_ORDER.slice(0, -1).map((row, index) => ({
    name: 'lab-order',
    comment: `lab/{${row.join(', ')}} import nothing that stands above them`,
    severity: 'error',
    from: { path: labPattern(row) },
    to: { path: `${labPattern(LAB_ORDER.slice(index + 1).flat())}|^lab/(main|shrink|options)\\.ts$` },
  })),
  {
    name: 'lab-asks-the-library',
    comment: 'The lab imports nothing of the page, tests, benches or scripts',
    severity: 'error',
    from: { path: '^lab/' },
    to: { path: '^(web|test|bench|scripts|examples|dist|assembly)/' },
  },
];

const webRules = [
  {
    name: 'web-order-worker',
    comment: 'The worker computes; what is drawn and shown is no matter of its own',
    severity: 'error',
    from: { path: '^web/worker/' },
    to: { path: '^web/(draw|state|app)/' },
  },
  {
    name: 'web-order-draw',
    comment: 'web/draw takes models and a painter, and knows no state and no component',
    severity: 'error',
    from: { path: '^web/draw/' },
    to: { path: '^web/(state|app)/' },
  },
  {
    name: 'web-order-state',
    comment: 'web/state stands below the components that show it',
    severity: 'error',
    from: { path: '^web/state/' },
    to: { path: '^web/app/' },
  },
  {
    name: 'page-asks-the-worker',
    comment: 'What the page shows it learns by messages: of web/worker it knows the protocol alone',
    severity: 'error',
    from: { path: '^web/(draw|state|app)/' },
    to: { path: '^web/worker/', pathNot: '^web/worker/protocol\\.ts$' },
  },
  {
    name: 'page-computes-nothing',
    comment: 'Outside of the worker the library lends types, and the words of write/',
    severity: 'error',
    from: { path: '^web/(draw|state|app)/' },
    to: {
      path: '^src/',
      pathNot: ['^src/write/index\\.ts$', LENT_TO_DRAWING],
      dependencyTypesNot: ['type-only'],
    },
  },
  {
    name: 'web-uses-public-faces',
    comment: 'The page asks the library for what package.json offers, as any other page would',
    severity: 'error',
    from: { path: '^web/(worker|state|app|offline|boot)/' },
    to: { path: '^(src|assembly)/', pathNot: PUBLIC_FACES },
  },
  {
    name: 'web-uses-public-faces',
    severity: 'error',
    from: { path: '^web/draw/' },
    to: { path: '^(src|assembly)/', pathNot: [PUBLIC_FACES, LENT_TO_DRAWING] },
  },
  {
    name: 'web-without-node',
    comment: 'A page has no Node',
    severity: 'error',
    from: { path: '^web/' },
    to: { dependencyTypes: ['core'] },
  },
  {
    name: 'web-packages',
    comment: 'Preact and its signals belong to web/state and web/app; nothing else is loaded',
    severity: 'error',
    from: { path: '^web/' },
    to: { path: '^node_modules/', pathNot: '^node_modules/(preact|@preact/signals)/' },
  },
  {
    name: 'web-packages',
    severity: 'error',
    from: { path: '^web/(worker|draw)/' },
    to: { path: '^node_modules/' },
  },
];

const generalRules = [
  // Within a row: the order forbids wider circles already, and one wrong import closes dozens of them.
  ...[...ORDER.map(pattern), '^assembly/', '^web/'].map((path) => ({
    name: 'no-circle',
    severity: 'error',
    from: { path },
    to: { circular: true, viaOnly: { path } },
  })),
  { name: 'no-dangling-import', severity: 'error', from: {}, to: { couldNotResolve: true } },
];

export default {
  forbidden: [
    ...orderRules,
    ...strangerRules,
    ...placeRules,
    ...assemblyRules,
    ...coreRules,
    ...browserRules,
    ...webRules,
    ...labRules,
    ...generalRules,
  ],
  options: {
    // Imports of types count: whoever needs another room's types has a place in the order above it.
    tsPreCompilationDeps: true,
    doNotFollow: { path: '^node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'default', 'types'],
    },
  },
};
