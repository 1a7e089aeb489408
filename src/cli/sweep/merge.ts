/** `eptsweep sweep merge`: the union of folders of one campaign. */
import { Command } from 'commander';
import { mergeFolders } from '../../campaign/merge.ts';
import { plural } from '../../words.ts';
import { ifInterrupted } from '../interrupt.ts';
import { addExamples, addProgressOptions } from '../options.ts';
import { remark, spoken } from '../output/notes.ts';
import { Progress } from '../output/progress.ts';
import { addSummaryOptions, folderOption, type SummaryOptions } from './options.ts';
import { report } from './report.ts';

interface Options extends SummaryOptions {
  readonly output: string;
}

async function runMerge(folders: readonly string[], options: Options): Promise<void> {
  const { output: folder } = options;
  ifInterrupted(`the blocks in ${folder} are whole, to go on: ${spoken().line}`);
  const progress = new Progress({ unit: 'blocks' });
  const { campaign, copied, torn } = await mergeFolders(folders, folder, () => progress.step());
  progress.end();
  for (const line of torn) remark(`${line}: left out`);
  remark(`${plural(copied, 'block')} copied`);
  const reported = {
    command: 'sweep merge',
    folder,
    campaign,
    source: folder,
    name: undefined,
    asked: undefined,
  };
  process.exitCode = await report(reported, options);
}

/** The sub-command. */
export function mergeCommand(): Command {
  const command = new Command('merge')
    .description(
      'put the blocks of several folders of one campaign into one; two results of a block are an error',
    )
    .argument('<dir...>', 'folders of results')
    .addOption(folderOption())
    .action(runMerge);
  addSummaryOptions(command);
  addProgressOptions(command);
  return addExamples(
    command,
    '  eptsweep sweep run campaign.yaml -o first --shard 0/2',
    '  eptsweep sweep run campaign.yaml -o second --shard 1/2',
    '  eptsweep sweep merge first second -o results',
  );
}
