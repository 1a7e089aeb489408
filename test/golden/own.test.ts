/** The project's own golden answers, worked out by hand from the rules: they hold where no other vectors are. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Evaluator } from '../../src/engine/index.ts';
import type { Engine } from '../../src/vm/engine.ts';
import { backends } from '../backends.ts';
import { heldLeaves } from '../trace/golden-leaves.ts';
import { askEngine, readGolden } from './request.ts';

const cases = readGolden(join(import.meta.dirname, 'own.jsonl'));

describe.each(backends)('golden answers of our own on $name', ({ create }) => {
  let engine: Engine;
  beforeAll(() => {
    engine = create();
  });
  afterAll(() => engine.dispose());

  it.each(cases)('$request.id', ({ request, answer }) => {
    expect(askEngine(engine, request)).toEqual(answer);
  });

  it('entries as a trace are all right, and wrong with another type, IPAT or frame', () => {
    expect(heldLeaves(new Evaluator(engine), cases)).toBeGreaterThan(10);
  });
});
