/** What running kernels answered (npm run lab): leaf entries and verdicts of WRMSR, held against each engine. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/vm/engine.ts';
import { backends } from '../backends.ts';
import { askEngine, readGolden } from './request.ts';

const FILES = readdirSync(import.meta.dirname).filter((name) => /^lab-.*\.jsonl$/.test(name));

describe.each(FILES)('%s', (file) => {
  const cases = readGolden(join(import.meta.dirname, file));

  it('has leaves, and verdicts of both kinds', () => {
    const refused = cases.filter(({ answer }) => 'error' in answer);
    const leaves = cases.filter(({ request }) => request.want === 'leaf');
    expect(refused.length).toBeGreaterThan(5);
    expect(leaves.length).toBeGreaterThan(50);
    expect(cases.length - refused.length - leaves.length).toBeGreaterThan(5);
  });

  describe.each(backends)('on $name', ({ create }) => {
    let engine: Engine;
    beforeAll(() => {
      engine = create();
    });
    afterAll(() => engine.dispose());

    it('is what the engine answers', () => {
      for (const { request, answer } of cases) expect(askEngine(engine, request), request.id).toEqual(answer);
    });
  });
});
