#!/usr/bin/env node
/**
 * House rules that neither the linter nor the import order can state: what may be spelled where. A rule looks at
 * the syntax tree (`node`) or at the text without its comments (`pattern`); test/project/source-rules.test.ts
 * plants a violation of each.
 *
 *   node scripts/source-rules.mjs     one line a violation: place, rule, what was found, remedy
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';
import { fail, filesBelow, ROOT } from './shared.mjs';

/**
 * @typedef {object} SourceRule
 * @property {string} name as the message names it
 * @property {RegExp} files paths from the root that the rule is about
 * @property {RegExp} [allowedIn] those of them that may do it
 * @property {RegExp} [pattern] what must not stand there, comments apart
 * @property {(node: ts.Node) => boolean} [node] the same, of a node of the syntax tree
 * @property {string} hint what to do instead
 *
 * @typedef {object} Violation
 * @property {string} rule
 * @property {string} file from the root
 * @property {number} line from 1
 * @property {string} found the source text
 * @property {string} hint
 */

/** What scripts/build-wasm.mjs writes, and the test that plants violations. */
const PASSED_OVER = /^(src\/wasm\/binary(-debug)?|test\/project\/source-rules\.test)\.ts$/;
const FOLDERS = ['src', 'assembly', 'web', 'test', 'bench', 'scripts', 'examples'];

/**
 * What a number in the source is worth, however it is spelled (0x2ff, 767, 0x2ffn); undefined of other nodes.
 *
 * @param {ts.Node} node
 */
const numberOf = (node) => {
  if (ts.isNumericLiteral(node)) return Number(node.text);
  return ts.isBigIntLiteral(node) ? Number(BigInt(node.text.slice(0, -1))) : undefined;
};

/** @param {number} number */
const isMsrNumber = (number) => (number >= 0x200 && number <= 0x2ff) || number >>> 16 === 0xc001;

/**
 * The numbers of src/msr/numbers.ts, which imports nothing so that it can be loaded from its source.
 *
 * @returns {Promise<Pick<typeof import('../src/msr/numbers.ts'), 'MEMORY_TYPE_MSRS'>>}
 */
function loadNumbers() {
  const source = readFileSync(join(ROOT, 'src/msr/numbers.ts'), 'utf8');
  const options = { compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ESNext } };
  const { outputText } = ts.transpileModule(source, options);
  return import(`data:text/javascript,${encodeURIComponent(outputText)}`);
}

const MSRS = new Set((await loadNumbers()).MEMORY_TYPE_MSRS);

/** Numbers that are other things as often: 0xfe, 0x200, 0x240. They are an MSR's where the words beside say so. */
const isRound = (/** @type {number} */ msr) => msr === 0xfe || (msr < 0x250 && msr % 0x10 === 0);
const SAYS_MSR = /msr|mtrr|phys|regist/i;

/** The statement, member or property that a node stands in. */
function surroundings(/** @type {ts.Node} */ node) {
  let around = node.parent;
  while (
    around &&
    !ts.isStatement(around) &&
    !ts.isClassElement(around) &&
    !ts.isPropertyAssignment(around)
  ) {
    around = around.parent;
  }
  return around?.getText() ?? '';
}

/**
 * Whether a node spells an MSR's number or its printed name: a number in hex or as a key, one in decimal where the words
 * beside it speak of MSRs, a text that is a number or a name and nothing else. Sentences and examples may name them.
 *
 * @param {ts.Node} node
 */
function spellsMsr(node) {
  if (ts.isStringLiteralLike(node)) {
    return (
      /^(MSR_)?IA32_(MTRR|PAT|SMRR)\w*$/.test(node.text) ||
      (/^0x/i.test(node.text) && MSRS.has(Number(node.text)))
    );
  }
  const number = numberOf(node);
  if (number === undefined || !MSRS.has(number)) return false;
  if (ts.isPropertyAssignment(node.parent) && node.parent.name === node) return true;
  const isHex = /^0x/i.test(node.getText());
  return isHex && !isRound(number) ? true : SAYS_MSR.test(surroundings(node));
}

