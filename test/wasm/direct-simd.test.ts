/** The SIMD lookup against the scalar one, which asks the rule page by page. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DIRECT_STATE_SIZE, TYPES_SLACK } from '../../assembly/direct/state-layout.ts';
import { WrmsrFault } from '../../src/errors.ts';
import { type Policy, policy } from '../../src/policy/index.ts';
import type { EngineView } from '../../src/vm/engine.ts';
import { frameCount, type Vcpu, vcpu } from '../../src/vm/index.ts';
import { createDirectEngine, loadWasm } from '../../src/wasm/index.ts';
import { viewBlockSize, writeViewBlock } from '../../src/wasm/view-block.ts';
import { vcpuArbitrary } from '../generators/arbitrary.ts';
import { Rng } from '../generators/rng.ts';
import { interestingFrames, POLICIES, randomVcpu, VCPU_KINDS } from '../generators/vcpu.ts';
import { rounds } from '../rounds.ts';

const simd = createDirectEngine(loadWasm());
const scalar = createDirectEngine(loadWasm(), { simd: false });

function openBoth(described: Vcpu, rule: Policy): readonly [EngineView, EngineView] | undefined {
  try {
    return [simd.open(described, rule), scalar.open(described, rule)];
  } catch (error) {
    if (error instanceof WrmsrFault) return undefined;
    throw error;
  }
}

function expectSameTile(views: readonly [EngineView, EngineView], first: number, count: number): void {
  const [left, right] = views;
  const where = `${left.policy.name}, ${count} frames from 0x${first.toString(16)}`;
  expect(Buffer.from(left.types(first, count)).equals(right.types(first, count)), `types, ${where}`).toBe(
    true,
  );
  expect([...left.entries(first, count)], `entries, ${where}`).toEqual([...right.entries(first, count)]);
}

describe.each(VCPU_KINDS)('SIMD equals scalar on %s VMs', (kind) => {
  it('in windows of any start and length', () => {
    const rng = new Rng(VCPU_KINDS.indexOf(kind));
    let compared = 0;
    for (let i = 0; i < rounds(14, 40); i++) {
      const init = randomVcpu(rng, kind);
      const views = openBoth(vcpu(init), kind === 'many-ranges' ? policy('sdm') : rng.pick(POLICIES));
      if (!views) continue;
      const marks = interestingFrames(init);
      for (let window = 0; window < 4; window++) {
        const first = Math.max(0, rng.pick(marks) - rng.below(100));
        const count = Math.min(rng.pick([1, 15, 16, 33, 200, 1100]), frameCount(init.maxphyaddr) - first);
        expectSameTile(views, first, count);
        compared += count;
      }
      for (const view of views) view.dispose();
    }
    if (kind === 'refused') expect(compared).toBe(0);
    else expect(compared).toBeGreaterThan(2000);
  });
});

describe('where the upper bits of a frame number change inside a tile', () => {
  const tom2 = { 0xc0010010: 0x600000n, 0xc001001d: 0x1_8080_0000n };
  const high = {
    0x200: 0xff_ffff_e000_0000n & ((1n << 52n) - 1n),
    0x201: 0xf_ffff_e000_0800n,
    0x2ff: 0x805n,
  };
  const low = { 0x202: 6n, 0x203: 0xf_ffff_8000_0800n, 0x204: 0x1_2000_0004n, 0x205: 0xf_ffff_f000_0800n };
  const described = vcpu({ maxphyaddr: 52, msrs: { ...tom2, ...high, ...low } });
  it.each([
    ['2^16', 0x10000],
    ['4 GiB, where TOM2 begins to force WB', 0x100000],
    ['the end of TOM2', 0x180800],
    ['2^32', 2 ** 32],
    ['2^39', 2 ** 39],
    ['the end of the space', 2 ** 40],
  ])('at %s', (_, edge) => {
    for (const name of ['sdm', 'kvm-5.16']) {
      const views = openBoth(described, policy(name))!;
      const count = Math.min(401, 2 ** 40 - (edge - 201));
      expectSameTile(views, edge - 201, count);
      if (name === 'sdm' && (edge === 0x100000 || edge === 0x180800)) {
        expect([...views[0].types(edge - 1, 2)]).toEqual(edge === 0x100000 ? [5, 6] : [6, 5]);
      }
    }
  });
});

it('is right for 40 ranges with any masks', () => {
  const rng = new Rng(40);
  for (let i = 0; i < rounds(8, 20); i++) {
    const views = openBoth(vcpu(randomVcpu(rng, 'many-ranges')), policy('sdm'))!;
    expectSameTile(views, rng.below(0x10000), 3000);
  }
});

it('equals the scalar lookup on whatever fast-check finds', () => {
  fc.assert(
    fc.property(
      vcpuArbitrary(36, 8),
      fc.integer({ min: 0, max: 2 ** 24 - 200 }),
      fc.constantFrom('sdm', 'kvm-5.16', 'kvm-6.16'),
      (init, first, name) => {
        const views = openBoth(vcpu(init), policy(name))!;
        expectSameTile(views, first, 200);
        expectSameTile(views, first & 0xfff, 200);
        for (const view of views) view.dispose();
      },
    ),
    { numRuns: rounds(20, 60), seed: 7 },
  );
});

describe('the kernels themselves', () => {
  const module = loadWasm();
  const described = vcpu({
    maxphyaddr: 40,
    noncoherentDma: true,
    msrs: {
      0x200: 0x123006n,
      0x201: 0xf0_ffff_f800n & ~0x700n,
      0x202: 4n,
      0x203: 0xff_fff0_5800n,
      0x2ff: 0x801n,
    },
  });
  const block = module.allocate(viewBlockSize(described));
  const state = module.allocate(DIRECT_STATE_SIZE);
  const out = module.allocate(4096);
  const other = module.allocate(4096);

  it.each(['sdm', 'kvm-5.16'])('MTRR types of %s are the same by both', (name) => {
    writeViewBlock(module, block, described, policy(name));
    expect(module.exports.directOpen(block, state)).toBe(-1);
    module.exports.directMtrrTypes(state, 100, 0, 3000, out);
    module.exports.directMtrrTypesScalar(state, 100, 0, 3000, other);
    const types = module.bytes.slice(out, out + 3000);
    expect(new Set(types).size).toBeGreaterThan(1);
    expect(types).toEqual(module.bytes.slice(other, other + 3000));
    expect(module.exports.directType(state, 100, 0)).toBe(types[0]);
  });

  it('write no further than they say', () => {
    writeViewBlock(module, block, described, policy('sdm'));
    module.exports.directOpen(block, state);
    for (const count of [1, 31, 32, 33, 1000]) {
      module.bytes.fill(0xee, out, out + 4096);
      module.exports.directTypes(state, 0x1000, 0, count, out + 64);
      expect(module.bytes.slice(out, out + 64).every((byte) => byte === 0xee)).toBe(true);
      const end = out + 64 + count + TYPES_SLACK;
      expect(module.bytes.slice(end, out + 4096).every((byte) => byte === 0xee)).toBe(true);
    }
    module.bytes.fill(0xee, out, out + 4096);
    module.exports.directEntries(state, 0x1000, 0, 17, out + 64);
    expect(module.bytes.slice(out, out + 64).every((byte) => byte === 0xee)).toBe(true);
    expect(module.bytes.slice(out + 64 + 32 * 8, out + 4096).every((byte) => byte === 0xee)).toBe(true);
  });

  it.each([
    ['all frames mapped', described],
    ['some frames mapped', vcpu({ maxphyaddr: 52, slots: [{ gfn: 0x400, count: 0x700, pfn: 0x10400 }] })],
  ])('give levels page by page, %s', (_, machine) => {
    writeViewBlock(module, block, machine, policy('kvm-5.16'));
    module.exports.directOpen(block, state);
    module.exports.directLevels(state, 0, 0, 4096, out);
    const view = simd.open(machine, policy('kvm-5.16'));
    for (const { start, end, level } of view.spans('levels', { range: { start: 0, end: 4096 } })) {
      expect(module.bytes.slice(out + start, out + end).every((byte) => byte === level)).toBe(true);
    }
  });
});

it('merges the types of the host up to where the guest ends', () => {
  const machine = vcpu({
    maxphyaddr: 40,
    noncoherentDma: true,
    msrs: { 0x2ff: 0x804n },
    // WC behind the first half of the guest, WB behind the rest.
    hostMsrs: { 0x200: 0x1000_0001n, 0x201: 0xf_ffff_ffe0_0800n, 0x2ff: 0x806n },
    slots: [{ gfn: 0x1000, count: 0x100, pfn: 0x10180 }],
  });
  const views = openBoth(machine, policy('peer-xen-ept'))!;
  for (const [first, count] of [
    [0x0fe0, 0x200],
    [0x1100, 0x100],
    [0x10f0, 0x11],
  ] as const) {
    expectSameTile(views, first, count);
  }
  expect([...views[0].types(0x107f, 2)]).toEqual([0, 4]);
  for (const view of views) view.dispose();
});
