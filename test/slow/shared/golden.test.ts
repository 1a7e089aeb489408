/** Golden vectors of the kernels' own code and of independent evaluations, straight into every engine. */
import { basename } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Evaluator } from '../../../src/engine/index.ts';
import type { Engine } from '../../../src/vm/engine.ts';
import { backends } from '../../backends.ts';
import { askEngine, readGolden } from '../../golden/request.ts';
import { heldLeaves } from '../../trace/golden-leaves.ts';
import { correctedAnswers, vectorFiles } from './folder.ts';

const corrected = correctedAnswers();
const files = vectorFiles().map((file) => ({
  name: basename(file),
  cases: readGolden(file).map(({ request, answer }) => ({
    request,
    answer: corrected.get(request.id) ?? answer,
  })),
}));

describe.each(backends)('on $name', ({ create }) => {
  let engine: Engine;
  beforeAll(() => {
    engine = create();
  });
  afterAll(() => engine.dispose());

  it.each(files)('$name', ({ cases }) => {
    expect(cases.length).toBeGreaterThan(0);
    for (const { request, answer } of cases) {
      expect({ id: request.id, answer: askEngine(engine, request) }).toEqual({ id: request.id, answer });
    }
  });

  it('entries as a trace are all right, and wrong with another type, IPAT or frame', () => {
    expect(
      heldLeaves(
        new Evaluator(engine),
        files.flatMap(({ cases }) => cases),
      ),
    ).toBeGreaterThan(1000);
  });
});
