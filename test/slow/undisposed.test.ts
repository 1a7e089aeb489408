/** Ten thousand views that nobody disposes: each costs what it costs among a hundred. */
import { describe, expect, it } from 'vitest';
import { createEvaluatorSync, type View } from '../../src/engine/index.ts';
import { policy } from '../../src/policy/index.ts';
import { ENGINE_NAMES, vcpu } from '../../src/vm/index.ts';
import { processorMs } from './processor.ts';

const SDM = policy('sdm');
const GUESTS = Array.from({ length: 256 }, (_, index) =>
  vcpu({ maxphyaddr: 36, msrs: { 0x2ff: 0x800n, 0x200: (BigInt(index) << 20n) | 6n, 0x201: 0xffff00800n } }),
);

/** Median of the processor time of a view among so many that are all kept, in ms. */
function medianTime(engine: (typeof ENGINE_NAMES)[number], count: number): number {
  using evaluator = createEvaluatorSync({ engine });
  const kept: View[] = [];
  const times: number[] = [];
  for (let index = 0; index < count; index++) {
    const begin = processorMs();
    const view = evaluator.view(GUESTS[index % GUESTS.length]!, SDM);
    view.typeAt(0x100);
    times.push(processorMs() - begin);
    kept.push(view);
  }
  expect(kept).toHaveLength(count);
  const last = times.slice(-100).sort((a, b) => a - b);
  return last[50]!;
}

describe.each(ENGINE_NAMES)('views of %s that are never disposed', (engine) => {
  it('are no slower each among 10,000 than among 100', { timeout: 120_000, retry: 3 }, () => {
    medianTime(engine, 2000);
    const [few, many] = [medianTime(engine, 100), medianTime(engine, 10_000)];
    // Where memory gives way, a plan is freed for each that is built.
    expect(many / few, `${many} ms beside ${few} ms`).toBeLessThan(2);
  });
});
