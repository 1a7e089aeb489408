/**
 * The folder `shared` beside the repository: answers of the kernels' own code, dumps that people posted. The tests
 * of this folder are collected only where it is (vitest.slow.config.ts); what they hold is held in small by the
 * fast suite, on vectors, presets and fixtures of our own.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Facts, type ReadOptions, readBytes } from '../../../src/read/index.ts';
import { type GoldenCase, readGolden } from '../../golden/request.ts';

const SHARED = join(import.meta.dirname, '../../../../shared');
const SAMPLES = join(SHARED, 'samples');
const NEXT = join(SHARED, 'vectors-next');
const LATER = /^(kvm|peer)-.*\.jsonl$/;

/** Dumps, by name; none where the folder is not. */
export const SAMPLE_NAMES: readonly string[] = existsSync(SAMPLES)
  ? readdirSync(SAMPLES)
      .filter((name) => !name.endsWith('.source'))
      .sort()
  : [];

/** Where a vector file is. */
export function vectorPath(name: string): string {
  return join(SHARED, 'vectors', name);
}

const isOfEngines = (name: string): boolean => /^(kvm|sdm|wrmsr|real|corner|peer)(-.*)?\.jsonl$/.test(name);

/** The vector files that an engine can answer. */
export function vectorFiles(): readonly string[] {
  const names = readdirSync(vectorPath('.')).filter(isOfEngines);
  const later = existsSync(NEXT) ? readdirSync(NEXT).filter((name) => LATER.test(name)) : [];
  return [...names.sort().map(vectorPath), ...later.sort().map((name) => join(NEXT, name))];
}

/** Answers that were found wrong later, by the id of their request. */
export function correctedAnswers(): ReadonlyMap<string, GoldenCase['answer']> {
  const file = join(NEXT, 'corrected.jsonl');
  const cases = existsSync(file) ? readGolden(file) : [];
  return new Map(cases.map(({ request, answer }) => [request.id, answer]));
}

export function samplePath(name: string): string {
  return join(SAMPLES, name);
}

export function sampleBytes(name: string): Buffer {
  return readFileSync(samplePath(name));
}

export function readSample(name: string, options: ReadOptions = {}): Facts {
  return readBytes(sampleBytes(name), { file: name, ...options });
}
