/** Cuts of long ranges against every page, and what spans promise: maximal, covering, the same in any pieces. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WrmsrFault } from '../../src/errors.ts';
import { type Policy, policy, wantsOf } from '../../src/policy/index.ts';
import type { GfnRange, Span, Want } from '../../src/types.ts';
import type { Engine, EngineView } from '../../src/vm/engine.ts';
import { frameCount, type VcpuInit, vcpu } from '../../src/vm/index.ts';
import { createDirectEngine, loadWasm } from '../../src/wasm/index.ts';
import { vcpuArbitrary } from '../generators/arbitrary.ts';
import { Rng } from '../generators/rng.ts';
import { interestingFrames, POLICIES, randomVcpu, VCPU_KINDS } from '../generators/vcpu.ts';
import { rounds } from '../rounds.ts';

const engine = createDirectEngine(loadWasm());

function open(init: VcpuInit, rule: Policy): EngineView | undefined {
  try {
    return engine.open(vcpu(init), rule);
  } catch (error) {
    if (error instanceof WrmsrFault) return undefined;
    throw error;
  }
}

function spansOf(view: EngineView, want: Want, range: GfnRange): Span[] {
  return [...view.spans(want, { range })];
}

/** A window of up to `count` frames around a place where something changes. */
function windowOf(rng: Rng, init: VcpuInit, count: number): GfnRange {
  const frames = frameCount(init.maxphyaddr);
  const start = Math.max(0, Math.min(frames - 1, rng.pick(interestingFrames(init)) - rng.below(count)));
  return { start, end: Math.min(frames, start + count) };
}

function policyFor(rng: Rng, kind: string): Policy {
  return kind === 'many-ranges' ? policy('sdm') : rng.pick(POLICIES);
}

/** Joins what was asked in pieces, as the protocol says that neighbours join. */
function joined(spans: readonly Span[]): Span[] {
  const whole: Span[] = [];
  for (const span of spans) {
    const last = whole.at(-1);
    const { start, end, entry, ...rest } = span;
    const size = 512 ** Math.max(0, (span.level ?? 1) - 1);
    const leaves = (frame: number): bigint => BigInt(frame - (frame % size)) << 12n;
    const follows =
      last !== undefined &&
      JSON.stringify([last.type, last.ipat, last.level]) ===
        JSON.stringify([rest.type, rest.ipat, rest.level]) &&
      (entry
        ? last.entry && last.entry + leaves(start) - leaves(last.start) === entry
        : last.entry === entry);
    if (follows) whole[whole.length - 1] = { ...last, end };
    else whole.push(span);
  }
  return whole;
}

describe.each(VCPU_KINDS.filter((kind) => kind !== 'refused'))('cuts on %s VMs', (kind) => {
  it('lie where types change, page by page', () => {
    const rng = new Rng(100 + VCPU_KINDS.indexOf(kind));
    for (let i = 0; i < rounds(5, 15); i++) {
      const init = randomVcpu(rng, kind);
      const view = open(init, policyFor(rng, kind))!;
      const range = windowOf(rng, init, 8192);
      const types = view.types(range.start, range.end - range.start).slice();
      const fromSpans = new Uint8Array(types.length);
      for (const { start, end, type } of spansOf(view, 'ept', range)) {
        fromSpans.fill(type! & 0xff, start - range.start, end - range.start);
      }
      expect(Buffer.from(fromSpans).equals(types)).toBe(true);
      view.dispose();
    }
  });

  it('leave no answer out: a piece of a range answers like the whole', () => {
    const rng = new Rng(200 + VCPU_KINDS.indexOf(kind));
    for (let i = 0; i < rounds(4, 12); i++) {
      const init = randomVcpu(rng, kind);
      const view = open(init, policyFor(rng, kind))!;
      const range = windowOf(rng, init, rng.pick([300, 2000, 0x80000]));
      for (const want of wantsOf(view.policy)) {
        const whole = spansOf(view, want, range);
        expect(whole[0]!.start).toBe(range.start);
        expect(whole.at(-1)!.end).toBe(range.end);
        const cuts = [0, 0, 0].map(() => rng.between(range.start, range.end)).sort((a, b) => a - b);
        const bounds = [range.start, ...cuts, range.end];
        const pieces = bounds.slice(1).flatMap((end, n) => spansOf(view, want, { start: bounds[n]!, end }));
        expect(joined(pieces), `${view.policy.name} ${want}`).toEqual(joined(whole));
        // A single page is asked by the rule alone: no cut has a part in it.
        for (let page = 0; page < 20; page++) {
          const gfn = rng.between(range.start, range.end - 1);
          const [single] = spansOf(view, want, { start: gfn, end: gfn + 1 });
          const span = whole.find(({ start, end }) => start <= gfn && gfn < end)!;
          const { entry, ...value } = single!;
          expect({
            ...value,
            start: span.start,
            end: span.end,
            ...(entry === undefined ? {} : { entry: span.entry }),
          }).toEqual(span);
        }
      }
      view.dispose();
    }
  });

  it('count to the totals, and spans are maximal', () => {
    const rng = new Rng(300 + VCPU_KINDS.indexOf(kind));
    for (let i = 0; i < rounds(4, 12); i++) {
      const init = randomVcpu(rng, kind);
      const view = open(init, policyFor(rng, kind))!;
      const range = windowOf(rng, init, 0x40000);
      for (const want of wantsOf(view.policy)) {
        const spans = spansOf(view, want, range);
        expect(joined(spans)).toEqual(spans);
        const pages = view.totals(want, { range }).reduce((sum, total) => sum + total.pages, 0n);
        expect(pages).toBe(BigInt(range.end - range.start));
      }
      view.dispose();
    }
  });
});

