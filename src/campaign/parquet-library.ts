/** hyparquet-writer, which need not be there: it is loaded where something is written as Parquet. */
import type { ParquetLibrary } from '../write/format/parquet.ts';
import { CampaignError } from './campaign-error.ts';

const PACKAGE = 'hyparquet-writer';

/**
 * Loads it.
 *
 * @param need - who needs it, as the message begins
 * @throws CampaignError where it is not installed
 */
export async function parquetLibrary(need: string): Promise<ParquetLibrary> {
  try {
    return await import('hyparquet-writer');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') throw error;
    throw new CampaignError(`${need} needs the package ${PACKAGE}: npm install ${PACKAGE}@0.17`);
  }
}
