/** A resolved spec becomes a campaign that can run. */
import { preset } from '../../config/index.ts';
import {
  type BlockRunner,
  type Campaign,
  campaignId,
  divide,
  foundations,
  runBlock,
  type SweepSpec,
} from '../../sweep/index.ts';
import { openWorld, type SweepSources } from './world.ts';

/** A campaign with what computes its blocks. */
export interface OpenedCampaign extends Disposable {
  readonly campaign: Campaign;
  /** Computes a block, one at a time. */
  readonly run: BlockRunner;
  /** Gives the engines' memory back. */
  dispose(): void;
}

/**
 * The campaign of a spec: its identity and its blocks.
 *
 * @param spec - as `parseSweep` resolved it
 * @returns the campaign; nothing runs
 * @example
 * const { spec } = parseSweep('{ask: totals, layouts: {presets: [ovmf-q35]}, axes: {cr0cd: [false, true]}}');
 * (await campaignOf(spec)).points; // 2n
 */
export async function campaignOf(spec: SweepSpec): Promise<Campaign> {
  const based = await foundations();
  const id = await campaignId(spec, based);
  const division = divide(spec, (name) => preset(name).maxphyaddr);
  return { id, ask: spec.ask, spec, foundations: based, ...division };
}

/**
 * Opens a campaign. Each worker opens its own, from the spec alone.
 *
 * @param spec - as `parseSweep` resolved it
 * @param sources - files, and another program
 * @returns the campaign and its runner; dispose of it when done
 * @example
 * const { spec } = parseSweep('{ask: totals, layouts: {presets: [ovmf-q35]}}');
 * const { campaign, run, dispose } = await openCampaign(spec);
 * const answer = await run(campaign, await blockAt(campaign, 0));
 * dispose();
 * answer.counters.sums.points; // '1'
 */
export async function openCampaign(spec: SweepSpec, sources: SweepSources = {}): Promise<OpenedCampaign> {
  const [campaign, world] = await Promise.all([campaignOf(spec), openWorld(sources)]);
  const dispose = () => world[Symbol.dispose]();
  return {
    campaign,
    run: (of, block, signal) => runBlock(of, block, world, signal),
    dispose,
    [Symbol.dispose]: dispose,
  };
}