it('does not depend on the order of the registers under sdm', () => {
  fc.assert(
    fc.property(vcpuArbitrary(36, 6), (init) => {
      const msrs = [...(init.msrs as [number, bigint][])];
      const renumbered = msrs.map(([msr, value]) => [
        msr < 0x20c ? 0x200 + ((msr - 0x200 + 6) % 12) : msr,
        value,
      ]);
      const range = { start: 0, end: 0x4000 };
      const straight = open(init, policy('sdm'))!;
      const turned = open({ ...init, msrs: renumbered as [number, bigint][] }, policy('sdm'))!;
      expect(spansOf(turned, 'mtrr', range)).toEqual(spansOf(straight, 'mtrr', range));
    }),
    { numRuns: rounds(12, 60), seed: 11 },
  );
});

it('does not depend on the order of writes under KVM', () => {
  fc.assert(
    fc.property(vcpuArbitrary(36, 8), (init) => {
      const reversed = { ...init, msrs: [...(init.msrs as [number, bigint][])].reverse() };
      const [straight, turned] = [init, reversed].map((one) => open(one, policy('kvm-5.16'))!);
      for (const want of ['mtrr', 'levels'] as const) {
        expect([...turned!.spans(want)]).toEqual([...straight!.spans(want)]);
      }
    }),
    { numRuns: rounds(12, 60), seed: 12 },
  );
});

