import { describe, expect, it } from 'vitest';
import {
  blockAt,
  campaignId,
  canonicalText,
  RESULT_FORMAT,
  type SweepSpec,
  sha256,
} from '../../src/sweep/index.ts';

const SPEC: SweepSpec = {
  schema: 'eptsweep/sweep@1',
  ask: 'totals',
  against: null,
  want: 'ept',
  layouts: [{ kind: 'presets', names: ['precision-t3600'] }],
  dimensions: [{ paths: ['policy'], values: [['sdm'], ['kvm-5.16']] }],
  exclude: [],
  include: [],
  vcpus: 'first',
  keep: 'all',
  smallest: 20,
  verify: { auto: 1000, reference: 100000 },
  oracle: null,
};
const FOUNDATIONS = { format: RESULT_FORMAT, wasm: 'ab', policies: 'cd' };

describe('identity', () => {
  it('is SHA-256 as everybody has it', async () => {
    expect(await sha256('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(await sha256(new Uint8Array([97, 98, 99]))).toBe(await sha256('abc'));
  });

  it('does not depend on the order of keys, but on everything else', async () => {
    const id = await campaignId(SPEC, FOUNDATIONS);
    const turned = Object.fromEntries(Object.entries(SPEC).reverse()) as unknown as SweepSpec;
    expect(canonicalText(turned)).toBe(canonicalText(SPEC));
    expect(await campaignId(turned, FOUNDATIONS)).toBe(id);
    expect(await campaignId({ ...SPEC, smallest: 21 }, FOUNDATIONS)).not.toBe(id);
    expect(await campaignId(SPEC, { ...FOUNDATIONS, wasm: 'ac' })).not.toBe(id);
  });
});

describe('blocks', () => {
  const division = { id: 'x', layouts: 10n, combinations: 1, shardsPerPoint: 1, blocks: 3 };

  it('have the same number of points but for the last', async () => {
    const campaign = { ...division, points: 10n, pointsPerBlock: 4n };
    const blocks = await Promise.all([0, 1, 2].map((index) => blockAt(campaign, index)));
    expect(blocks.map(({ first, points }) => [first, points])).toEqual([
      [0n, 4n],
      [4n, 4n],
      [8n, 2n],
    ]);
    expect(new Set(blocks.map(({ id }) => id)).size).toBe(3);
    expect(blocks[2]).not.toHaveProperty('shard');
    expect((await blockAt({ ...campaign, id: 'y' }, 0)).id).not.toBe(blocks[0]?.id);
  });

  it('can be parts of a point', async () => {
    const campaign = { ...division, points: 2n, pointsPerBlock: 1n, shardsPerPoint: 64, blocks: 128 };
    expect(await blockAt(campaign, 65)).toMatchObject({ first: 1n, points: 1n, shard: { index: 1, of: 64 } });
  });

  it('end at the last one', async () => {
    const campaign = { ...division, points: 10n, pointsPerBlock: 4n };
    await expect(blockAt(campaign, 3)).rejects.toThrow('expected a block 0..2, got 3');
    await expect(blockAt(campaign, -1)).rejects.toThrow(RangeError);
  });
});
