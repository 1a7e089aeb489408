import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { policy } from '../../src/policy/index.ts';
import { createReferenceEngine } from '../../src/reference/index.ts';
import { LEAF_FRAMES } from '../../src/reference/level.ts';
import { type GfnRange, type Span, type Total, type Want, WB } from '../../src/types.ts';
import type { EngineView } from '../../src/vm/engine.ts';
import { vcpu } from '../../src/vm/index.ts';
import { rounds } from '../rounds.ts';
import { question } from './arbitrary.ts';
import { spansByPages } from './by-pages.ts';

const engine = createReferenceEngine();

/** The spans of a whole space, those before the limit where there are too many. */
function spansUpToLimit(view: EngineView, want: Want): readonly Span[] {
  const spans: Span[] = [];
  try {
    for (const span of view.spans(want)) spans.push(span);
  } catch (error) {
    expect(error).toMatchObject({ code: 'too-many-spans' });
    expect(spans).toHaveLength(65536);
  }
  return spans;
}

describe('cuts', () => {
  it('give what every page gives', () => {
    fc.assert(
      fc.property(question(1500), fc.integer({ min: 1, max: 1500 }), (asked, count) => {
        const { init, policy, want, pat, start } = asked;
        const range = { start, end: start + count };
        const guest = vcpu(init);
        const spans = [...engine.open(guest, policy).spans(want, { range, pat })];
        expect(spans).toEqual(spansByPages(guest, policy, want, range, pat));
      }),
      { numRuns: rounds(20, 150) },
    );
  });

  it('are right over whole spaces: far pages answer as the spans say', () => {
    const places = fc.array(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), { minLength: 1 });
    fc.assert(
      fc.property(question(1), fc.constantFrom('ept', 'effective'), places, (asked, want, fractions) => {
        const guest = vcpu(asked.init);
        const spans = spansUpToLimit(engine.open(guest, asked.policy), want);
        for (const fraction of fractions) {
          const gfn = Math.floor(fraction * spans.at(-1)!.end);
          const span = spans.find(({ start, end }) => start <= gfn && gfn < end)!;
          const page = { start: gfn, end: gfn + 1 };
          expect({ ...span, ...page }).toEqual(spansByPages(guest, asked.policy, want, page, WB)[0]);
        }
      }),
      { numRuns: rounds(10, 60) },
    );
  });

  it('answer at once where masks with holes repeat one answer without end', () => {
    const evenAndOdd = { 0x200: 6n, 0x201: 0x1800n, 0x202: 0x1006n, 0x203: 0x1800n, 0x2ff: 0x800n };
    const view = engine.open(vcpu({ maxphyaddr: 52, msrs: evenAndOdd }), policy('sdm'));
    expect([...view.spans('mtrr')]).toEqual([{ start: 0, end: 2 ** 40, type: 6 }]);
    expect([...view.spans('leaf')]).toEqual([{ start: 0, end: 2 ** 40, level: 3, entry: 0xb7n }]);
    const everyOther = { 0x200: 6n, 0x201: 0x1800n, 0x2ff: 0x800n };
    const levels = engine.open(vcpu({ maxphyaddr: 52, msrs: everyOther }), policy('sdm'));
    expect([...levels.spans('levels')]).toEqual([{ start: 0, end: 2 ** 40, level: 1 }]);
    expect(levels.totals('leaf')).toEqual([
      { level: 1, entry: 0x7n, pages: 2n ** 39n },
      { level: 1, entry: 0x37n, pages: 2n ** 39n },
    ]);
  });

  it('tell blocks apart that lie alike on either side of an edge', () => {
    const GIB = 2 ** 18;
    const end = 6.5 * GIB;
    const wbOnEvenPages = { 0x200: 6n, 0x201: 0x1800n };
    const forcedWb = { 0xc0010010: 0x600000n, 0xc001001d: BigInt(end) << 12n };
    const msrs = { ...wbOnEvenPages, ...forcedWb, 0x2ff: 0x800n };
    const view = engine.open(vcpu({ maxphyaddr: 34, msrs }), policy('sdm'));
    expect([...view.spans('mtrr', { range: { start: 4 * GIB, end: end + 4 } })]).toEqual([
      { start: 4 * GIB, end: end + 1, type: 6 },
      { start: end + 1, end: end + 2, type: 0 },
      { start: end + 2, end: end + 3, type: 6 },
      { start: end + 3, end: end + 4, type: 0 },
    ]);
    expect(view.totals('mtrr')).toEqual([
      { type: 0, pages: BigInt(2 * GIB + 4.75 * GIB) },
      { type: 6, pages: BigInt(2 * GIB + 2.5 * GIB + 4.75 * GIB) },
    ]);
  });

  it('tell blocks apart in which one register does the same and another does not', () => {
    const msrs = { 0x200: 6n, 0x201: 0x1800n, 0x202: 5n, 0x203: 0x800000800n, 0x2ff: 0x801n };
    const view = engine.open(vcpu({ maxphyaddr: 36, msrs }), policy('sdm'));
    expect(view.totals('mtrr')).toEqual([
      { type: -1, pages: 2n ** 22n },
      { type: 1, pages: 2n ** 22n },
      { type: 5, pages: 2n ** 22n },
      { type: 6, pages: 2n ** 22n },
    ]);
  });

  it('tell blocks of a large leaf from blocks that look the same beside it', () => {
    const GIB = 2 ** 18;
    const wbOnEvenAndOddPages = { 0x200: 6n, 0x201: 0x1800n, 0x202: 0x1006n, 0x203: 0x1800n };
    const ucFrom1536M = { 0x204: 0x60000000n, 0x205: 0xfe0000800n };
    const msrs = { ...wbOnEvenAndOddPages, ...ucFrom1536M, 0x2ff: 0x800n };
    const view = engine.open(vcpu({ maxphyaddr: 36, msrs }), policy('sdm'));
    expect([...view.spans('levels')]).toEqual([
      { start: 0, end: GIB, level: 3 },
      { start: GIB, end: 2 * GIB, level: 2 },
      { start: 2 * GIB, end: 64 * GIB, level: 3 },
    ]);
  });

  it('give up only beyond 65,536 spans', () => {
    const everyOther = { 0x200: 6n, 0x201: 0x1800n, 0x2ff: 0x800n };
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
      fc.property(question(6000), length, length, ({ init, policy, want, start }, left, right) => {
        const view = engine.open(vcpu(init), policy);
        const whole = { start, end: start + left + right };
        const parts = [
          { start, end: start + left },
          { start: start + left, end: whole.end },
        ];
        const spans = [...view.spans(want, { range: whole })];
        for (const range of parts) {
          expect([...view.spans(want, { range })]).toEqual(inside(spans, range));
        }
        const totals = parts.map((range) => view.totals(want, { range }));
        expect(sum(totals)).toEqual(sum([view.totals(want, { range: whole })]));
      }),
      { numRuns: 60 },
    );
  });

  it('totals count what the spans hold', () => {
    const room = 2 ** 15;
    fc.assert(
      fc.property(question(room), ({ init, policy, want, start: first }) => {
        const view = engine.open(vcpu(init), policy);
        const range = { start: first, end: first + room };
        const counted = [...view.spans(want, { range })].map(({ start, end, ...value }) => ({
          ...value,
          ...(value.entry && { entry: value.entry & ~0x000ffffffffff000n }),
          pages: BigInt(end - start),
        }));
        expect(sum([view.totals(want, { range })])).toEqual(sum([counted]));
      }),
      { numRuns: 60 },
    );
  });

  it('the order of the registers does not matter to sdm', () => {
    fc.assert(
      fc.property(question(1), fc.nat(39), ({ init }, turns) => {
        const writes = [...(init.msrs as Iterable<readonly [number, bigint]>)];
        const turned = writes.map(([msr, value]) => {
          const isVariable = msr >= 0x200 && msr < 0x250;
          return [isVariable ? 0x200 + ((msr - 0x200 + 2 * turns) % 80) : msr, value] as const;
        });
        for (const want of ['mtrr', 'levels'] as const) {
          const totalsWith = (msrs: Iterable<readonly [number, bigint]>) =>
            engine.open(vcpu({ ...init, msrs, vcnt: 40 }), policy('sdm')).totals(want);
          expect(totalsWith(turned.toReversed())).toEqual(totalsWith(writes));
        }
      }),
      { numRuns: 60 },
    );
  });
});
