/** The project's own golden answers, worked out by hand from the rules: they hold where no other vectors are. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/vm/index.ts';
import { backends } from '../backends.ts';
import { askEngine, readGolden } from './request.ts';

describe.each(backends)('golden answers of our own on $name', ({ create }) => {
  let engine: Engine;
  beforeAll(() => {
    engine = create();
  });
  afterAll(() => engine.dispose());

  it.each(readGolden(join(import.meta.dirname, 'own.jsonl')))('$request.id', ({ request, answer }) => {
    expect(askEngine(engine, request)).toEqual(answer);
  });
});
