/** `eptsweep sweep work`: computes blocks that a queue hands out, until the campaign is complete. */
import { Command } from 'commander';
import { requireLock, requireSameProgram } from '../../campaign/lock.ts';
import { blocksOf } from '../../campaign/shard.ts';
import { foundations } from '../../sweep/index.ts';
import { shellWord } from '../../words.ts';
import { addExamples, addProgressOptions } from '../options.ts';
import { UsageError } from '../output/exit.ts';
import { addSummaryOptions, folderOption, type RunCliOptions, threadsOption } from './options.ts';
import { runSession } from './session.ts';

async function runWork(options: RunCliOptions): Promise<void> {
  const { output: folder, queue, threads } = options;
  if (threads === 0) throw new UsageError('--threads 0 is for the run that coordinates');
  const lock = requireLock(folder);
  await requireSameProgram(folder, lock, await foundations());
  const { campaign } = lock;
  await runSession({
    command: 'sweep work',
    folder,
    campaign,
    source: folder,
    name: undefined,
    lock,
    options,
    asked: [...blocksOf(campaign.blocks, { index: 0, of: 1 })],
    audit: 0,
    isCoordinator: false,
    resume: `eptsweep sweep work --queue ${shellWord(queue!)} -o ${shellWord(folder)}`,
  });
}

/** The sub-command. */
export function workCommand(): Command {
  const command = new Command('work')
    .description('compute blocks that a queue hands out, until the campaign is complete')
    .requiredOption(
      '--queue <url>',
      'where they are handed out: redis:// or rediss://; postgres:// is experimental',
    )
    .addOption(folderOption())
    .addOption(threadsOption())
    .action(runWork);
  addSummaryOptions(command);
  addProgressOptions(command);
  return addExamples(command, '  eptsweep sweep work --queue redis://queue.example:6379 -o /shared/results');
}
