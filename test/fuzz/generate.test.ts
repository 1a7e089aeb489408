import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/index.ts';
import { Evaluator } from '../../src/engine/index.ts';
import { WrmsrFault } from '../../src/errors.ts';
import { FUZZED_POLICIES } from '../../src/fuzz/generate.ts';
import {
  CASE_KINDS,
  type CaseKind,
  type FuzzCase,
  fuzz,
  generateCase,
  probeOf,
} from '../../src/fuzz/index.ts';
import { Random } from '../../src/fuzz/random.ts';
import { type Policy, policy } from '../../src/policy/index.ts';
import { createReferenceEngine } from '../../src/reference/index.ts';
import { frameCount, type Vcpu, vcpuOf } from '../../src/vm/index.ts';
import { createAutoEngine, loadWasm } from '../../src/wasm/index.ts';
import { configLines } from '../../src/write/index.ts';
import { rounds } from '../rounds.ts';

const cases = Array.from({ length: 600 }, (_, index) => generateCase(5, index));

describe('random numbers', () => {
  it('are the same for the same seed and stream, and others for another', () => {
    const words = (seed: number, stream?: number) => {
      const random = new Random(seed, stream);
      return Array.from({ length: 4 }, () => random.word());
    };
    expect(words(1)).toEqual(words(1, 0));
    expect(new Set([words(1), words(2), words(1, 1), words(0)].map(String)).size).toBe(4);
  });

  it('start from 64 bits of seed and as many of stream, each of which counts', () => {
    const first = (seed: bigint, stream: bigint) => new Random(seed, stream).bits(64);
    const bit = Array.from({ length: 64 }, (_, at) => 1n << BigInt(at));
    const starts = [first(0n, 0n), ...bit.map((one) => first(one, 0n)), ...bit.map((one) => first(0n, one))];
    expect(new Set(starts).size).toBe(129);
    // With 32 bits of both together these two were one.
    expect(generateCase(1, 0).vcpu).not.toEqual(generateCase(2, 1_045_150_978).vcpu);
    expect(generateCase(1n, 0)).toEqual(generateCase(1, 0));
    expect(generateCase(2n ** 40n + 1n, 0).vcpu).not.toEqual(generateCase(1, 0).vcpu);
  });

  it('spread evenly over what is asked for', () => {
    const random = new Random(3);
    const counts = new Array<number>(7).fill(0);
    for (let i = 0; i < 7000; i++) counts[random.below(7)]!++;
    for (const count of counts) expect(count).toBeGreaterThan(850);
    for (let i = 0; i < 1000; i++) {
      expect(random.below(2 ** 40)).toBeLessThan(2 ** 40);
      expect(random.bits(40) >> 40n).toBe(0n);
    }
  });
});

describe('random VMs', () => {
  it('keeps to the policies that are given, and changes nothing where none is', () => {
    const policies = [policy('kvm-5.16'), policy('sdm')];
    const names = Array.from({ length: 40 }, (_, index) => {
      return generateCase(5, index, CASE_KINDS, policies).policy.name;
    });
    expect(new Set(names)).toEqual(new Set(['kvm-5.16', 'sdm']));
    expect(generateCase(5, 77, CASE_KINDS)).toEqual(cases[77]);
  });

  it('are the same for the same seed and number', () => {
    expect(generateCase(5, 77)).toEqual(cases[77]);
    expect(generateCase(6, 77)).not.toEqual(cases[77]);
    expect(probeOf(5, cases[77]!)).toEqual(probeOf(5, cases[77]!));
  });

  it('are of every kind and policy', () => {
    expect(new Set(cases.map(({ kind }) => kind))).toEqual(new Set(CASE_KINDS));
    expect(new Set(cases.map(({ policy }) => policy.name))).toEqual(new Set(FUZZED_POLICIES));
    expect(new Set(generateCase(1, 3, ['tom2']).kind)).toEqual(new Set('tom2'));
    expect(
      Math.max(...cases.map(({ vcpu }) => vcpu.msrs.filter(({ msr }) => msr < 0x250).length)),
    ).toBeGreaterThan(70);
  });

  it('are looked at inside their space', () => {
    for (const one of cases) {
      const frames = frameCount(one.vcpu.maxphyaddr);
      const { windows, frames: singles } = probeOf(5, one);
      for (const { start, end } of windows) {
        expect(start).toBeLessThan(end);
        expect(end).toBeLessThanOrEqual(frames);
      }
      for (const gfn of singles) expect(gfn).toBeLessThan(frames);
    }
  });

  it('are read back from the config that is written of them', () => {
    for (const { vcpu, policy } of cases.slice(0, 150)) {
      const { vm } = parseConfig([...configLines('again', vcpu, policy, ['a comment'])].join('\n'));
      expect({ ...vcpuOf(vm, 0) }).toEqual({ ...vcpu });
      expect(vm.policy).toBe(policy.name === 'sdm' ? policy : vm.policy);
      expect(vm.policy.name).toBe(policy.name);
    }
  });
});

