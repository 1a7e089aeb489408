/** `eptsweep sweep status`: how far a folder of results is. */
import { Command } from 'commander';
import { statusOf } from '../../campaign/status.ts';
import { documentLines } from '../../write/format/json.ts';
import { statusJson, statusLines } from '../../write/sweep/status.ts';
import { addExamples, addProgressOptions } from '../options.ts';
import { writeAnswer } from '../output/answer.ts';
import { EXIT_INTERNAL } from '../output/exit.ts';

async function runStatus(folder: string, { json }: { readonly json?: true }): Promise<void> {
  const { campaign, folded, failures, inHand, rate, secondsLeft } = await statusOf(folder);
  const { done, torn, digest, isComplete } = folded;
  const findings = BigInt(folded.counters.sums.findings ?? 0);
  const status = { folder, campaign, done: done.size, torn, digest, isComplete, findings };
  const content = { ...status, failures, inHand, rate, secondsLeft };
  await writeAnswer(json ? documentLines(statusJson(content)) : statusLines(content), {
    ...(json && { json }),
  });
  if (failures.length > 0) process.exitCode = EXIT_INTERNAL;
}

/** The sub-command. */
export function statusCommand(): Command {
  const command = new Command('status')
    .description('how many blocks are done, failed and in hand, how fast it goes, and what takes longest')
    .argument('<dir>', 'folder of results')
    .option('--json', 'as JSON')
    .action(runStatus);
  addProgressOptions(command);
  return addExamples(command, '  eptsweep sweep status results');
}
