/** Stretches of one reason: they cover the range, and every page of one has the same answer and deciders. */
import { describe, expect, it } from 'vitest';
import { createEvaluatorSync } from '../../src/engine/index.ts';
import { type Explanation, explain, explainedStretches } from '../../src/explain/index.ts';
import { matchesFrame, nextMatchEdge } from '../../src/explain/matching.ts';
import { policy } from '../../src/policy/index.ts';
import { guestRegisters, vcpu } from '../../src/vm/index.ts';
import { Rng } from '../generators/rng.ts';
import { randomCase } from './random-case.ts';

/** What has to be equal on a stretch. */
function reasonOf({ answer, kvm, manual, usesMtrr }: Explanation): string {
  const names = (kvm?.matches ?? manual.matches).map(({ kind, msrs }) => `${kind} ${msrs[0]}`);
  return JSON.stringify([answer.type, answer.ipat, answer.level, usesMtrr && [(kvm ?? manual).rule, names]]);
}

describe('stretches', () => {
  it('join exactly the pages that share a reason', () => {
    let looked = 0;
    const evaluator = createEvaluatorSync();
    for (let seed = 900; seed < 960; seed++) {
      const one = randomCase(seed);
      if (!one) continue;
      const start = Math.max(0, Math.min(one.gfn - 20, 2 ** (one.init.maxphyaddr - 12) - 60));
      const range = { start, end: start + 60 };
      const view = evaluator.view(vcpu(one.init), one.policy);
      const stretches = [...explainedStretches(view, range)];
      expect(stretches[0]!.start).toBe(range.start);
      expect(stretches.at(-1)!.end).toBe(range.end);
      const reasons = Array.from({ length: 60 }, (_, k) =>
        reasonOf(explain(view, start + k, { changes: false })),
      );
      const edges = stretches.slice(1).map((stretch) => stretch.start);
      const expected = Array.from({ length: 59 }, (_, k) => k + 1).filter(
        (k) => reasons[k] !== reasons[k - 1],
      );
      // KVM's unseen ranges are part of the story too, so that a stretch may end where they do.
      expect(edges, `seed ${seed}`).toEqual(expect.arrayContaining(expected.map((k) => start + k)));
      if (one.policy.flags.mtrr !== 'kvm') expect(edges).toHaveLength(expected.length);
      view.dispose();
      looked += 1;
    }
    evaluator.dispose();
    expect(looked).toBeGreaterThan(40);
  });

  it('do not step over the edges of registers that decide nothing', () => {
    const evaluator = createEvaluatorSync();
    // Every other page of the space: 2^39 edges.
    const subject = vcpu({ maxphyaddr: 52, msrs: { 0x200: 0n, 0x201: 0x1800n, 0x2ff: 0x806n } });
    expect([...explainedStretches(evaluator.view(subject, policy('kvm-6.16')))]).toHaveLength(1);
    expect(explainedStretches(evaluator.view(subject, policy('sdm'))).next().value).toEqual({
      start: 0,
      end: 1,
    });
    evaluator.dispose();
  });

  it('tell WB by TOP_MEM2 and WB by default apart', () => {
    const GIB = 2 ** 18;
    const evaluator = createEvaluatorSync();
    const msrs = { 0x2ff: 0x806n, 0xc0010010: 0x600000n, 0xc001001d: 8n << 30n };
    expect([...explainedStretches(evaluator.view(vcpu({ maxphyaddr: 36, msrs }), policy('sdm')))]).toEqual([
      { start: 0, end: 4 * GIB },
      { start: 4 * GIB, end: 8 * GIB },
      { start: 8 * GIB, end: 64 * GIB },
    ]);
    evaluator.dispose();
  });

  it('name two registers of one type apart', () => {
    const evaluator = createEvaluatorSync();
    const msrs = { 0x200: 0n, 0x201: 0xffff00800n, 0x202: 0x100000n, 0x203: 0xffff00800n, 0x2ff: 0x806n };
    const view = evaluator.view(vcpu({ maxphyaddr: 36, msrs }), policy('sdm'));
    const stretches = [...explainedStretches(view, { start: 0, end: 0x300 })];
    expect(stretches).toEqual([
      { start: 0, end: 0x100 },
      { start: 0x100, end: 0x200 },
      { start: 0x200, end: 0x300 },
    ]);
    evaluator.dispose();
  });
});

describe('the next edge of a mask', () => {
  it('is where the compare first changes its mind', () => {
    const rng = new Rng(7);
    for (let i = 0; i < 300; i++) {
      // Only the low 10 frame bits are compared, so that an edge is near or never.
      const mask = (rng.bits(10) << 12n) | 0x800n;
      const base = rng.bits(10) << 12n;
      const registers = guestRegisters(vcpu({ maxphyaddr: 32, msrs: { 0x200: base, 0x201: mask } }));
      const [pair] = registers.variable;
      const gfn = rng.chance(0.2) ? registers.frames - 1 - rng.below(1024) : rng.below(4096);
      let expected: number | undefined;
      for (let at = gfn + 1; at < Math.min(registers.frames, gfn + 4096) && expected === undefined; at++) {
        if (matchesFrame(pair!, at) !== matchesFrame(pair!, gfn)) expected = at;
      }
      expect(nextMatchEdge(pair!, gfn, registers), `${mask.toString(16)} ${base} ${gfn}`).toBe(expected);
    }
  });
});
