#!/usr/bin/env node
/**
 * Writes schema/*.schema.json (dist/): of VM configs, assertions files and campaigns, from their readers, and of all that
 * commands print as JSON, from src/write/schemas.ts.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT, writeWhole } from './shared.mjs';

const inDist = (/** @type {string} */ path) => import(pathToFileURL(join(ROOT, 'dist/src', path)).href);
const { configJsonSchema } = await inDist('config/vm/json-schema.js');
const { assertionJsonSchema } = await inDist('config/assert/json-schema.js');
const { sweepJsonSchema } = await inDist('config/sweep/json-schema.js');
const { OUTPUT_SCHEMAS } = await inDist('write/schemas.js');

/** @type {Record<string, () => object>} */
const SCHEMAS = {
  vm: configJsonSchema,
  assert: assertionJsonSchema,
  sweep: sweepJsonSchema,
  ...OUTPUT_SCHEMAS,
};
const folder = join(ROOT, 'schema');
mkdirSync(folder, { recursive: true });
for (const [name, schema] of Object.entries(SCHEMAS)) {
  writeWhole(join(folder, `${name}.schema.json`), `${JSON.stringify(schema(), null, 2)}\n`);
}
spawnSync(join(ROOT, 'node_modules/.bin/biome'), ['format', '--write', folder], { stdio: 'inherit' });
