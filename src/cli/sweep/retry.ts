/** `eptsweep sweep retry`: blocks that were given up may be begun anew. */
import { Command, InvalidArgumentError } from 'commander';
import { requireLock } from '../../campaign/lock.ts';
import { forgive, readFailures } from '../../campaign/starts.ts';
import { shellWord } from '../../words.ts';
import { addExamples, addProgressOptions } from '../options.ts';
import { writeAnswer } from '../output/answer.ts';
import { UsageError } from '../output/exit.ts';

function blockNumber(text: string, before: readonly number[] = []): number[] {
  if (!/^\d{1,10}$/.test(text)) throw new InvalidArgumentError('expected the number of a block');
  return [...before, Number(text)];
}

async function runRetry(folder: string, blocks: readonly number[]): Promise<void> {
  requireLock(folder);
  const failed = readFailures(folder);
  for (const block of blocks) {
    if (!failed.some((failure) => failure.block === block)) {
      throw new UsageError(`block ${block} has not failed (eptsweep sweep status ${shellWord(folder)})`);
    }
  }
  const again = failed.filter(({ block }) => blocks.length === 0 || blocks.includes(block));
  for (const { block, id } of again) forgive(folder, { index: block, id });
  const lines = again.map(({ block, error }) => `block ${block} may begin anew: ${error}`);
  const said = [
    ...lines,
    again.length > 0
      ? `to compute them: eptsweep sweep run ${shellWord(folder)} -o ${shellWord(folder)}`
      : 'no block has failed',
  ];
  await writeAnswer(said, {});
}

/** The sub-command. */
export function retryCommand(): Command {
  const command = new Command('retry')
    .description('let blocks that were given up after three failures be begun anew')
    .argument('<dir>', 'folder of results')
    .argument('[block...]', 'numbers of blocks; default: all that failed', blockNumber)
    .action(runRetry);
  addProgressOptions(command);
  return addExamples(command, '  eptsweep sweep retry results 17');
}