/** @type {SourceRule[]} */
export const RULES = [
  {
    name: 'msrs-have-a-room',
    files: /^src\//,
    // The engines decode each on their own.
    allowedIn: /^src\/(msr|reference|wasm)\//,
    node: spellsMsr,
    hint: 'numbers and names of MSRs come from src/msr/',
  },
  {
    name: 'msr-in-hex',
    files: /^(src|test|bench)\//,
    node: (node) => {
      const number = numberOf(node);
      if (number === undefined || !isMsrNumber(number) || /^0x/i.test(node.getText())) return false;
      return ts.isPropertyAssignment(node.parent) && node.parent.name === node;
    },
    hint: 'MSR numbers are written in hex, as the manuals print them: 0x2ff',
  },
  {
    name: 'traits-not-hypervisors',
    files: /^src\//,
    allowedIn: /^src\/policy\//,
    pattern: /\.model\b|\.system\s*[!=]==?\s*['"]/g,
    hint: 'ask a trait or a flag of the policy, so that another hypervisor is a row of policy/ and nothing else',
  },
  {
    name: 'terminal-is-of-cli',
    files: /^src\//,
    allowedIn: /^src\/(cli|read-file)\//,
    pattern: /\bconsole\.\w+|\bprocess\.(?:argv|cwd|env|exit|exitCode|stdin|stdout|stderr)\b/g,
    hint: 'the terminal and the process belong to cli/: return data, or take what is needed as an option',
  },
  {
    name: 'one-way-out',
    files: /^src\/cli\//,
    // The page's block of inputs is escaped as it is made, and the rest of a page is the package's own.
    allowedIn: /^src\/cli\/(output\/|page\/open-page\.ts$)/,
    pattern:
      /\b(?:stdout|stderr|output)\.write\((?!visibleLines\()|\b(?:writeSync|writeFileSync|appendFileSync|createWriteStream|renameSync|writeChunks)\b/g,
    hint: 'results go through writeLines or writeAnswer, files through replaceFile, the rest through note and complain: they show what is hidden, and write whole or not at all',
  },
  {
    name: 'colours-have-a-place',
    files: /^src\/(cli|write)\//,
    allowedIn: /^src\/(write\/format\/ansi|cli\/output\/notes)\.ts$/,
    pattern: /\\x1b|\\u001b|\\u\{1b\}|\\033|fromCharCode\(27\)/gi,
    hint: "styled() of src/write/format/ansi.ts colours: what else would talk to the terminal is an input's, and is shown",
  },
  {
    name: 'fast-suite-skips-nothing',
    files: /^test\/(?!slow\/)/,
    pattern: /(?<=\b(?:it|test|describe)(?:\.\w+)*\.)(?:skip|skipIf|runIf|todo)\b/g,
    hint: 'what needs a tool, a folder or a system of its own belongs to test/slow',
  },
  {
    name: 'no-wall-clock-in-tests',
    files: /^test\//,
    // Times that are printed, or burnt on purpose.
    allowedIn: /^test\/(slow\/differential|oracle\/idle-timeout)\.test\.ts$/,
    pattern: /\bperformance\.now\b|\bDate\.now\b|\bhrtime\b/g,
    hint: 'a busy machine breaks limits of a clock: count steps, fake the timers, or take processorMs()',
  },
];

/**
 * Whether a place of the text lies in a comment (or in white space).
 *
 * @param {ts.SourceFile} source
 * @param {number} position
 */
function isInComment(source, position) {
  /** @type {ts.Node} */
  let node = source;
  for (;;) {
    if (ts.isJSDoc(node)) return true;
    const inner = node
      .getChildren(source)
      .find(
        (child) => (ts.isJSDoc(child) ? child.pos : child.getFullStart()) <= position && position < child.end,
      );
    if (!inner) return position < node.getStart(source);
    node = inner;
  }
}

/**
 * @param {SourceRule} rule
 * @param {ts.SourceFile} source
 * @returns {{ start: number, end: number }[]}
 */
function placesOf({ pattern, node: isForbidden }, source) {
  /** @type {{ start: number, end: number }[]} */
  const places = [];
  if (pattern) {
    for (const { index, 0: found } of source.text.matchAll(pattern)) {
      if (!isInComment(source, index)) places.push({ start: index, end: index + found.length });
    }
  }
  /** @param {ts.Node} node */
  const walk = (node) => {
    if (isForbidden?.(node)) places.push({ start: node.getStart(source), end: node.end });
    ts.forEachChild(node, walk);
  };
  if (isForbidden) walk(source);
  return places;
}

/**
 * All violations below a folder that has `src`, `test` ... as the repository has them.
 *
 * @param {string} root
 * @param {SourceRule[]} [rules]
 * @returns {Violation[]} by file, line and rule
 */
export function violationsIn(root, rules = RULES) {
  const folders = FOLDERS.filter((folder) => existsSync(join(root, folder)));
  const files = filesBelow(root, folders, (path) => /\.(tsx?|mjs)$/.test(path) && !PASSED_OVER.test(path));
  return files.flatMap((file) => {
    const mine = rules.filter(({ files, allowedIn }) => files.test(file) && !allowedIn?.test(file));
    if (mine.length === 0) return [];
    const text = readFileSync(join(root, file), 'utf8');
    const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
    return mine.flatMap((rule) =>
      placesOf(rule, source).map(({ start, end }) => ({
        rule: rule.name,
        file,
        line: source.getLineAndCharacterOfPosition(start).line + 1,
        found: text.slice(start, end),
        hint: rule.hint,
      })),
    );
  });
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    const violations = violationsIn(ROOT);
    for (const { file, line, rule, found, hint } of violations) {
      console.log(`${file}:${line}: ${rule}: ${found}: ${hint}`);
    }
    if (violations.length > 0) process.exitCode = 1;
  } catch (error) {
    fail(error);
  }
}
