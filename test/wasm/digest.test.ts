/** Digests without visiting pages are those of the entries that are really written, however a range is cut. */
import { describe, expect, it } from 'vitest';
import { joinDigests } from '../../src/engine/digest.ts';
import type { EngineView } from '../../src/vm/engine.ts';
import { DIGEST_MULTIPLIER, frameCount, TILE_FRAMES, vcpu } from '../../src/vm/index.ts';
import { createAutoEngine, createDirectEngine, loadWasm } from '../../src/wasm/index.ts';
import { Rng } from '../generators/rng.ts';
import { interestingFrames, POLICIES, randomVcpu, VCPU_KINDS } from '../generators/vcpu.ts';
import { rounds } from '../rounds.ts';

const KINDS = VCPU_KINDS.filter((kind) => kind !== 'refused' && kind !== 'many-ranges');

function digestOf(entries: BigUint64Array): bigint {
  return entries.reduce((sum, entry) => BigInt.asUintN(64, sum * DIGEST_MULTIPLIER + entry), 0n);
}

/** Opens the same random VMs with both Wasm engines. */
function* views(
  seed: number,
): Generator<{ auto: EngineView; direct: EngineView; rng: Rng; marks: readonly number[] }> {
  const rng = new Rng(seed);
  const auto = createAutoEngine(loadWasm());
  const direct = createDirectEngine(loadWasm());
  for (let n = 0; n < rounds(12, 60); n++) {
    const init = randomVcpu(rng, KINDS[n % KINDS.length]!);
    const policy = rng.pick(POLICIES);
    const pair = { auto: auto.open(vcpu(init), policy), direct: direct.open(vcpu(init), policy) };
    yield { ...pair, rng, marks: interestingFrames(init) };
    pair.auto.dispose();
    pair.direct.dispose();
  }
}

describe('digest', () => {
  it('is that of the written entries', () => {
    for (const { auto, direct, rng, marks } of views(1)) {
      const frames = frameCount(auto.vcpu.maxphyaddr);
      const count = rng.between(1, 3000);
      const start = Math.max(0, Math.min(frames - count, rng.pick(marks) - rng.below(count)));
      const range = { start, end: start + count };
      const expected = digestOf(auto.entries(start, count));
      expect(digestOf(direct.entries(start, count))).toBe(expected);
      expect(auto.digest(range)).toBe(expected);
      expect(direct.digest(range)).toBe(expected);
    }
  });

  it('of shards, joined, is that of the whole', () => {
    for (const { auto, rng } of views(2)) {
      const frames = frameCount(auto.vcpu.maxphyaddr);
      const cuts = [0, ...Array.from({ length: rng.between(0, 6) }, () => rng.below(frames + 1)), frames];
      cuts.sort((a, b) => a - b);
      let joined = 0n;
      for (let i = 1; i < cuts.length; i++) {
        const shard = { start: cuts[i - 1]!, end: cuts[i]! };
        joined = joinDigests(joined, auto.digest(shard), BigInt(shard.end - shard.start));
      }
      expect(joined).toBe(auto.digest());
    }
  });

  it('depends on the order of entries, and is 0 for none', () => {
    const engine = createAutoEngine(loadWasm());
    const policy = POLICIES[0]!;
    const [low, high] = [6n, 0x100000006n].map((base) =>
      engine.open(
        vcpu({
          maxphyaddr: 36,
          msrs: [
            [0x200, base],
            [0x201, 0xf00000800n],
            [0x2ff, 0x800n],
          ],
        }),
        policy,
      ),
    );
    expect(low!.totals('ept')).toEqual(high!.totals('ept'));
    expect(low!.digest()).not.toBe(high!.digest());
    expect(low!.digest({ start: 5, end: 5 })).toBe(0n);
  });

  it('of all pages of 52 address bits is that of its halves, cut by ranges or not', () => {
    const engine = createAutoEngine(loadWasm());
    const half = 2 ** 39;
    // The second: a mask with holes, nothing else.
    for (const msrs of [{}, { 0x200: 0x1006n, 0x201: 0x8_0000_0000_1800n, 0x2ff: 0x800n }]) {
      const view = engine.open(vcpu({ maxphyaddr: 52, noncoherentDma: true, msrs }), POLICIES[0]!);
      const [low, high] = [view.digest({ start: 0, end: half }), view.digest({ start: half, end: 2 * half })];
      expect(view.digest()).toBe(joinDigests(low, high, BigInt(half)));
    }
    engine.dispose();
  });

  it('of a buffer that is filled in place is that of its tiles', () => {
    const engine = createAutoEngine(loadWasm());
    // Longer than one call, whose runs are written as several streams.
    const frames = 2 ** 17 + 3 * TILE_FRAMES + 1237;
    const buffer = engine.entryBuffer!(frames);
    for (const kind of KINDS) {
      const view = engine.open(vcpu(randomVcpu(new Rng(30), kind)), POLICIES[0]!);
      for (const first of [0x77, 0x80002]) {
        view.fill!(buffer, first);
        expect(digestOf(buffer.entries)).toBe(view.digest({ start: first, end: first + frames }));
      }
    }
    expect(() => engine.open(vcpu({ maxphyaddr: 32 }), POLICIES[0]!).fill!(buffer, 2 ** 20)).toThrow(
      'expected a frame number',
    );
    buffer.dispose();
    buffer.dispose();
    expect(() => buffer.entries).toThrow(expect.objectContaining({ code: 'disposed' }));
  });
});
