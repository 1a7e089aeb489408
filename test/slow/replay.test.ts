/** 1,000 random scenarios on 2^10 pages and 10 on 2^16: intervals and pages agree after every event. */

import { afterAll, expect, it } from 'vitest';
import { createEvaluatorSync } from '../../src/engine/index.ts';
import { Rng } from '../generators/rng.ts';
import { againstPages } from '../replay/against-pages.ts';
import { randomScenario } from '../replay/random-scenario.ts';

const engine = createEvaluatorSync({ engine: 'auto' });
afterAll(() => engine.dispose());

function compare(seeds: readonly number[], pages: number): void {
  for (const seed of seeds) {
    const { difference } = againstPages(randomScenario(new Rng(seed), pages, 200), pages, engine);
    expect({ seed, difference }).toEqual({ seed, difference: undefined });
  }
}

const hundreds = Array.from({ length: 10 }, (_, hundred) => hundred * 100);

it.each(hundreds)('100 scenarios of 200 events on 2^10 pages, from seed %i', (first) => {
  compare(
    Array.from({ length: 100 }, (_, k) => first + k),
    2 ** 10,
  );
});

it('10 scenarios of 200 events on 2^16 pages', () => {
  compare(
    Array.from({ length: 10 }, (_, k) => 100_000 + k),
    2 ** 16,
  );
});
