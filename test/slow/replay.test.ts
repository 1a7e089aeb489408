/** 1,000 random scenarios on 2^10 pages and 10 on 2^16: intervals and pages agree after every event. */
import { afterAll, expect, it } from 'vitest';
import { createEngine } from '../../src/index.ts';
import { Rng } from '../generators/rng.ts';
import { againstPages } from '../replay/against-pages.ts';
import { randomScenario } from '../replay/random-scenario.ts';

const engine = createEngine('auto');
afterAll(() => engine.dispose());

it('1,000 scenarios of 200 events on 2^10 pages', () => {
  for (let seed = 0; seed < 1000; seed++) {
    const scenario = randomScenario(new Rng(seed), 2 ** 10, 200);
    const { difference } = againstPages(scenario, 2 ** 10, engine);
    expect({ seed, difference }).toEqual({ seed, difference: undefined });
  }
});

it('10 scenarios of 200 events on 2^16 pages', () => {
  for (let seed = 0; seed < 10; seed++) {
    const scenario = randomScenario(new Rng(100_000 + seed), 2 ** 16, 200);
    const { difference } = againstPages(scenario, 2 ** 16, engine);
    expect({ seed, difference }).toEqual({ seed, difference: undefined });
  }
});
