#!/usr/bin/env node
/**
 * Everything that can be said about the tree without running it. Steps run side by side, as many as there are
 * processors; one line a step, as they end; the output of the first step of the list that failed is shown in full.
 *
 *   node scripts/check.mjs [STEP...]     all steps, or those named
 */
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fail, ROOT } from './shared.mjs';

const NOTES = join(ROOT, 'build', 'check');

/**
 * A type check that looks again only at what changed since the last one.
 *
 * @param {string} name of its notes
 * @param {string} project
 */
const typeCheck = (name, project) => [
  ...['tsc', '-p', project, '--incremental', '--tsBuildInfoFile'],
  join(NOTES, `${name}.tsbuildinfo`),
];

/**
 * In the order in which they are begun, the long ones first; `after` names a step that has to have ended.
 *
 * @type {{ name: string, what: string, command: string[], after?: string }[]}
 */
const STEPS = [
  // First: src/ imports modules that it generates.
  { name: 'wasm', what: 'assembly compiles', command: ['node', 'scripts/build-wasm.mjs'] },
  {
    name: 'types',
    what: 'types of src, web, test, bench, scripts, lab',
    command: typeCheck('types', 'tsconfig.test.json'),
    after: 'wasm',
  },
  {
    name: 'build',
    what: 'src compiles and is bundled',
    command: ['node', 'scripts/build.mjs', '--quick'],
    after: 'wasm',
  },
  { name: 'docs', what: 'docstrings', command: ['typedoc'], after: 'wasm' },
  { name: 'lock', what: 'npm ci takes the lock file', command: ['npm', 'ci', '--dry-run'] },
  {
    name: 'biome',
    what: 'format and lint',
    command: ['biome', 'check', '--error-on-warnings', '--max-diagnostics=5', '.'],
  },
  {
    name: 'core',
    what: 'what a page loads, and the page, need no types of Node',
    command: typeCheck('core', 'tsconfig.core.json'),
    after: 'wasm',
  },
  { name: 'assembly', what: 'types of assembly', command: typeCheck('assembly', 'assembly/tsconfig.json') },
  {
    name: 'order',
    what: 'import order',
    command: ['depcruise', '--config', '.dependency-cruiser.mjs', 'src', 'assembly', 'web', 'lab'],
    after: 'wasm',
  },
  { name: 'rules', what: 'house rules of the source', command: ['node', 'scripts/source-rules.mjs'] },
  {
    name: 'unused',
    what: 'dead code and dependencies',
    command: ['knip', '--treat-config-hints-as-errors'],
    after: 'wasm',
  },
  {
    name: 'package',
    what: 'the packed package',
    command: ['node', 'scripts/check-package.mjs'],
    after: 'build',
  },
  {
    name: 'api',
    what: 'the public interface is what api/ says',
    command: ['node', 'scripts/api-report.mjs'],
    after: 'build',
  },
];

/** The project's own programs first, then the Node that runs this script. */
const PATH = [join(ROOT, 'node_modules', '.bin'), dirname(process.execPath), process.env.PATH].join(
  delimiter,
);
const ENVIRONMENT = { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined, PATH };

/**
 * @param {string[]} command a program of node_modules/.bin, npm or node, with its arguments
 * @returns {Promise<{ status: number, output: string, seconds: number }>}
 */
function run([program, ...args]) {
  const begin = performance.now();
  return new Promise((resolve) => {
    let output = '';
    const child = spawn(String(program), args, {
      cwd: ROOT,
      env: ENVIRONMENT,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const collect = (/** @type {Buffer} */ chunk) => {
      output += chunk;
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.on('error', (error) => resolve({ status: 1, output: error.message, seconds: 0 }));
    child.on('close', (code) =>
      resolve({ status: code ?? 1, output: output.trim(), seconds: (performance.now() - begin) / 1000 }),
    );
  });
}

/**
 * Lets a number of steps run at a time, in the order in which they asked.
 *
 * @param {number} count
 */
function slots(count) {
  /** @type {(() => void)[]} */
  const waiting = [];
  let free = count;
  return {
    /** @returns {Promise<void>} */
    take: () => (free > 0 ? Promise.resolve(void free--) : new Promise((resolve) => waiting.push(resolve))),
    give: () => {
      const next = waiting.shift();
      if (next) next();
      else free++;
    },
  };
}

async function main() {
  const names = process.argv.slice(2);
  const unknown = names.find((name) => !STEPS.some((step) => step.name === name));
  if (unknown) throw new Error(`unknown step "${unknown}": ${STEPS.map((step) => step.name).join(', ')}`);
  const steps = STEPS.filter((step) => names.length === 0 || names.includes(step.name));

  mkdirSync(NOTES, { recursive: true });
  /** @type {Map<string, string>} */
  const failed = new Map();
  /** @type {Map<string, Promise<void>>} */
  const ended = new Map();
  const free = slots(availableParallelism());
  for (const { name, what, command, after } of steps) {
    const one = async () => {
      await (after && ended.get(after));
      await free.take();
      const { status, output, seconds } = await run(command);
      free.give();
      if (status !== 0) failed.set(name, output);
      console.log(
        `${status === 0 ? 'ok    ' : 'FAILED'}  ${name.padEnd(9)} ${what} (${seconds.toFixed(1)} s)`,
      );
    };
    ended.set(name, one());
  }
  await Promise.all(ended.values());

  const failures = steps.flatMap(({ name }) => (failed.has(name) ? { name, output: failed.get(name) } : []));
  const [first, ...others] = failures;
  if (!first) return;
  console.log(`\n${first.name}:\n${first.output}`);
  if (others.length > 0) {
    const list = others.map((each) => each.name).join(' ');
    console.log(`\nFailed as well: ${list}  (npm run check -- ${list})`);
  }
  process.exitCode = 1;
}

await main().catch(fail);
