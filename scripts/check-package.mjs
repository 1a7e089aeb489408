#!/usr/bin/env node
/** Packs what is built as npm would publish it, and has publint and Are The Types Wrong look at the tarball. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fail, ROOT } from './shared.mjs';

/** Of a package of ES modules alone; that `require` gets one too is fine in every Node that is supported. */
const ATTW = [
  '--profile',
  'node16',
  '--ignore-rules',
  'cjs-resolves-to-esm',
  '--format',
  'ascii',
  '--no-emoji',
];

/** @param {string[]} command a program with its arguments; its output is shown where it fails */
function run([program, ...args]) {
  const { status, stdout, stderr, error } = spawnSync(String(program), args, { cwd: ROOT, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program}: ${error?.message ?? `${stdout}${stderr}`.trim()}`);
  return stdout;
}

function main() {
  mkdirSync(join(ROOT, 'build'), { recursive: true });
  const folder = mkdtempSync(join(ROOT, 'build', 'pack-'));
  try {
    const packed = run(['npm', 'pack', '--ignore-scripts', '--json', '--pack-destination', folder]);
    const tarball = join(folder, JSON.parse(packed)[0].filename);
    run(['publint', 'run', tarball, '--strict']);
    run(['attw', tarball, ...ATTW]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

try {
  main();
} catch (error) {
  fail(error);
}
