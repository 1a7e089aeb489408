/** Golden vectors of the kernels' own code and of independent evaluations, straight into every engine. */
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/vm/index.ts';
import { backends } from '../backends.ts';
import { askEngine, readGolden, vectorFiles } from './request.ts';

const folder = join(import.meta.dirname, '../../../shared/vectors');
const files = vectorFiles(folder);
if (files.length === 0)
  console.warn(`golden vectors: no ${folder}; only the project's own answers are checked`);

describe.runIf(files.length > 0).each(backends)('golden vectors on $name', ({ create }) => {
  let engine: Engine;
  beforeAll(() => {
    engine = create();
  });
  afterAll(() => engine.dispose());

  it.each(files.map((file) => ({ name: basename(file), file })))('$name', ({ file }) => {
    const cases = readGolden(file);
    expect(cases.length).toBeGreaterThan(0);
    for (const { request, answer } of cases) {
      expect({ id: request.id, answer: askEngine(engine, request) }).toEqual({ id: request.id, answer });
    }
  });
});
