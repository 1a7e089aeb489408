/** Comparisons that visit no page, against every page of what `direct` answers for both sides. */
import { describe, expect, it } from 'vitest';
import { wantsOf } from '../../src/policy/index.ts';
import type { PatType } from '../../src/types.ts';
import { frameCount, vcpu } from '../../src/vm/index.ts';
import { createAutoEngine, createDirectEngine, loadWasm } from '../../src/wasm/index.ts';
import { Rng } from '../generators/rng.ts';
import { interestingFrames, POLICIES, randomVcpu, VCPU_KINDS } from '../generators/vcpu.ts';
import { rounds } from '../rounds.ts';
import { answersOf, keyOf } from './by-pages.ts';

const PAGES = 3000;
const KINDS = VCPU_KINDS.filter((kind) => kind !== 'refused' && kind !== 'many-ranges');
const PATS: readonly PatType[] = [0, 1, 4, 5, 6, 7];

describe('compare', () => {
  it.each(KINDS)('counts and lists what differs, %s', (kind) => {
    const rng = new Rng(100 + KINDS.indexOf(kind));
    const auto = createAutoEngine(loadWasm());
    const direct = createDirectEngine(loadWasm());
    let differing = 0;
    for (let n = 0; n < rounds(4, 12); n++) {
      const init = randomVcpu(rng, kind);
      const other = { ...randomVcpu(rng, kind), maxphyaddr: init.maxphyaddr };
      const sides = [init, other].map((each) => {
        const kept = (each.msrs as [number, bigint][]).filter(
          ([, value]) => value >> BigInt(init.maxphyaddr) === 0n,
        );
        const policy = rng.pick(POLICIES);
        const machine = vcpu({
          ...each,
          msrs: kept,
          ...(each.slots && { slots: each.slots.filter(({ gfn, count }) => gfn + count <= 2 ** 20) }),
        });
        return { policy, auto: auto.open(machine, policy), direct: direct.open(machine, policy) };
      });
      const [a, b] = [sides[0]!, sides[1]!];
      const wants = wantsOf(a.policy).filter((want) => wantsOf(b.policy).includes(want));
      const frames = frameCount(init.maxphyaddr);
      const start = Math.max(0, Math.min(frames - PAGES, rng.pick(interestingFrames(init)) - 1000));
      const range = { start, end: Math.min(frames, start + PAGES) };
      const pat = rng.pick(PATS);
      for (const want of wants) {
        const left = answersOf(a.direct, want, range, pat);
        const right = answersOf(b.direct, want, range, pat);
        const matrix = new Map<string, bigint>();
        const different = new Set<number>();
        left.forEach((answer, i) => {
          const pair = `${keyOf(answer, false)} | ${keyOf(right[i]!, false)}`;
          matrix.set(pair, (matrix.get(pair) ?? 0n) + 1n);
          if (keyOf(answer, true) !== keyOf(right[i]!, true)) different.add(range.start + i);
        });
        const comparison = auto.compare!(a.auto, b.auto, want, { range, pat });
        const found = new Map(
          comparison.matrix.map((cell) => [`${keyOf(cell.a, false)} | ${keyOf(cell.b, false)}`, cell.pages]),
        );
        const listed: number[] = [];
        for (const span of comparison.spans()) {
          for (let gfn = span.start; gfn < span.end; gfn++) listed.push(gfn);
        }
        const where = { kind, n, want, a: a.policy.name, b: b.policy.name };
        expect({ ...where, pages: comparison.pages, compared: comparison.compared }).toEqual({
          ...where,
          pages: BigInt(different.size),
          compared: BigInt(range.end - range.start),
        });
        expect({ ...where, matrix: [...found].sort() }).toEqual({ ...where, matrix: [...matrix].sort() });
        expect({ ...where, listed }).toEqual({ ...where, listed: [...different] });
        differing += different.size;
      }
      for (const side of sides) {
        side.auto.dispose();
        side.direct.dispose();
      }
    }
    expect(differing).toBeGreaterThan(0);
  });

  it('of a view with itself finds nothing, and the other way round the same', () => {
    const rng = new Rng(7);
    const auto = createAutoEngine(loadWasm());
    for (let n = 0; n < rounds(6, 20); n++) {
      const init = randomVcpu(rng, 'holes');
      const [p, q] = [rng.pick(POLICIES), rng.pick(POLICIES)];
      const [a, b] = [auto.open(vcpu(init), p), auto.open(vcpu(init), q)];
      expect(auto.compare!(a, a, 'ept').pages).toBe(0n);
      expect([...auto.compare!(b, b, 'ept').spans()]).toEqual([]);
      const [there, back] = [auto.compare!(a, b, 'ept'), auto.compare!(b, a, 'ept')];
      expect(there.pages).toBe(back.pages);
      expect(there.matrix.reduce((sum, cell) => sum + cell.pages, 0n)).toBe(
        BigInt(frameCount(init.maxphyaddr)),
      );
      a.dispose();
      b.dispose();
    }
  });
});