describe('long ranges', () => {
  const contiguous = vcpu({
    maxphyaddr: 52,
    noncoherentDma: true,
    msrs: {
      0x200: 6n,
      0x201: 0xf_ff00_0000_0800n,
      0x202: 0xc000_0000n,
      0x203: 0xf_ffff_c000_0800n,
      0x204: 0x8_0000_0000_1004n,
      0x205: 0xf_ffff_ffff_f800n,
      0x2ff: 0xc01n,
    },
  });

  it.each(['sdm', 'kvm-5.16'])('2^40 frames of contiguous masks take few cuts, policy %s', (name) => {
    const view = engine.open(contiguous, policy(name));
    for (const want of ['mtrr', 'ept', 'effective', 'levels', 'leaf'] as const) {
      const spans = [...view.spans(want)];
      expect(spans.at(-1)!.end).toBe(2 ** 40);
      expect(spans.length).toBeLessThan(40);
    }
    expect(view.totals('mtrr').reduce((sum, { pages }) => sum + pages, 0n)).toBe(2n ** 40n);
  });

  it('a slot that allows no large leaf is one span of 2^40 frames', () => {
    const slots = [{ gfn: 0, count: 2 ** 40, pfn: 0, maxLevel: 1 as const }];
    const view = engine.open(vcpu({ maxphyaddr: 52, msrs: { 0x2ff: 0x806n }, slots }), policy('sdm'));
    expect([...view.spans('leaf')]).toEqual([{ start: 0, end: 2 ** 40, level: 1, entry: 0x37n }]);
  });

  const everyOther = { 0x200: 6n, 0x201: 0x1800n };
  it('a mask that tells odd pages from even ones gives up after 65,536 spans', () => {
    const view = engine.open(vcpu({ maxphyaddr: 46, msrs: { ...everyOther, 0x2ff: 0x800n } }), policy('sdm'));
    const iterator = view.spans('mtrr');
    const first = Array.from({ length: 65536 }, () => iterator.next().value);
    expect(
      first.every((span, i) => span?.start === i && span.end === i + 1 && span.type === (i % 2 ? 0 : 6)),
    ).toBe(true);
    expect(() => iterator.next()).toThrow(expect.objectContaining({ code: 'too-many-spans' }));
    expect(view.totals('mtrr', { range: { start: 0, end: 200_000 } })).toEqual([
      { type: 0, pages: 100_000n },
      { type: 6, pages: 100_000n },
    ]);
  });

  it('matches that change no type are no cuts', () => {
    const msrs = { ...everyOther, 0x202: 0n, 0x203: 0x2000_0000_0800n, 0x2ff: 0x806n };
    const view = engine.open(vcpu({ maxphyaddr: 46, msrs }), policy('sdm'));
    expect([...view.spans('mtrr')]).toEqual([
      { start: 0, end: 2 ** 33, type: 0 },
      { start: 2 ** 33, end: 2 ** 34, type: 6 },
    ]);
    const unlike = { ...everyOther, 0x2ff: 0x800n };
    expect([...engine.open(vcpu({ maxphyaddr: 46, msrs: unlike }), policy('sdm')).spans('levels')]).toEqual([
      { start: 0, end: 2 ** 34, level: 1 },
    ]);
  });
});

it('keeps views apart that are walked in turns', () => {
  const view = (type: bigint): EngineView =>
    engine.open(
      vcpu({ maxphyaddr: 40, msrs: { 0x200: type, 0x201: 0x5800n, 0x2ff: 0x805n } }),
      policy('sdm'),
    );
  const [left, right] = [view(6n), view(4n)];
  const range = { start: 0, end: 30_000 };
  const [a, b] = [left.spans('mtrr', { range }), right.spans('mtrr', { range })];
  const spans: Span[] = [];
  for (let next = a.next(); !next.done; next = a.next()) {
    spans.push(next.value);
    b.next();
    right.types(0, 16384);
  }
  expect(spans).toEqual([...left.spans('mtrr', { range })]);
  left.dispose();
  left.dispose();
  expect([...right.spans('mtrr', { range: { start: 0, end: 2 } })]).toEqual([
    { start: 0, end: 1, type: 4 },
    { start: 1, end: 2, type: 5 },
  ]);
});

describe('a call of few steps', () => {
  /** As a walk that is cut so often that a call ends for it: the host gives each of its calls 65,536 steps. */
  function engineOf(steps: number): Engine {
    const module = loadWasm();
    const { exports } = module;
    Object.defineProperty(module, 'exports', {
      value: {
        ...exports,
        directSpans: (...args: Parameters<typeof exports.directSpans>) => {
          const written = exports.directSpans(...(args.with(8, steps) as typeof args));
          // A record a step at the most: it has come back when it had to.
          expect(written - args[6]).toBeLessThanOrEqual(steps);
          return written;
        },
      },
    });
    return createDirectEngine(module);
  }

  it.each([1, 2, 3, 7])('is gone on with by the next: %i', (steps) => {
    const few = engineOf(steps);
    const rng = new Rng(40 + steps);
    for (let n = 0; n < rounds(8, 60); n++) {
      const kind = rng.pick(VCPU_KINDS.filter((one) => one !== 'refused'));
      const init = randomVcpu(rng, kind);
      const rule = policyFor(rng, kind);
      const view = open(init, rule);
      if (!view) continue;
      const cut = few.open(vcpu(init), rule);
      const range = windowOf(rng, init, 400);
      for (const want of wantsOf(rule)) {
        expect({ kind, want, spans: [...cut.spans(want, { range })] }).toEqual({
          kind,
          want,
          spans: spansOf(view, want, range),
        });
      }
      cut.dispose();
      view.dispose();
    }
    few.dispose();
  });
});
