/**
 * 2,000 random scenarios on 2^10 pages, of every kind of event under every release and design, and a few on so many
 * that 1G entries occur: intervals and pages agree after every event.
 */

import { afterAll, expect, it } from 'vitest';
import { createEvaluatorSync } from '../../src/engine/index.ts';
import { DESIGNS } from '../../src/share/index.ts';
import { Rng } from '../generators/rng.ts';
import { againstPages } from '../replay/against-pages.ts';
import { REPLAY_POLICIES, randomScenario } from '../replay/random-scenario.ts';

const engine = createEvaluatorSync({ engine: 'auto' });
afterAll(() => engine.dispose());

/** What has been tried: kinds of events by design and by release. */
const tried = new Set<string>();

function compare(first: number, count: number, pages: number, events: number): void {
  for (let seed = first; seed < first + count; seed++) {
    const scenario = randomScenario(new Rng(seed), pages, events);
    const { difference, summary, refaults } = againstPages(scenario, pages, engine);
    expect({ seed, difference }).toEqual({ seed, difference: undefined });
    expect({ seed, refaults: summary!.refaults }).toEqual({ seed, refaults });
    for (const { kind } of scenario.events) {
      tried.add(`${kind} ${scenario.design.name}`);
      tried.add(`${kind} ${scenario.policy.name}`);
    }
  }
}

it.each(Array.from({ length: 20 }, (_, hundred) => hundred * 100))(
  '100 scenarios of 100 events on 2^10 pages, from seed %i',
  (first) => compare(first, 100, 2 ** 10, 100),
);

it('every kind of event was tried under every design and under every release', () => {
  const kinds = new Set([...tried].map((one) => one.split(' ', 1)[0]!));
  expect(kinds.size).toBe(22);
  for (const kind of kinds) {
    for (const name of [...DESIGNS, ...REPLAY_POLICIES.map((policy) => policy.name)]) {
      expect(tried).toContain(`${kind} ${name}`);
    }
  }
});

it('40 scenarios of 100 events on 2^13 pages', () => compare(100_000, 40, 2 ** 13, 100));

it('6 scenarios of 40 events on 2^19 pages', () => compare(200_000, 6, 2 ** 19, 40));
