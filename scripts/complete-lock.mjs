#!/usr/bin/env node
/**
 * Adds to package-lock.json the optional packages of other platforms that it leaves out. npm does not lock
 * what the registry of the day does not carry, and `npm ci` then refuses the lock. Run it after each
 * `npm install`; system, processor and C library are read from the packages' names. Their integrity is unknown
 * here, so a platform that installs one of them gets it unpinned but for its version.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, writeWhole } from './shared.mjs';

const SYSTEMS = [
  'aix',
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'win32',
];
const PROCESSORS = ['arm', 'arm64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'x64'];

/** @param {string} name of a platform's package, `@scope/binding-linux-arm64-musl` */
function platformOf(name) {
  const words = name.replace(/^@[^/]*\//, '').split('-');
  const os = words.filter((word) => SYSTEMS.includes(word));
  const cpu = words.filter((word) => PROCESSORS.includes(word));
  if (os.length !== 1 || cpu.length !== 1) throw new Error(`${name}: no platform in its name`);
  const libc = words.some((word) => word.startsWith('musl'))
    ? ['musl']
    : words.some((word) => word.startsWith('gnu'))
      ? ['glibc']
      : undefined;
  return { os, cpu, ...(libc && { libc }) };
}

const path = join(ROOT, 'package-lock.json');
const lock = JSON.parse(readFileSync(path, 'utf8'));
const added = [];
for (const entry of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const key = `node_modules/${name}`;
    if (Object.keys(lock.packages).some((place) => place === key || place.endsWith(`/${key}`))) continue;
    const { os, cpu, libc } = platformOf(name);
    lock.packages[key] = {
      version,
      cpu,
      ...(entry.dev && { dev: true }),
      ...(libc && { libc }),
      optional: true,
      os,
    };
    added.push(name);
  }
}
if (added.length > 0) {
  const sorted = Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, 'en'));
  writeWhole(path, `${JSON.stringify({ ...lock, packages: Object.fromEntries(sorted) }, null, 2)}\n`);
}
console.error(`package-lock.json: ${added.length} packages of other platforms added`);
