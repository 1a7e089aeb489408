/** Packages that only some runs need, and that nobody has to install for the others. */
import { createRequire } from 'node:module';
import { CampaignError } from './campaign-error.ts';

const require = createRequire(import.meta.url);

/**
 * Loads a package from where eptsweep is installed, or from the folders of NODE_PATH.
 *
 * @param name - of the package
 * @param need - who needs it, as the message begins
 * @param install - the command that brings it
 * @throws CampaignError where it is not there
 */
export function optionalPackage<Package>(name: string, need: string, install: string): Package {
  try {
    return require(name) as Package;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'MODULE_NOT_FOUND') throw error;
    throw new CampaignError(`${need} needs the package ${name}: ${install}`);
  }
}
