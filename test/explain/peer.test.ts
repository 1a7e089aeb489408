import { afterAll, describe, expect, it } from 'vitest';
import { createEvaluatorSync } from '../../src/engine/index.ts';
import { explainPeer } from '../../src/explain/index.ts';
import { PEERS, policy } from '../../src/policy/index.ts';
import { UC, WB, WP, WT } from '../../src/types.ts';
import { type VcpuInit, vcpu } from '../../src/vm/index.ts';
import { rounds } from '../rounds.ts';
import { randomCase } from './random-case.ts';

const evaluator = createEvaluatorSync({ engine: 'reference' });
afterAll(() => evaluator.dispose());

/** Ranges of 2 MiB at 4 MiB, one behind the other in the registers, all over one another. */
const stacked = (types: readonly number[], more: Partial<VcpuInit> = {}): VcpuInit => ({
  maxphyaddr: 36,
  msrs: [
    ...types.flatMap((type, index): [number, bigint][] => [
      [0x200 + 2 * index, 0x400000n | BigInt(type)],
      [0x201 + 2 * index, 0xfffe00800n],
    ]),
    [0x2ff, 0x800n],
  ],
  ...more,
});
const told = (name: string, types: readonly number[]) =>
  explainPeer(evaluator.view(vcpu(stacked(types)), policy(name)), 0x400);

describe('explainPeer', () => {
  it.each(PEERS.map(({ name }) => name))('%s: agrees with the engine on random pages', (name) => {
    const seeds = rounds(40, 400);
    let count = 0;
    const rules = new Set<string>();
    for (let seed = 0; seed < seeds; seed++) {
      const one = randomCase(seed);
      if (!one) continue;
      // It throws where it is not what the engine says.
      rules.add(explainPeer(evaluator.view(vcpu(one.init), policy(name)), one.gfn).rule);
      count += 1;
    }
    expect(count).toBeGreaterThan(seeds / 2);
    expect(rules.size).toBeGreaterThan(1);
  });

  it('shows that HyperDbg stops one range too late', () => {
    const { type, steps, manual } = told('peer-hyperdbg', [UC, WB, WT]);
    expect([type, manual.type]).toEqual([WB, UC]);
    expect(steps.map((step) => [step.register.index, step.type, step.isLast])).toEqual([
      [0, UC, false],
      [1, WB, true],
    ]);
  });

  it('shows that HyperPlatform stops at UC, and keeps WT over WB only if WB came first', () => {
    expect(told('peer-hyperplatform', [WB, UC, WB]).steps.map(({ isLast }) => isLast)).toEqual([false, true]);
    expect([told('peer-hyperplatform', [WT, WB]).type, told('peer-hyperplatform', [WB, WT]).type]).toEqual([
      WB,
      WT,
    ]);
  });

  it('shows ranges that do not count', () => {
    const { rule, type, steps } = told('peer-hvpp', [WT, WB]);
    expect({ rule, type, types: steps.map((step) => step.type) }).toEqual({
      rule: 'default',
      type: UC,
      types: [undefined, undefined],
    });
  });

  it('has no answer where the peer has none, and refuses what is no peer', () => {
    const off = vcpu({ maxphyaddr: 36 });
    expect(explainPeer(evaluator.view(off, policy('peer-linux-6.4')), 0)).toMatchObject({
      type: -1,
      rule: 'disabled',
    });
    expect(() => explainPeer(evaluator.view(off, policy('sdm')), 0)).toThrow(/expected a peer's policy/);
  });
});

describe("Xen's entry, told", () => {
  it('with the host frame, its type and the registers that give it', () => {
    const guest = vcpu({
      maxphyaddr: 36,
      noncoherentDma: true,
      msrs: { 0x2ff: 0x804n },
      hostMsrs: { 0x2ff: 0x806n, 0x200: 0xc0000005n, 0x201: 0xfffc0000800n },
      slots: [{ gfn: 0, count: 0x100, pfn: 0xc0000 }],
    });
    const view = evaluator.view(guest, policy('peer-xen-ept'));
    const { entry } = explainPeer(view, 0x10);
    expect(entry).toMatchObject({ rule: 'merged', type: WP, ipat: 0 });
    expect(entry?.host).toMatchObject({ pfn: 0xc0010, type: WP, matches: [{ index: 0, type: WP }] });
    expect(explainPeer(view, 0x100).entry).toEqual({ rule: 'merged', type: WT, ipat: 0 });
  });
});
