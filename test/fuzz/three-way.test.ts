/** Three engines that share no logic, on random VMs: whatever is asked, they say the same. */

import { afterAll, describe, expect, it } from 'vitest';
import { createEvaluatorSync } from '../../src/engine/index.ts';
import { CASE_KINDS, fuzz } from '../../src/fuzz/index.ts';
import { ENGINE_NAMES } from '../../src/index.ts';
import { rounds } from '../rounds.ts';

const engines = ENGINE_NAMES.map((name) => createEvaluatorSync({ engine: name }));
afterAll(() => {
  for (const engine of engines) engine.dispose();
});

describe('reference, direct and auto', () => {
  it.each([1, 20])('agree on random VMs of seed %i', async (seed) => {
    const report = await fuzz({ seed, count: rounds(80, 200), engines });
    const { tally, refused, rules, cases } = report;
    const percent = (part: number, whole: number) => `${((100 * part) / whole).toFixed(1)} %`;
    console.info(
      `seed ${seed}: ${cases} VMs, agree ${percent(cases - report.disagreeing, cases)}, ` +
        `undefined ${percent(tally.undefinedSingles, tally.singles)} of ${tally.singles} pages, ` +
        `unsupported ${tally.unsupported}, given up ${tally.givenUp}, refused ${refused}, ` +
        `${rules.filter(({ count }) => count > 0).length} of ${rules.length} rules`,
    );
    expect(report.findings).toEqual([]);
    expect(report.disagreeing).toBe(0);
    expect(report.kinds.map(({ kind }) => kind)).toEqual(CASE_KINDS);
    expect(refused).toBeGreaterThan(2);
    expect(tally.undefinedSingles).toBeGreaterThan(0);
    expect(tally.unsupported).toBeGreaterThan(0);
    expect(tally.pages).toBeGreaterThan(50_000);
  });

  it('say the same twice', async () => {
    const options = { seed: 9, count: 20, engines };
    expect(await fuzz(options)).toEqual(await fuzz(options));
  });
});
