/** Plans for the maps of machines that people posted. */

import { afterAll, expect, it } from 'vitest';
import { createEvaluatorSync } from '../../../src/engine/index.ts';
import { toVm } from '../../../src/read/index.ts';
import { type Vcpu, vcpuOf } from '../../../src/vm/index.ts';
import { planOfOwn } from '../../fit/own-plan.ts';
import { readSample, SAMPLE_NAMES } from './folder.ts';

const auto = createEvaluatorSync({ engine: 'auto' });
afterAll(() => auto.dispose());

it('plans give the same map, with no more ranges', () => {
  let planned = 0;
  for (const file of SAMPLE_NAMES.filter((name) => /\.(txt|csv)$/.test(name))) {
    let machine: Vcpu;
    try {
      machine = vcpuOf(toVm(readSample(file)).vm, 0);
    } catch {
      continue; // Memory maps and summaries have no registers.
    }
    const { found, used, hasHoles, differing, undefinedPages } = planOfOwn(auto, machine);
    planned += 1;
    if (!found.fits) continue;
    expect(differing, file).toBe(BigInt(undefinedPages));
    if (!hasHoles) expect(found.needed, file).toBeLessThanOrEqual(used);
  }
  expect(planned).toBeGreaterThan(30);
});
