#!/usr/bin/env node
/**
 * Adds to package-lock.json the optional packages of other platforms that it leaves out. npm does not lock
 * what the registry of the day does not carry, and `npm ci` then refuses the lock. Run it after each
 * `npm install`; system, processor and C library are read from the packages' names, the SHA-512 of each is asked of the
 * registry: the lock then pins what every platform installs.
 */
import { spawnSync } from 'node:child_process';
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

/** @param {string} name @param {string} version @returns {string} SHA-512 as the registry states it */
function integrityOf(name, version) {
  const args = ['view', `${name}@${version}`, 'dist.integrity'];
  const { stdout, stderr } = spawnSync('npm', args, { cwd: ROOT, encoding: 'utf8' });
  const integrity = stdout.trim();
  if (!integrity.startsWith('sha512-'))
    throw new Error(`npm view ${name}@${version}: ${stderr.trim() || 'no sha512'}`);
  return integrity;
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
let pinned = 0;
for (const [place, entry] of Object.entries(lock.packages)) {
  if (place === '' || entry.integrity !== undefined) continue;
  const { version, ...rest } = entry;
  const integrity = integrityOf(place.slice(place.lastIndexOf('node_modules/') + 13), version);
  lock.packages[place] = { version, integrity, ...rest };
  pinned++;
}
if (added.length > 0 || pinned > 0) {
  const sorted = Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, 'en'));
  writeWhole(path, `${JSON.stringify({ ...lock, packages: Object.fromEntries(sorted) }, null, 2)}\n`);
}
console.error(`package-lock.json: ${added.length} packages of other platforms added, ${pinned} pinned`);
