/** `eptsweep sweep merge`: the union of folders of one campaign. */
import { Command } from 'commander';
import { mergeFolders } from '../../campaign/merge.ts';
import { plural } from '../../words.ts';
import { addExamples } from '../options.ts';
import { addSummaryOptions, folderOption, type SummaryOptions } from './options.ts';
import { report } from './report.ts';

interface Options extends SummaryOptions {
  readonly output: string;
}

async function runMerge(folders: readonly string[], options: Options): Promise<void> {
  const { output: folder } = options;
  const { campaign, copied, torn } = await mergeFolders(folders, folder);
  const say = (text: string): boolean => process.stderr.write(`eptsweep sweep merge: ${text}\n`);
  for (const line of torn) say(`${line}: left out`);
  say(`${plural(copied, 'block')} copied`);
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
  return addExamples(
    command,
    '  eptsweep sweep run campaign.yaml -o first --shard 0/2',
    '  eptsweep sweep run campaign.yaml -o second --shard 1/2',
    '  eptsweep sweep merge first second -o results',
  );
}
