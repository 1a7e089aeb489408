/** The union of results folders of one campaign: for shards that had no disk in common. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Block, blockAt, type Campaign } from '../sweep/index.ts';
import { type BlockFile, sha256 } from './block-file.ts';
import { CampaignError } from './campaign-error.ts';
import { writeDurably } from './durable.ts';
import { openFolder, requireLock } from './lock.ts';
import { blocksThere, readBlock, textIfThere } from './results.ts';
import { blockPath } from './results-layout.ts';

/** What was merged. */
export interface Merged {
  readonly campaign: Campaign;
  /** Blocks that were copied. */
  readonly copied: number;
  /** What was left out since it is torn, a line each. */
  readonly torn: readonly string[];
}

/** The campaign of all folders. @throws CampaignError where they are of two */
function commonCampaign(folders: readonly string[]): Campaign {
  const locks = folders.map((folder) => ({ folder, campaign: requireLock(folder).campaign }));
  const [first, ...others] = locks;
  if (!first) throw new CampaignError('no folder to merge');
  for (const { folder, campaign } of others) {
    if (campaign.id !== first.campaign.id) {
      throw new CampaignError(
        `${first.folder} and ${folder} are of two campaigns (${first.campaign.id.slice(0, 16)} and ${campaign.id.slice(0, 16)})`,
      );
    }
  }
  return first.campaign;
}

/** A table of a block with its bytes. @throws CampaignError where they are not those that the block vouches for */
function tableBytes(folder: string, { path, sha256: expected }: BlockFile['tables'][number]): Uint8Array {
  const bytes = readFileSync(join(folder, path));
  if (sha256(bytes) === expected) return bytes;
  throw new CampaignError(`${join(folder, path)}: its SHA-256 is not the one that its block vouches for`);
}

function copyBlock(from: string, to: string, block: Block, file: BlockFile): void {
  for (const table of file.tables) writeDurably(to, table.path, tableBytes(from, table));
  const path = blockPath(block);
  writeDurably(to, path, readFileSync(join(from, path)));
}

/** Where each block of the target came from, for words about two that differ. */
type Sources = Map<number, string>;

/** Whether a block is there already. @throws CampaignError that names both where its bytes are others */
function isThere(from: string, to: string, block: Block, campaign: Campaign, sources: Sources): boolean {
  if (typeof readBlock(to, campaign, block) !== 'object') return false;
  const path = blockPath(block);
  if (textIfThere(join(from, path)) === textIfThere(join(to, path))) return true;
  const there = join(sources.get(block.index) ?? to, path);
  throw new CampaignError(
    `block ${block.index} has two results: ${there} and ${join(from, path)} differ; one machine computes wrongly, or a file was edited`,
  );
}

/**
 * Merges folders.
 *
 * @param folders - which are read
 * @param target - is made, or added to
 * @param onBlock - told of each block that was looked at
 * @throws CampaignError where folders are of two campaigns, or a block has other bytes in one than in another;
 * StorageError
 */
export async function mergeFolders(
  folders: readonly string[],
  target: string,
  onBlock: () => void = () => undefined,
): Promise<Merged> {
  const campaign = commonCampaign(folders);
  await openFolder(target, campaign);
  const sources: Sources = new Map();
  const torn: string[] = [];
  for (const folder of folders) {
    for (const index of blocksThere(folder, campaign)) {
      const block = await blockAt(campaign, index);
      const file = readBlock(folder, campaign, block);
      if (typeof file === 'string') torn.push(join(folder, file));
      else if (file && !isThere(folder, target, block, campaign, sources)) {
        copyBlock(folder, target, block, file);
        sources.set(index, folder);
      }
      onBlock();
    }
  }
  return { campaign, copied: sources.size, torn };
}
