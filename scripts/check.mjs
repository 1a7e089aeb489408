#!/usr/bin/env node
/**
 * Everything that can be said about the tree without running it. One line a step; the output of the first
 * step that fails is shown in full.
 *
 *   node scripts/check.mjs [STEP...]     all steps, or those named
 */
import { spawn } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';
import { fail, ROOT } from './shared.mjs';

/** @type {{ name: string, what: string, command: string[] }[]} */
const STEPS = [
  // First: src/ imports modules that it generates, and the package is packed from dist/.
  { name: 'build', what: 'assembly and src compile', command: ['node', 'scripts/build.mjs', '--quick'] },
  { name: 'lock', what: 'npm ci takes the lock file', command: ['npm', 'ci', '--dry-run'] },
  {
    name: 'biome',
    what: 'format and lint',
    command: ['biome', 'check', '--error-on-warnings', '--max-diagnostics=5', '.'],
  },
  { name: 'types', what: 'types of src, test, bench, scripts', command: ['tsc', '-p', 'tsconfig.test.json'] },
  {
    name: 'core',
    what: 'the core needs neither Node nor DOM types',
    command: ['tsc', '-p', 'tsconfig.core.json'],
  },
  { name: 'assembly', what: 'types of assembly', command: ['tsc', '-p', 'assembly/tsconfig.json'] },
  {
    name: 'order',
    what: 'import order',
    command: ['depcruise', '--config', '.dependency-cruiser.mjs', 'src', 'assembly'],
  },
  { name: 'rules', what: 'house rules of the source', command: ['node', 'scripts/source-rules.mjs'] },
  { name: 'docs', what: 'docstrings', command: ['typedoc'] },
  { name: 'unused', what: 'dead code and dependencies', command: ['knip', '--treat-config-hints-as-errors'] },
  {
    name: 'package',
    what: 'the packed package',
    command: ['publint', 'run', '.', '--pack', 'npm', '--strict'],
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

async function main() {
  const names = process.argv.slice(2);
  const unknown = names.find((name) => !STEPS.some((step) => step.name === name));
  if (unknown) throw new Error(`unknown step "${unknown}": ${STEPS.map((step) => step.name).join(', ')}`);
  const steps = STEPS.filter((step) => names.length === 0 || names.includes(step.name));

  /** @type {{ name: string, output: string }[]} */
  const failures = [];
  for (const { name, what, command } of steps) {
    const { status, output, seconds } = await run(command);
    if (status !== 0) failures.push({ name, output });
    console.log(`${status === 0 ? 'ok    ' : 'FAILED'}  ${name.padEnd(9)} ${what} (${seconds.toFixed(1)} s)`);
  }

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