describe('kinds', () => {
  const CASES = 80;
  const FRAME = 0xfffn;
  interface Pair {
    readonly base: bigint;
    readonly mask: bigint;
    readonly size: bigint;
    readonly hasHoles: boolean;
  }
  /** Ranges that are on: base, mask, and what the mask's lowest bit covers. */
  const pairsOf = ({ msrs, maxphyaddr }: Vcpu): readonly Pair[] => {
    const values = new Map(msrs.map(({ msr, value }) => [msr, value]));
    return [...values].flatMap(([msr, value]) => {
      const isMask = msr >= 0x200 && msr < 0x250 && msr % 2 === 1;
      if (!isMask || (value & 0x800n) === 0n) return [];
      const mask = value & ~FRAME;
      const size = mask & -mask;
      const whole = BigInt.asUintN(maxphyaddr, -size);
      return [{ base: (values.get(msr - 1) ?? 0n) & ~FRAME, mask, size, hasHoles: mask !== whole }];
    });
  };
  const overlap = (a: Pair, b: Pair): boolean => ((a.base ^ b.base) & a.mask & b.mask) === 0n;
  const has = (vcpu: Vcpu, ...numbers: readonly number[]): boolean =>
    numbers.every((number) => vcpu.msrs.some(({ msr }) => msr === number));
  const isRefused = (vcpu: Vcpu, chosen: Policy): boolean => {
    try {
      new Evaluator(createReferenceEngine()).view(vcpu, chosen).dispose();
      return false;
    } catch (error) {
      return error instanceof WrmsrFault;
    }
  };

  /** What has to hold of a case, and of how many percent of a kind's cases. */
  const PROPERTIES: Readonly<
    Record<CaseKind, readonly [percent: number, holds: (one: FuzzCase) => boolean]>
  > = {
    typical: [100, ({ vcpu }) => has(vcpu, 0x2ff) && pairsOf(vcpu).every(({ hasHoles }) => !hasHoles)],
    aligned: [
      100,
      ({ vcpu }) =>
        pairsOf(vcpu).every(({ base, size, hasHoles }) => !hasHoles && (base & (size - 1n)) === 0n),
    ],
    overlapping: [
      60,
      ({ vcpu }) =>
        pairsOf(vcpu).some((one, at, all) => all.slice(at + 1).some((other) => overlap(one, other))),
    ],
    'odd-base': [60, ({ vcpu }) => pairsOf(vcpu).some(({ base, mask }) => (base & ~mask) !== 0n)],
    holes: [60, ({ vcpu }) => pairsOf(vcpu).some(({ hasHoles }) => hasHoles)],
    refused: [60, ({ vcpu, policy: chosen }) => isRefused(vcpu, chosen)],
    slots: [
      100,
      ({ vcpu }) =>
        vcpu.slots.length > 0 && vcpu.slots.some(({ count }) => count < frameCount(vcpu.maxphyaddr)),
    ],
    mmio: [90, ({ vcpu }) => vcpu.mmio.length > 0],
    tom2: [100, ({ vcpu }) => has(vcpu, 0xc0010010, 0xc001001d)],
    'many-ranges': [100, ({ vcpu }) => has(vcpu, 0x200, 0x20c)],
    amd: [100, ({ vcpu }) => vcpu.vendor === 'amd'],
  };

  it.each(CASE_KINDS)('%s: what the name says is in its VMs', (kind) => {
    const [percent, holds] = PROPERTIES[kind];
    const met = Array.from({ length: CASES }, (_, index) => generateCase(9, index, [kind])).filter(holds);
    expect((100 * met.length) / CASES).toBeGreaterThanOrEqual(percent);
  });

  it('of registers alone are of their kind alone: no holes where none are announced', () => {
    const others = CASE_KINDS.filter((kind) =>
      ['typical', 'aligned', 'overlapping', 'odd-base'].includes(kind),
    );
    for (let index = 0; index < CASES; index++)
      for (const { hasHoles } of pairsOf(generateCase(9, index, others).vcpu)) expect(hasHoles).toBe(false);
  });

  it('together reach every rule', async () => {
    const engines = [new Evaluator(createAutoEngine(loadWasm()))];
    const { rules } = await fuzz({ seed: 1, count: rounds(1000, 6000), engines });
    const unreached = rules.filter(({ count }) => count === 0).map(({ rule }) => rule);
    // Rare pairs of types take the full run.
    expect(unreached.slice(rounds(10, 0))).toEqual([]);
  });
});
