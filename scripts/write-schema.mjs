#!/usr/bin/env node
/** Writes the JSON Schemas of VM configs and of assertions files, schema/*.schema.json, from their readers (dist/). */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT, writeWhole } from './shared.mjs';

const { configJsonSchema } = await import(
  pathToFileURL(join(ROOT, 'dist/src/config/vm/json-schema.js')).href
);
const { assertionJsonSchema } = await import(
  pathToFileURL(join(ROOT, 'dist/src/config/assert/json-schema.js')).href
);

const SCHEMAS = { 'vm.schema.json': configJsonSchema, 'assert.schema.json': assertionJsonSchema };
for (const [name, schema] of Object.entries(SCHEMAS)) {
  const file = join(ROOT, 'schema', name);
  mkdirSync(dirname(file), { recursive: true });
  writeWhole(file, `${JSON.stringify(schema(), null, 2)}\n`);
  spawnSync(join(ROOT, 'node_modules/.bin/biome'), ['format', '--write', file], { stdio: 'inherit' });
}
