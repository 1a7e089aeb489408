/** The interval replay against one that goes page by page, after every event, under any design and release. */

import { afterAll, describe, expect, it } from 'vitest';
import { createEvaluatorSync } from '../../src/engine/index.ts';
import { Rng } from '../generators/rng.ts';
import { rounds } from '../rounds.ts';
import { againstPages } from './against-pages.ts';
import { randomScenario } from './random-scenario.ts';

const PAGES = 2 ** 10;
const engine = createEvaluatorSync({ engine: 'auto' });
afterAll(() => engine.dispose());

describe('replay against pages', () => {
  it.each(Array.from({ length: rounds(12, 60) }, (_, seed) => seed))(
    'scenario %i, 100 events on 2^10 pages',
    (seed) => {
      const scenario = randomScenario(new Rng(7000 + seed), PAGES, 100);
      const { difference, summary, disagree, refaults, sums } = againstPages(scenario, PAGES, engine);
      expect(difference && { ...difference, event: scenario.events[difference.event] }).toBeUndefined();
      expect(summary!.events).toBe(100);
      expect(summary!.refaults).toEqual(refaults);
      expect(summary).toMatchObject(sums);
      const during = disagree.filter((pages) => pages > 0);
      expect(summary!.windowTotals.pageEvents).toBeGreaterThanOrEqual(
        during.reduce((sum, pages) => sum + pages, 0),
      );
      expect(summary!.windowTotals.peakPages).toBeGreaterThanOrEqual(Math.max(0, ...during));
      expect(summary!.uniformity.effect.events).toBe(during.length);
    },
  );
});
