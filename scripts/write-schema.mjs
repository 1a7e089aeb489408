#!/usr/bin/env node
/** Writes the JSON Schema of VM configs, schema/vm.schema.json, from the loader's own schema (dist/). */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT, writeWhole } from './shared.mjs';

const FILE = join(ROOT, 'schema', 'vm.schema.json');

const { configJsonSchema } = await import(pathToFileURL(join(ROOT, 'dist/src/config/json-schema.js')).href);
mkdirSync(dirname(FILE), { recursive: true });
writeWhole(FILE, `${JSON.stringify(configJsonSchema(), null, 2)}\n`);
spawnSync(join(ROOT, 'node_modules/.bin/biome'), ['format', '--write', FILE], { stdio: 'inherit' });
