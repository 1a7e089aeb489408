import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/index.ts';
import { FUZZED_POLICIES } from '../../src/fuzz/generate.ts';
import { CASE_KINDS, generateCase, probeOf } from '../../src/fuzz/index.ts';
import { Random } from '../../src/fuzz/random.ts';
import { policy } from '../../src/policy/index.ts';
import { frameCount, vcpuOf } from '../../src/vm/index.ts';
import { configLines } from '../../src/write/index.ts';

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
