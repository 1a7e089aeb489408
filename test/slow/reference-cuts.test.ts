/** The reference's cuts against every page, on 200 ranges of 2^14 pages. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { policy } from '../../src/policy/index.ts';
import { createReferenceEngine } from '../../src/reference/index.ts';
import { vcpu } from '../../src/vm/index.ts';
import { answers, patType, policyName, vcpuInit, want } from '../reference/arbitrary.ts';
import { spansByPages } from '../reference/by-pages.ts';

it('cuts give what every page gives', { timeout: 600_000 }, () => {
  const engine = createReferenceEngine();
  fc.assert(
    fc.property(
      vcpuInit,
      policyName,
      want,
      patType,
      fc.integer({ min: 0, max: 2 ** 20 }),
      (init, name, asked, pat, start) => {
        fc.pre(answers(name, asked));
        const range = { start, end: start + 2 ** 14 };
        const guest = vcpu(init);
        const spans = [...engine.open(guest, policy(name)).spans(asked, { range, pat })];
        expect(spans).toEqual(spansByPages(guest, policy(name), asked, range, pat));
      },
    ),
    { numRuns: 200, seed: 20260401 },
  );
});
