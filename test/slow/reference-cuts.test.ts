/** The reference's cuts against every page, on 200 ranges of 2^14 pages. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createReferenceEngine } from '../../src/reference/index.ts';
import { vcpu } from '../../src/vm/index.ts';
import { question } from '../reference/arbitrary.ts';
import { spansByPages } from '../reference/by-pages.ts';

it('cuts give what every page gives', { timeout: 600_000 }, () => {
  const engine = createReferenceEngine();
  fc.assert(
    fc.property(question(2 ** 14), ({ init, policy, want, pat, start }) => {
      const range = { start, end: start + 2 ** 14 };
      const guest = vcpu(init);
      const spans = [...engine.open(guest, policy).spans(want, { range, pat })];
      expect(spans).toEqual(spansByPages(guest, policy, want, range, pat));
    }),
    { numRuns: 200, seed: 20260401 },
  );
});
