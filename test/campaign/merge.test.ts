/** Folders of shards become one; and what contradicts itself is named. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type BlockFile, blockFileText, readBlockFile } from '../../src/campaign/block-file.ts';
import { mergeFolders } from '../../src/campaign/merge.ts';
import { blocksOf } from '../../src/campaign/shard.ts';
import { giveUp } from '../../src/campaign/starts.ts';
import { statusOf } from '../../src/campaign/status.ts';
import { foldBlocks } from '../../src/campaign/summary.ts';
import { blockAt } from '../../src/sweep/index.ts';
import { campaignOfBlocks, contentOf, runHere, withFolder } from './campaign.ts';

const BLOCKS = 7;
const campaign = await campaignOfBlocks(BLOCKS);

/** Two folders with a third and two thirds of the blocks, and one to merge them into. */
async function withShards(use: (a: string, b: string, target: string) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const [a, b] = [join(folder, 'a'), join(folder, 'b')];
    await runHere(a, campaign, { blocks: [...blocksOf(BLOCKS, { index: 0, of: 3 })] });
    await runHere(b, campaign, { blocks: [1, 2, 4, 5] });
    await use(a, b, join(folder, 'whole'));
  });
}

function blockFile(folder: string, index: number): string {
  const name = readdirSync(join(folder, 'blocks/00')).find((one) => one.startsWith(`00000${index}-`))!;
  return join(folder, 'blocks/00', name);
}

it('gives what one run gives', () =>
  withShards(async (a, b, target) => {
    expect(await mergeFolders([a, b], target)).toMatchObject({ copied: BLOCKS, torn: [] });
    expect(await mergeFolders([b, a], target)).toMatchObject({ copied: 0 });
    await withFolder(async (whole) => {
      await runHere(whole, campaign);
      const own = ['campaign.lock.json', 'started/'];
      expect(contentOf(target, own)).toEqual(contentOf(whole, own));
      expect((await foldBlocks(target, campaign)).digest).toBe((await foldBlocks(whole, campaign)).digest);
    });
  }));

it('names both files of a block that has two results', () =>
  withShards(async (a, b, target) => {
    await runHere(b, campaign, { blocks: [3] });
    const file = blockFile(b, 3);
    const content = readBlockFile(readFileSync(file, 'utf8')) as BlockFile<{ digest: string }>;
    writeFileSync(
      file,
      blockFileText({ ...content, counters: { ...content.counters, digest: '0'.repeat(16) } }),
    );
    await expect(mergeFolders([a, b], target)).rejects.toThrow(
      `block 3 has two results: ${blockFile(a, 3)} and ${file} differ`,
    );
  }));

it('copies no table that is not the one its block vouches for', () =>
  withShards(async (a, b, target) => {
    const table = join(a, 'data/points/ask=totals', readdirSync(join(a, 'data/points/ask=totals'))[0]!);
    const bytes = readFileSync(table);
    bytes[20]! ^= 1;
    writeFileSync(table, bytes);
    await expect(mergeFolders([a, b], target)).rejects.toThrow(`${table}: its SHA-256 is not the one`);
  }));

it('leaves torn blocks out, says so, and takes them from whoever has them whole', () =>
  withShards(async (a, b, target) => {
    writeFileSync(blockFile(a, 3), '{');
    const { copied, torn } = await mergeFolders([a, b], target);
    expect({ copied, torn }).toEqual({ copied: BLOCKS - 1, torn: [`${blockFile(a, 3)}: it is torn`] });
    await runHere(b, campaign, { blocks: [3] });
    expect(await mergeFolders([a, b], target)).toMatchObject({ copied: 1 });
    expect((await statusOf(target)).folded.isComplete).toBe(true);
  }));

it('counts no block as failed that another folder had', () =>
  withShards(async (a, b) => {
    giveUp(a, await blockAt(campaign, 1), []);
    expect((await statusOf(a)).failures).toHaveLength(1);
    await mergeFolders([b], a);
    const { folded, failures } = await statusOf(a);
    expect({ isComplete: folded.isComplete, failures }).toEqual({ isComplete: true, failures: [] });
  }));

it('takes folders of one campaign alone', () =>
  withShards(async (a, b, target) => {
    rmSync(b, { recursive: true });
    await runHere(b, await campaignOfBlocks(BLOCKS, 2), { blocks: [0] });
    await expect(mergeFolders([a, b], target)).rejects.toThrow(`${a} and ${b} are of two campaigns`);
    rmSync(b, { recursive: true });
    await expect(mergeFolders([a, b], target)).rejects.toThrow(
      `${b}: no campaign.lock.json: not the results`,
    );
  }));
