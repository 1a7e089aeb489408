import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { policy } from '../../src/policy/index.ts';
import { createReferenceEngine } from '../../src/reference/index.ts';
import { LEAF_FRAMES } from '../../src/reference/level.ts';
import type { GfnRange, Span, Total } from '../../src/types.ts';
import { frameCount, vcpu } from '../../src/vm/index.ts';
import { answers, patType, policyName, vcpuInit, want } from './arbitrary.ts';
import { spansByPages } from './by-pages.ts';

const engine = createReferenceEngine();

/** Where ranges begin: around the edges that registers, slots and leaves have, and anywhere. */
const firstFrame = fc.oneof(
  fc.constantFrom(0, 0x90, 0xf8, 0x1f8, 0x400, 0x3fff0, 0x40000, 0x7fff8, 0xffff0, 0xfffff),
  fc.integer({ min: 0, max: 2 ** 20 }),
);

describe('cuts', () => {
  it('give what every page gives', () => {
    fc.assert(
      fc.property(
        vcpuInit,
        policyName,
        want,
        patType,
        firstFrame,
        fc.integer({ min: 1, max: 1500 }),
        (init, name, asked, pat, start, count) => {
          fc.pre(answers(name, asked));
          const range = { start, end: start + count };
          const guest = vcpu(init);
          const spans = [...engine.open(guest, policy(name)).spans(asked, { range, pat })];
          expect(spans).toEqual(spansByPages(guest, policy(name), asked, range, pat));
        },
      ),
      { numRuns: 150 },
    );
  });

  it('are right over whole spaces: far pages answer as the spans say', () => {
    fc.assert(
      fc.property(
        vcpuInit,
        policyName,
        want,
        fc.array(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true })),
        (init, name, asked, places) => {
          fc.pre(answers(name, asked) && asked !== 'levels' && asked !== 'leaf');
          const guest = vcpu(init);
          const view = engine.open(guest, policy(name));
          let spans: Span[];
          try {
            spans = [...view.spans(asked)];
          } catch {
            return;
          }
          for (const place of places) {
            const gfn = Math.floor(place * frameCount(guest.maxphyaddr));
            const span = spans.find(({ start, end }) => start <= gfn && gfn < end)!;
            const page = { start: gfn, end: gfn + 1 };
            expect({ ...span, ...page }).toEqual(spansByPages(guest, policy(name), asked, page, 6)[0]);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('answer at once where masks with holes repeat one answer without end', () => {
    const evenAndOdd = { 512: 6n, 513: 0x1800n, 514: 0x1006n, 515: 0x1800n, 767: 0x800n };
    const view = engine.open(vcpu({ maxphyaddr: 52, msrs: evenAndOdd }), policy('sdm'));
    expect([...view.spans('mtrr')]).toEqual([{ start: 0, end: 2 ** 40, type: 6 }]);
    expect([...view.spans('leaf')]).toEqual([{ start: 0, end: 2 ** 40, level: 3, entry: 0xb7n }]);
    const everyOther = { 512: 6n, 513: 0x1800n, 767: 0x800n };
    const levels = engine.open(vcpu({ maxphyaddr: 52, msrs: everyOther }), policy('sdm'));
    expect([...levels.spans('levels')]).toEqual([{ start: 0, end: 2 ** 40, level: 1 }]);
    expect(levels.totals('leaf')).toEqual([
      { level: 1, entry: 0x7n, pages: 2n ** 39n },
      { level: 1, entry: 0x37n, pages: 2n ** 39n },
    ]);
  });

  it('give up only beyond 65,536 spans', () => {
    const everyOther = { 512: 6n, 513: 0x1800n, 767: 0x800n };
    const view = engine.open(vcpu({ maxphyaddr: 36, msrs: everyOther }), policy('sdm'));
    expect([...view.spans('mtrr', { range: { start: 1, end: 65537 } })]).toHaveLength(65536);
    const spans = view.spans('mtrr', { range: { start: 1, end: 65538 } });
    expect(() => [...spans]).toThrow(expect.objectContaining({ code: 'too-many-spans' }));
    expect(view.totals('mtrr')).toEqual([
      { type: 0, pages: 2n ** 23n },
      { type: 6, pages: 2n ** 23n },
    ]);
  });
});

/** What a span says of its frames inside a range: a leaf's entry is that of the leaf around the first one. */
function clipped(span: Span, range: GfnRange): Span {
  const start = Math.max(span.start, range.start);
  const end = Math.min(span.end, range.end);
  if (!span.entry || !span.level) return { ...span, start, end };
  const size = LEAF_FRAMES[span.level];
  const leafOf = (gfn: number) => BigInt(gfn - (gfn % size));
  return { ...span, start, end, entry: span.entry + ((leafOf(start) - leafOf(span.start)) << 12n) };
}

function inside(spans: readonly Span[], range: GfnRange): readonly Span[] {
  return spans.map((span) => clipped(span, range)).filter(({ start, end }) => start < end);
}

function sum(parts: readonly (readonly Total[])[]): ReadonlyMap<string, bigint> {
  const pagesOf = new Map<string, bigint>();
  for (const { pages, ...value } of parts.flat()) {
    const key = Object.values(value).join();
    pagesOf.set(key, (pagesOf.get(key) ?? 0n) + pages);
  }
  return pagesOf;
}

describe('properties', () => {
  it('splitting a range changes no answer', () => {
    const length = fc.integer({ min: 0, max: 3000 });
    fc.assert(
      fc.property(
        vcpuInit,
        policyName,
        want,
        firstFrame,
        length,
        length,
        (init, name, asked, start, left, right) => {
          fc.pre(answers(name, asked));
          const view = engine.open(vcpu(init), policy(name));
          const whole = { start, end: start + left + right };
          const parts = [
            { start, end: start + left },
            { start: start + left, end: whole.end },
          ];
          const spans = [...view.spans(asked, { range: whole })];
          for (const range of parts) {
            expect([...view.spans(asked, { range })]).toEqual(inside(spans, range));
          }
          const totals = parts.map((range) => view.totals(asked, { range }));
          expect(sum(totals)).toEqual(sum([view.totals(asked, { range: whole })]));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('totals count what the spans hold', () => {
    fc.assert(
      fc.property(vcpuInit, policyName, want, (init, name, asked) => {
        fc.pre(answers(name, asked));
        const view = engine.open(vcpu(init), policy(name));
        const range = { start: 0, end: 2 ** 15 };
        const counted = [...view.spans(asked, { range })].map(({ start, end, ...value }) => ({
          ...value,
          ...(value.entry && { entry: value.entry & ~0x000ffffffffff000n }),
          pages: BigInt(end - start),
        }));
        expect(sum([view.totals(asked, { range })])).toEqual(sum([counted]));
      }),
      { numRuns: 60 },
    );
  });

  it('the order of the registers does not matter to sdm', () => {
    fc.assert(
      fc.property(vcpuInit, fc.integer({ min: 0, max: 0xffffffff }), (init, seed) => {
        const writes = [...(init.msrs as Iterable<readonly [number, bigint]>)];
        const isVariable = ([msr]: readonly [number, bigint]) => msr >= 0x200 && msr < 0x210;
        const shift = 2 * (seed % 8);
        const rotated = writes.map((write) =>
          isVariable(write) ? ([0x200 + ((write[0] - 0x200 + shift) % 16), write[1]] as const) : write,
        );
        const range = { start: 0, end: 2 ** 20 };
        for (const asked of ['mtrr', 'levels'] as const) {
          const spansWith = (msrs: Iterable<readonly [number, bigint]>) => {
            const view = engine.open(vcpu({ ...init, msrs }), policy('sdm'));
            return view.totals(asked, { range });
          };
          expect(spansWith(rotated.toReversed())).toEqual(spansWith(writes));
        }
      }),
      { numRuns: 60 },
    );
  });
});
