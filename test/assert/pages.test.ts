import { afterAll, describe, expect, it } from 'vitest';
import { type Judged, judge } from '../../src/assert/index.ts';
import { parseAssertions } from '../../src/config/assert/assertions.ts';
import { createEvaluatorSync } from '../../src/engine/index.ts';
import { WrmsrFault } from '../../src/errors.ts';
import { policy } from '../../src/policy/index.ts';
import { MEMORY_TYPES, type MemoryType, typeName, UNDEFINED } from '../../src/types.ts';
import { frameCount, type Vm, vcpuOf, vm } from '../../src/vm/index.ts';
import { Rng } from '../generators/rng.ts';
import { randomVcpu, VCPU_KINDS } from '../generators/vcpu.ts';
import { rounds } from '../rounds.ts';
import { inputOf } from './assert-input.ts';

const engine = createEvaluatorSync({ engine: 'auto' });
const direct = createEvaluatorSync({ engine: 'direct' });
afterAll(() => {
  engine.dispose();
  direct.dispose();
});

/** What the page-by-page engine says of a stretch. */
function byPages(machine: Vm, rule: string, start: number, end: number, types: readonly number[]) {
  const view = direct.view(vcpuOf(machine, 0), policy(rule));
  const found = [...view.typesInto(new Uint8Array(end - start), start)].map((type) =>
    type === 0xff ? UNDEFINED : type,
  );
  view.dispose();
  const isWrong = (type: number) => !types.includes(type);
  return { found, wrong: found.filter(isWrong).length, first: found.findIndex(isWrong) };
}

describe('against a page-by-page engine', () => {
  it.each(['sdm', 'kvm-5.16', 'kvm-6.6', 'kvm-6.16'])(
    '%s: verdicts, counts and stretches of random rules',
    (rule) => {
      const rng = new Rng(rule.length * 7 + 1);
      const count = rounds(30, 250);
      let broken = 0;
      let held = 0;
      for (let round = 0; round < count; round++) {
        const init = randomVcpu(rng, rng.pick(VCPU_KINDS.filter((kind) => kind !== 'refused')));
        const frames = frameCount(init.maxphyaddr);
        const { maxphyaddr, slots, mmio, quirks, selfSnoop, noncoherentDma, ...own } = init;
        const machine = vm({
          maxphyaddr,
          ...(mmio && { mmio }),
          ...(quirks && { quirks }),
          ...(selfSnoop !== undefined && { selfSnoop }),
          noncoherentDma: noncoherentDma ?? rng.chance(0.8),
          vcpus: [own],
        });
        const size = rng.between(1, 20_000);
        const start = Math.min(rng.chance(0.5) ? rng.below(0x400) : rng.below(frames), frames - size);
        const end = start + size;
        const types: MemoryType[] = MEMORY_TYPES.filter(() => rng.chance(0.5));
        if (types.length === 0) types.push(6);
        const text = `0x${(BigInt(start) << 12n).toString(16)}-0x${((BigInt(end) << 12n) - 1n).toString(16)}`;
        const list = types.map(typeName).join(', ');
        const { assertions } = parseAssertions(`policy: ${rule}\n${text}: [${list}]\n`);
        let one: Judged;
        try {
          [one] = judge(inputOf(machine), assertions, engine, (index, asked) =>
            engine.view(vcpuOf(machine, index), asked),
          ) as readonly [Judged];
        } catch (error) {
          if (error instanceof WrmsrFault) continue;
          throw error;
        }
        const expected = byPages(machine, rule, start, end, types);
        const seed = { rule, round, text, list };
        expect({ ...seed, verdict: one.verdict, wrong: one.wrongPages }).toEqual({
          ...seed,
          verdict: expected.wrong > 0 ? 'FAIL' : 'PASS',
          wrong: BigInt(expected.wrong),
        });
        if (expected.wrong === 0) {
          held += 1;
          continue;
        }
        broken += 1;
        expect({ ...seed, first: one.breaches[0]?.start }).toEqual({
          ...seed,
          first: start + expected.first,
        });
        for (const { start: from, end: to, found } of one.breaches) {
          const here = expected.found.slice(from - start, to - start).map(typeName);
          expect(new Set(here)).toEqual(new Set([found.replace(' + IPAT', '')]));
        }
        const told = one.breaches.reduce((sum, breach) => sum + breach.end - breach.start, 0);
        if (!one.isCutShort) expect({ ...seed, told }).toEqual({ ...seed, told: expected.wrong });
      }
      expect(broken).toBeGreaterThan(count / 9);
      expect(held).toBeGreaterThan(count / 13);
    },
  );
});
