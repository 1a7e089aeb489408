/** The project's own golden answers, worked out by hand from the rules: they hold where no other vectors are. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEvaluatorSync, Evaluator } from '../../src/engine/index.ts';
import { answerLine } from '../../src/oracle/index.ts';
import type { Engine } from '../../src/vm/engine.ts';
import { backends } from '../backends.ts';
import { heldLeaves } from '../trace/golden-leaves.ts';
import { askEngine, readGolden } from './request.ts';

const FILE = join(import.meta.dirname, 'own.jsonl');
const cases = readGolden(FILE);

interface Line {
  readonly request: { readonly id: string };
  readonly answer: { readonly error?: object };
}
const lines = readFileSync(FILE, 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Line);

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

describe('the same as lines of the protocol, with those that no engine is asked', () => {
  const evaluator = createEvaluatorSync({ engine: 'reference' });

  it.each(lines)('$request.id', ({ request, answer }) => {
    const given = JSON.parse(answerLine(evaluator, JSON.stringify(request)));
    // The message is for people, and an assumption no part of the answer.
    const { error, assumed: _, ...rest } = given;
    if (error) delete error.message;
    expect(error ? { ...rest, error } : rest).toEqual(answer);
  });
});
