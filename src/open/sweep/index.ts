/**
 * Campaigns: a spec's points, asked of the engines, in a page as in the program.
 *
 * @packageDocumentation
 */
export { type ParsedSweep, type ParseSweepOptions, parseSweep } from '../../config/sweep/parse.ts';
export * from '../../sweep/index.ts';
export { campaignOf, type OpenedCampaign, openCampaign } from './campaign.ts';
export { type SweepOptions, type SweepRow, sweep } from './sweep.ts';
export { openWorld, type SweepSources } from './world.ts';
