#!/usr/bin/env node
/**
 * The bill of materials of what the package ships, CycloneDX 1.5: what is installed with it, and what is copied into the program and
 * the page. npm writes it from the lock; what would differ between two builds of one commit is taken out.
 *
 *   node scripts/sbom.mjs        prints it; the build writes it to dist/sbom.cdx.json
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PAGE_PACKAGES } from './build-page.mjs';
import { fail, ROOT } from './shared.mjs';

/** @typedef {{ name: string, version: string, 'bom-ref': string, purl: string, scope?: string, properties?: { name: string, value: string }[] }} Component */

/** What npm says of all that the lock names. */
function npmSbom() {
  const args = ['sbom', '--package-lock-only', '--sbom-format', 'cyclonedx'];
  const { status, stdout, stderr, error } = spawnSync('npm', args, { cwd: ROOT, encoding: 'utf8' });
  if (status !== 0) throw new Error(`npm sbom: ${error?.message ?? stderr.trim()}`);
  return JSON.parse(stdout);
}

/** @param {Component} component */
const isForDevelopment = ({ properties = [] }) =>
  properties.some(({ name }) => name === 'cdx:npm:package:development');

/** A UUID that follows from a text, in the form of version 5. @param {string} text */
function uuidOf(text) {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/**
 * The document.
 *
 * @returns {string} JSON; the same for the same lock
 */
export function sbomText() {
  const { name, version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const all = npmSbom();
  /** @type {Component[]} */
  const named = all.components;
  const installed = named.filter((one) => !isForDevelopment(one));
  const copied = named
    .filter((one) => isForDevelopment(one) && PAGE_PACKAGES.includes(one.name))
    .map((one) => ({
      ...one,
      scope: 'required',
      properties: [{ name: 'eptsweep:copied-into', value: 'dist-web' }],
    }));
  const components = [...installed, ...copied].sort((a, b) => (a.purl < b.purl ? -1 : 1));
  const { timestamp: _, tools: _tools, ...metadata } = all.metadata;
  metadata.component.name = name;
  const refs = new Set([`${name}@${version}`, ...components.map((one) => one['bom-ref'])]);
  /** @type {{ ref: string, dependsOn: string[] }[]} */
  const edges = all.dependencies;
  const dependencies = edges
    .filter(({ ref }) => refs.has(ref))
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((one) => refs.has(one)) }));
  const { serialNumber: _serial, ...rest } = { ...all, metadata, components, dependencies };
  const serialNumber = `urn:uuid:${uuidOf(JSON.stringify(rest))}`;
  const { $schema, bomFormat, specVersion, ...content } = rest;
  return `${JSON.stringify({ $schema, bomFormat, specVersion, serialNumber, ...content }, null, 2)}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    process.stdout.write(sbomText());
  } catch (error) {
    fail(error);
  }
}
