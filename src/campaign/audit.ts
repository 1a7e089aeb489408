/** Which blocks are computed again: a sample that is the same for everybody, spread as hashes are. */
import type { Campaign } from '../sweep/index.ts';
import { sha256 } from './block-file.ts';

/**
 * Whether a block belongs to the sample.
 *
 * @param share - 0..1
 */
export function isSampled(campaign: Campaign, index: number, share: number): boolean {
  return Number.parseInt(sha256(`audit ${campaign.id} ${index}`).slice(0, 8), 16) < share * 2 ** 32;
}
