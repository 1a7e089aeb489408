/** `eptsweep sweep run`: a campaign, or a part of it, into a folder of results. */
import { Command, Option } from 'commander';
import { openFolder } from '../../campaign/lock.ts';
import { blocksOf, parseBlocks, parseShard, type Shard } from '../../campaign/shard.ts';
import { InputError, messageWithoutPath } from '../../errors.ts';
import { shellWord } from '../../words.ts';
import { addExamples, addProgressOptions, addRefusals } from '../options.ts';
import { UsageError } from '../output/exit.ts';
import {
  addSummaryOptions,
  folderOption,
  type RunCliOptions,
  shareArgument,
  threadsOption,
} from './options.ts';
import { printPlan } from './plan.ts';
import { runSession } from './session.ts';
import { openSpec, SPEC_HELP, SPEC_REFUSALS } from './spec.ts';

interface Options extends RunCliOptions {
  readonly shard?: string;
  readonly blocks?: string;
  readonly audit: number;
  readonly dryRun?: true;
}

/** @throws UsageError for options that say two things */
function requireOneChoice({ shard, blocks, queue, threads }: Options): void {
  if (shard !== undefined && blocks !== undefined) throw new UsageError('give --shard or --blocks, not both');
  if (queue !== undefined && (shard ?? blocks) !== undefined) {
    throw new UsageError('--queue hands out all blocks: leave out --shard and --blocks');
  }
  if (threads === 0 && queue === undefined)
    throw new UsageError('--threads 0 is for --queue, whose workers compute');
}

const WHOLE: Shard = { index: 0, of: 1 };

/** Reads an option's value; what is wrong with it is told with the option's name. */
function ofOption<Value>(option: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    throw error instanceof InputError ? new UsageError(`${option}: ${messageWithoutPath(error)}`) : error;
  }
}

function askedBlocks({ shard, blocks }: Options, all: number): number[] {
  if (blocks !== undefined) return ofOption('--blocks', () => parseBlocks(blocks, all));
  const chosen = shard === undefined ? WHOLE : ofOption('--shard', () => parseShard(shard, process.env));
  return [...blocksOf(all, chosen)];
}

/** The line that goes on. The spec of standard input is gone, but the folder has it. */
function resumeLine(argument: string, { output, shard, blocks, queue }: Options): string {
  const words = ['eptsweep', 'sweep', 'run', argument === '-' ? output : argument, '-o', output];
  if (shard !== undefined) words.push('--shard', shard);
  if (blocks !== undefined) words.push('--blocks', blocks);
  if (queue !== undefined) words.push('--queue', queue);
  return words.map(shellWord).join(' ');
}

async function runRun(argument: string, options: Options): Promise<void> {
  requireOneChoice(options);
  const { campaign, source, name } = await openSpec(argument);
  const asked = askedBlocks(options, campaign.blocks);
  if (options.dryRun)
    return printPlan({ campaign, source, name }, options.json === true || options.format === 'json');
  const folder = options.output;
  await runSession({
    command: 'sweep run',
    folder,
    campaign,
    source,
    name,
    lock: await openFolder(folder, campaign),
    options,
    asked,
    audit: options.audit,
    isCoordinator: true,
    resume: resumeLine(argument, options),
  });
}

/** The sub-command. */
export function runCommand(): Command {
  const command = new Command('run')
    .description('compute a campaign, or a part of it; what is in the folder already is not computed again')
    .argument('<spec>', `${SPEC_HELP}, or a folder of results`)
    .addOption(folderOption())
    .addOption(threadsOption())
    .option(
      '--shard <i/n>',
      'every n-th block from i on; auto: as the job array says (Slurm, Kubernetes, AWS Batch)',
    )
    .option('--blocks <list>', 'these blocks: 3,17,40-99')
    .option(
      '--queue <url>',
      'hand blocks out to workers, too: redis:// or rediss://; postgres:// is experimental',
    )
    .addOption(
      new Option('--audit <share>', 'compute this share of the blocks once more and compare: 1%')
        .argParser(shareArgument)
        .default(0, 'none'),
    )
    .option('--dry-run', 'say what it will take, as plan does, and run nothing')
    .action(runRun);
  addSummaryOptions(command);
  addProgressOptions(command);
  addRefusals(command, SPEC_REFUSALS);
  return addExamples(
    command,
    '  eptsweep sweep run examples/sweep/releases.yaml -o results',
    '  eptsweep sweep run examples/sweep/random.yaml -o results --shard 0/4',
    '  eptsweep sweep run campaign.yaml -o results --queue redis://queue.example:6379',
  );
}
