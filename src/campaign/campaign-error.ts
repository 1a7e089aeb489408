/** A results folder or a worker that does not belong to the campaign at hand. */
import { EptsweepError } from '../errors.ts';

/** Something does not fit the campaign: an edited spec, another version, blocks that contradict each other. */
export class CampaignError extends EptsweepError {
  override readonly name = 'CampaignError';
  /** @param message - one line: what does not fit, and what to do about it */
  constructor(message: string) {
    super('bad-campaign', message);
  }
}
